package io.toomai.simulation;

import java.util.ArrayList;
import java.util.List;

/// A process that can be killed, and frozen: what should have happened then happens at the thaw.
final class ModelProcess {
    private final Agenda agenda;
    private int life;
    private boolean frozen;
    private long thawed;
    private final List<Runnable> late = new ArrayList<>();

    ModelProcess(Agenda agenda) {
        this.agenda = agenda;
    }

    int life() {
        return life;
    }

    boolean isFrozen() {
        return frozen;
    }

    void after(long millis, Runnable action) {
        agenda.in(millis, inThisLife(action));
    }

    /// The action, if the process still lives when it is run; later if it is frozen then.
    Runnable inThisLife(Runnable action) {
        return inLife(life, action);
    }

    /// The same for a life that may be over already.
    Runnable inLife(int born, Runnable action) {
        return new Runnable() {
            @Override
            public void run() {
                if (life != born) {
                    return;
                }
                if (frozen) {
                    late.add(this);
                } else {
                    action.run();
                }
            }
        };
    }

    /// When it has gone on last after standing still; 0 if never. Milliseconds.
    long thawed() {
        return thawed;
    }

    void kill() {
        life++;
        frozen = false;
        late.clear();
    }

    void freeze() {
        frozen = true;
    }

    void thaw() {
        if (frozen) {
            thawed = agenda.now();
        }
        frozen = false;
        late.forEach(action -> agenda.in(0, action));
        late.clear();
    }
}
