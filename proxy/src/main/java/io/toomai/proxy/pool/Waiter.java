package io.toomai.proxy.pool;

/// A client as a pool sees it.
public interface Waiter {
    /// Keeps when it joined the queue, for the pool.
    void waitsSince(long now);

    long waitsSince();

    /// What it wants to be set on its session.
    default Object state() {
        return Server.class;
    }
}
