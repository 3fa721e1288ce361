package io.toomai.simulation;

import java.util.ArrayDeque;
import java.util.Deque;

/// How long one process waits for answers: each as long as any other, so the oldest gives up first.
final class Patience {
    /// One wait. It ends once, with an answer or without.
    static final class Wait {
        private final long until;
        private final Runnable silence;
        private boolean over;

        private Wait(long until, Runnable silence) {
            this.until = until;
            this.silence = silence;
        }

        /// Whether the answer comes in time; then nothing else ends the wait.
        boolean end() {
            boolean mine = !over;
            over = true;
            return mine;
        }
    }

    private final ModelProcess process;
    private final Agenda agenda;
    private final long millis;
    private final Deque<Wait> waits = new ArrayDeque<>();
    private boolean planned;

    Patience(ModelProcess process, Agenda agenda, long millis) {
        this.process = process;
        this.agenda = agenda;
        this.millis = millis;
    }

    Wait begin(Runnable silence) {
        Wait wait = new Wait(agenda.now() + millis, silence);
        waits.add(wait);
        plan();
        return wait;
    }

    private void plan() {
        while (!waits.isEmpty() && waits.peek().over) {
            waits.remove();
        }
        if (!planned && !waits.isEmpty()) {
            planned = true;
            process.after(waits.peek().until - agenda.now(), this::giveUp);
        }
    }

    private void giveUp() {
        planned = false;
        while (!waits.isEmpty() && (waits.peek().over || waits.peek().until <= agenda.now())) {
            Wait wait = waits.remove();
            if (wait.end()) {
                wait.silence.run();
            }
        }
        plan();
    }
}
