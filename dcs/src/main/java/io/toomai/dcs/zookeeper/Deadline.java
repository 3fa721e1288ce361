package io.toomai.dcs.zookeeper;

import io.toomai.core.model.MonoTime;
import java.time.Duration;

/// When a call must have ended, on this process's monotonic clock.
record Deadline(MonoTime end) {
    static MonoTime now() {
        return new MonoTime(System.nanoTime());
    }

    static Deadline in(Duration timeout) {
        return new Deadline(now().plus(timeout));
    }

    long remainingNanos() {
        return Math.max(0, end.since(now()).toNanos());
    }

    boolean isOver() {
        return !now().isBefore(end);
    }
}
