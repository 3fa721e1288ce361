package io.toomai.postgres.os;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Waits for what cannot be signalled to us, by looking again every few milliseconds.
public final class Poll {
    private static final long STEP_NANOS = 4_000_000;

    private Poll() {}

    /// True as soon as the condition holds; false when the time is over or the thread was
    /// interrupted.
    public static boolean until(Duration timeout, BooleanSupplier condition) {
        long end = System.nanoTime() + timeout.toNanos();
        while (!condition.getAsBoolean()) {
            long left = end - System.nanoTime();
            if (left <= 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(Math.min(left, STEP_NANOS));
        }
        return true;
    }
}
