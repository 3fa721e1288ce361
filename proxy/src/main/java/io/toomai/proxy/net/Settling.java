package io.toomai.proxy.net;

import io.toomai.core.model.Lsn;
import io.toomai.proxy.relay.ServerError;
import io.toomai.proxy.route.CausalGroup;
import java.util.List;

/// A server on which a group has written is asked where it is, before anybody else gets it. Belongs
/// to the event loop.
final class Settling implements OwnQuery.End {
    private final ServerPool pool;
    private final ServerConnection server;
    private final CausalGroup group;
    private final long question;
    private Lsn position = Lsn.ZERO;

    Settling(ServerPool pool, ServerConnection server, CausalGroup group) {
        this.pool = pool;
        this.server = server;
        this.group = group;
        this.question = group.asks();
    }

    @Override
    public void row(List<byte[]> columns) {
        position = Position.of(columns);
    }

    @Override
    public void succeeded() {
        group.settled(server, position, question);
        pool.freed(server);
    }

    @Override
    public void failed(ServerError error) {
        group.lost(server);
        pool.freed(server);
    }

    @Override
    public void lost() {
        group.lost(server);
    }
}
