package io.toomai.proxy.pool;

/// What a pool has done for it. Called on the pool's event loop, from within the pool's methods;
/// the callee may call the pool again only for what is named.
///
/// @param <S> a server connection
/// @param <C> a client
public interface PoolActions<S extends Server, C extends Waiter> {
    /// Opens a connection and logs in; ends in [Pool#opened] or [Pool#openingFailed], later.
    void open();

    /// The server is the client's from now on.
    void serve(C client, S server);

    /// Asks a server whether it lives; ends in [Pool#checked] or [Pool#lost], later.
    void check(S server);

    /// Closes a server that the pool knows no more.
    ///
    /// @param reason for the log
    void close(S server, String reason);
}
