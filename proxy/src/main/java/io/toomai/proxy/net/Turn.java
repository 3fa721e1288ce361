package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;

/// The time, read once for each read of a connection however many messages it brings, and at least
/// once in each turn of an event loop. Belongs to that event loop.
final class Turn {
    private final EventLoop loop;
    private final Runnable over = this::over;
    private long now;
    private State state = State.OVER;

    /// Whether the time is that of this turn.
    private enum State {
        READ,
        OVER
    }

    Turn(EventLoop loop) {
        this.loop = loop;
    }

    /// Monotonic, in nanoseconds.
    long now() {
        if (state == State.OVER) {
            now = System.nanoTime();
            // A loop that ends lets go of its connections, and takes no tasks any more.
            if (loop instanceof SingleThreadEventLoop turning && !loop.isShuttingDown()) {
                state = State.READ;
                turning.executeAfterEventLoopIteration(over);
            }
        }
        return now;
    }

    /// As [#now], when something has come: that may be long after the turn began. Under io_uring a
    /// turn goes on while there are answers, for whole conversations.
    long goesOn() {
        if (state == State.READ) {
            now = System.nanoTime();
        }
        return now();
    }

    private void over() {
        state = State.OVER;
    }
}
