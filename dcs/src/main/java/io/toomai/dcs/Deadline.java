package io.toomai.dcs;

import io.toomai.core.model.MonoTime;
import java.net.SocketTimeoutException;
import java.time.Duration;

/// When a call must have ended, on this process's monotonic clock. For adapters.
public record Deadline(MonoTime end) {
    public static MonoTime now() {
        return new MonoTime(System.nanoTime());
    }

    public static Deadline in(Duration timeout) {
        return new Deadline(now().plus(timeout));
    }

    /// This one, or an earlier one that far from now.
    public Deadline atMost(Duration timeout) {
        Deadline other = in(timeout);
        return other.end.isBefore(end) ? other : this;
    }

    /// Never negative.
    public long remainingNanos() {
        return Math.max(0, end.since(now()).toNanos());
    }

    /// What a socket may wait for, in milliseconds; at least one.
    ///
    /// @throws SocketTimeoutException when it is over
    public int remainingMillis() throws SocketTimeoutException {
        long millis = remainingNanos() / 1_000_000;
        if (millis == 0) {
            throw new SocketTimeoutException("no answer in time");
        }
        return (int) Math.min(millis, Integer.MAX_VALUE);
    }

    public boolean isOver() {
        return !now().isBefore(end);
    }
}
