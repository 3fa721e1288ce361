package io.toomai.cli.command;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A wait between two looks at something that sends no events.
final class Pause {
    private Pause() {}

    /// Waits that long; false when the thread was told to stop.
    static boolean of(Duration length) {
        try {
            return !new CountDownLatch(1).await(length.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
