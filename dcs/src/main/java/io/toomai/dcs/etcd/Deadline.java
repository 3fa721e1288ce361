package io.toomai.dcs.etcd;

import io.toomai.core.model.MonoTime;
import java.net.SocketTimeoutException;
import java.time.Duration;

/// When a call must have ended, on this process's monotonic clock.
record Deadline(MonoTime end) {
    static MonoTime now() {
        return new MonoTime(System.nanoTime());
    }

    static Deadline in(Duration timeout) {
        return new Deadline(now().plus(timeout));
    }

    /// This one, or an earlier one that far from now.
    Deadline atMost(Duration timeout) {
        Deadline other = in(timeout);
        return other.end.isBefore(end) ? other : this;
    }

    long remainingNanos() {
        return Math.max(0, end.since(now()).toNanos());
    }

    /// What a socket may wait for.
    int remainingMillis() throws SocketTimeoutException {
        long millis = remainingNanos() / 1_000_000;
        if (millis == 0) {
            throw new SocketTimeoutException("no answer in time");
        }
        return (int) Math.min(millis, Integer.MAX_VALUE);
    }

    boolean isOver() {
        return !now().isBefore(end);
    }
}
