package io.toomai.agent.rest;

import java.time.Duration;

/// Counts what the store announces of who leads and what is asked of it, so that a REST call can
/// wait for the next change without missing one that came before it began to wait. Any thread.
public final class StoreChanges {
    private long count;

    /// Something changed.
    public synchronized void announce() {
        count++;
        notifyAll();
    }

    synchronized long mark() {
        return count;
    }

    /// Waits for a change after `mark`; half a second at most between looks, because the store may
    /// lose an announcement.
    ///
    /// @return false when the thread was interrupted
    synchronized boolean awaitAfter(long mark, Duration limit) {
        try {
            long end = System.nanoTime() + Math.clamp(limit.toMillis(), 1, 500) * 1_000_000L;
            long left = end - System.nanoTime();
            while (count == mark && left > 0) {
                wait(left / 1_000_000 + 1);
                left = end - System.nanoTime();
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
