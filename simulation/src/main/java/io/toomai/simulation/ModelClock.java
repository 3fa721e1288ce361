package io.toomai.simulation;

import io.toomai.core.model.MonoTime;

/// The monotonic clock of one machine: it runs a little faster or slower than the true time of
/// [Agenda]. Milliseconds.
final class ModelClock {
    private static final long WHOLE = 1_000_000;

    private final Agenda agenda;
    private final long rate;

    /// @param drift parts per million, positive where the clock is fast
    ModelClock(Agenda agenda, long drift) {
        this.agenda = agenda;
        this.rate = WHOLE + drift;
    }

    long now() {
        return agenda.now() * rate / WHOLE;
    }

    MonoTime mono() {
        return Agenda.mono(now());
    }

    /// What this clock shows at a moment of true time.
    long at(long moment) {
        return moment * rate / WHOLE;
    }

    /// True time that passes while this clock goes on by `millis`; never less.
    long trueTime(long millis) {
        return (millis * WHOLE + rate - 1) / rate;
    }
}
