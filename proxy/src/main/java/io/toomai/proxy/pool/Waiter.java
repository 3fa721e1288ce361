package io.toomai.proxy.pool;

/// A client as a pool sees it.
public interface Waiter {
    /// It joins the queue, and keeps since when it waits, for the pool: since then, or for longer
    /// if it has lost the server that it was to have.
    void waitsSince(long now);

    long waitsSince();

    /// What it wants to be set on its session.
    default Object state() {
        return Server.class;
    }
}
