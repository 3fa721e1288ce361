package io.toomai.proxy.net;

import io.toomai.core.model.Lsn;
import io.toomai.proxy.relay.ServerError;
import io.toomai.proxy.route.CausalGroup;
import java.util.List;
import java.util.Optional;

/// A client waits until the server that it is to read from has what its group has written; if that
/// takes too long it reads from the primary. The server does nothing else meanwhile. Before a
/// switchover it waits as all do, for between two looks nobody sees that it does. Belongs to the
/// event loop.
final class CatchingUp implements OwnQuery.End {
    /// Between two looks, in milliseconds.
    private static final long LOOK = 3;

    private final ClientConnection client;
    private final ServerConnection server;
    private final CausalGroup group;
    private final long until;

    CatchingUp(ClientConnection client, ServerConnection server, CausalGroup group) {
        this.client = client;
        this.server = server;
        this.group = group;
        until = client.pool().turn().now() + client.pool().causalPatience();
    }

    /// Whether it can be read from without a question.
    static boolean isReached(ServerConnection by, CausalGroup group) {
        Optional<Lsn> needed = group.needed();
        return needed.isPresent() && !by.readable().isBehind(needed.get());
    }

    /// Nothing of it happens before this returns.
    void begin() {
        if (group.needed().isPresent()) {
            server.ask(Position.READABLE, this);
        } else {
            client.pool().later(this::look, 0);
        }
    }

    private void look() {
        ServerPool pool = client.pool();
        if (!server.channel().isActive()) {
            lost();
        } else if (!client.isPromised(server)) {
            pool.release(server); // it does not wait any more
        } else if (pool.endsInSwitchover(server)) {
            boolean goesOnWaiting = client.takesPromised(server);
            pool.release(server);
            if (goesOnWaiting) {
                client.waitAgain();
            }
        } else if (isReached(server, group)) {
            if (client.takesPromised(server)) {
                client.served(server);
            } else {
                pool.release(server);
            }
        } else if (group.isLost() || pool.turn().now() - until >= 0) {
            pool.release(server);
            client.readsFromPrimary();
        } else if (group.needed().isEmpty()) {
            pool.later(this::look, LOOK);
        } else {
            server.ask(Position.READABLE, this);
        }
    }

    @Override
    public void row(List<byte[]> columns) {
        server.readable(Position.of(columns));
    }

    @Override
    public void succeeded() {
        if (isReached(server, group)) {
            look();
        } else {
            client.pool().later(this::look, LOOK);
        }
    }

    @Override
    public void failed(ServerError error) {
        client.pool().later(this::look, LOOK);
    }

    @Override
    public void lost() {
        if (client.takesPromised(server)) {
            client.waitAgain();
        }
    }
}
