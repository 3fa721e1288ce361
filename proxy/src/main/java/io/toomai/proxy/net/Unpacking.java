package io.toomai.proxy.net;

import io.toomai.proxy.relay.ServerError;
import java.util.Optional;

/// A server on which the statements of a session that has moved are being prepared, for that
/// session, which waits. Belongs to the event loop of its wing.
record Unpacking(ClientConnection client, ServerPool pool, ServerConnection server)
        implements OwnQuery.End {
    @Override
    public void succeeded() {
        if (client.takesPromised(server)) {
            client.unpacked();
            client.served(server);
        } else {
            pool.left(server, client);
        }
    }

    @Override
    public void failed(ServerError error) {
        boolean waits = client.takesPromised(server);
        pool.left(server, client);
        if (waits) {
            client.end(
                    "57P01",
                    "the session cannot go on with another server",
                    Optional.of(
                            "a statement that it had prepared cannot be prepared there: "
                                    + error.message()
                                    + " (SQLSTATE "
                                    + error.code()
                                    + ")"));
        }
    }

    @Override
    public void lost() {
        if (client.takesPromised(server)) {
            client.waitAgain();
        }
    }
}
