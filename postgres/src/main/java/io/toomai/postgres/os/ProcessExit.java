package io.toomai.postgres.os;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Notices the death of any process, child or not, within milliseconds, also when nobody reaps it
/// and it stays a zombie (pidfd_open(2) and poll(2)).
public final class ProcessExit {
    private static final Logger log = LoggerFactory.getLogger(ProcessExit.class);
    private static final int ESRCH = 3;
    private static final long SLICE_MILLIS = 200;
    private static final long VIRTUAL_STEP_NANOS = 2_000_000;

    private ProcessExit() {}

    /// Calls back once, from a daemon thread of its own, when the process is dead. A process that
    /// is dead already is reported at once. The wait ends with `Watch.close`.
    public static Watch await(long pid, Runnable callback) {
        Watch watch = new Watch();
        Thread thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("exit-of-" + pid)
                        .unstarted(() -> watch.run(pid, callback));
        thread.setUncaughtExceptionHandler(
                (t, e) -> log.error("watching process {} for its exit failed", pid, e));
        thread.start();
        return watch;
    }

    /// Waits until the process is dead; false when the time is over before. Interrupts do not end
    /// it.
    public static boolean waitFor(long pid, Duration timeout) {
        return waitFor(pid, timeout, () -> false);
    }

    /// As `waitFor`, but false as well when the thread is interrupted; the flag stays.
    public static boolean waitUnlessInterrupted(long pid, Duration timeout) {
        return waitFor(pid, timeout, Thread.currentThread()::isInterrupted);
    }

    private static boolean waitFor(long pid, Duration timeout, BooleanSupplier givenUp) {
        int descriptor = LinuxCalls.pidfdOpen(pid);
        if (descriptor == -ESRCH) {
            return true;
        }
        if (descriptor < 0) {
            throw new IllegalStateException("pidfd_open(2) failed with errno " + -descriptor);
        }
        // A native wait would hold a virtual thread's carrier.
        boolean virtual = Thread.currentThread().isVirtual();
        try {
            long end = System.nanoTime() + timeout.toNanos();
            while (true) {
                long left = Math.max(0, (end - System.nanoTime() + 999_999) / 1_000_000);
                int wait = virtual ? 0 : (int) Math.min(left, SLICE_MILLIS);
                int result = LinuxCalls.pollReadable(descriptor, wait);
                if (result == 1) {
                    return true;
                }
                if (result < 0 && result != -LinuxCalls.EINTR) {
                    throw new IllegalStateException("poll(2) failed with errno " + -result);
                }
                if (left == 0 || givenUp.getAsBoolean()) {
                    return false;
                }
                if (virtual) {
                    LockSupport.parkNanos(VIRTUAL_STEP_NANOS);
                }
            }
        } finally {
            LinuxCalls.close(descriptor);
        }
    }

    /// A wait that can be given up.
    public static final class Watch implements AutoCloseable {
        private static final Duration STEP = Duration.ofSeconds(2);
        private volatile boolean closed;

        private Watch() {}

        private void run(long pid, Runnable callback) {
            // In steps, so that a closed watch frees its thread.
            while (!closed) {
                if (waitFor(pid, STEP)) {
                    if (!closed) {
                        callback.run();
                    }
                    return;
                }
            }
        }

        /// The callback is not called any more (except when it runs right now).
        @Override
        public void close() {
            closed = true;
        }
    }
}
