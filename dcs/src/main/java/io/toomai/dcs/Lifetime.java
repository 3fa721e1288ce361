package io.toomai.dcs;

import io.toomai.dcs.DcsException.Code;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// From the opening of an access to a store to its end. For adapters. Thread-safe.
public final class Lifetime {
    private final String who;
    private final CountDownLatch ended = new CountDownLatch(1);

    /// @param who the store and the member, as messages name them
    public Lifetime(String who) {
        this.who = who;
    }

    /// When a call that begins now must be over.
    ///
    /// @throws DcsException `DCS_CONNECTION` after the end
    public Deadline within(Duration timeout) {
        if (isOver()) {
            throw new DcsException(Code.DCS_CONNECTION, who + ": closed by this process");
        }
        return Deadline.in(timeout);
    }

    /// Waits that long, or until the end.
    ///
    /// @return false at the end, or when the thread was interrupted
    public boolean pause(Duration duration) {
        try {
            return !ended.await(duration.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    public boolean isOver() {
        return ended.getCount() == 0;
    }

    /// Calls that begin from now on fail, and pauses end.
    public void end() {
        ended.countDown();
    }
}
