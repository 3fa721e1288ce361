package io.toomai.core.ha;

import io.toomai.core.model.MonoTime;

/// The one piece of long work that runs beside the loop, if any.
public sealed interface LongTask {
    /// Nothing runs; `last` tells how the latest one ended.
    record Idle(Outcome last) implements LongTask {}

    record Running(Kind kind, MonoTime since, String progress) implements LongTask {}

    LongTask NOTHING_YET = new Idle(new Outcome.None());

    /// What kinds of work take longer than a cycle may.
    enum Kind {
        BOOTSTRAP("bootstrap"),
        CLONE("clone"),
        REINITIALIZE("reinitialize"),
        REWIND("running pg_rewind"),
        START("start"),
        STOP("stop"),
        RESTART("restart"),
        PRE_PROMOTE("pre-promote script"),
        PROMOTE("promote"),
        CHECKPOINT("checkpoint"),
        COPY_SLOTS("copying logical slots");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /// The word in `X in progress`.
        public String text() {
            return text;
        }
    }

    /// How a task ended.
    sealed interface Outcome {
        record None() implements Outcome {}

        record Succeeded(Kind kind, MonoTime at) implements Outcome {}

        record Failed(Kind kind, MonoTime at, String why) implements Outcome {}
    }
}
