package io.toomai.agent.loop;

import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.function.Supplier;

/// The alarm of the HA loop: it rings at its deadline or when anybody knocks. Knocks are not
/// counted; one cycle answers all that came before it began.
public final class Wakeup {
    private final Supplier<MonoTime> clock;
    private boolean knocked;

    public Wakeup(Supplier<MonoTime> clock) {
        this.clock = clock;
    }

    /// Something happened; returns at once. Any thread.
    public synchronized void knock() {
        knocked = true;
        notifyAll();
    }

    /// Waits for a knock or the deadline, and forgets the knock.
    synchronized void await(MonoTime deadline) throws InterruptedException {
        while (!knocked) {
            Duration left = deadline.since(clock.get());
            if (!left.isPositive()) {
                break;
            }
            wait(Math.max(1, left.toMillis()));
        }
        knocked = false;
    }
}
