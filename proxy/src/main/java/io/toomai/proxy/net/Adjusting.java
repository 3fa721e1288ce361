package io.toomai.proxy.net;

import io.toomai.proxy.relay.ServerError;
import java.util.Optional;

/// A server on which a client's settings are being made, for that client, which waits. Belongs to
/// the event loop.
record Adjusting(ClientConnection client, ServerPool pool, ServerConnection server)
        implements OwnQuery.End {
    @Override
    public void succeeded() {
        server.settings().adjusted();
        if (client.takesPromised(server)) {
            client.served(server);
        } else {
            pool.release(server);
        }
    }

    /// The client has asked for what the server has not, and could have no other server either.
    @Override
    public void failed(ServerError error) {
        server.settings().refused();
        pool.release(server);
        if (client.takesPromised(server)) {
            client.end(
                    "08P01",
                    "invalid server parameter",
                    Optional.of(error.message() + " (SQLSTATE " + error.code() + ")"));
        }
    }

    @Override
    public void lost() {
        if (client.takesPromised(server)) {
            client.waitAgain();
        }
    }
}
