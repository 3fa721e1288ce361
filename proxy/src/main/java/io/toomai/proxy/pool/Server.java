package io.toomai.proxy.pool;

/// A server connection as a pool sees it.
public interface Server {
    /// The same object always.
    Stay stay();

    /// What is set on its session: the same object as [Waiter#state] of a client for whom nothing
    /// must be set.
    default Object state() {
        return Server.class;
    }
}
