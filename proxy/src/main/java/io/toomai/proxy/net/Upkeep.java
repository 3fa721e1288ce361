package io.toomai.proxy.net;

import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.relay.ServerError;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a pool asks of its servers on its own account, while no client has them. Belongs to the
/// event loop.
final class Upkeep {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

    private Upkeep() {}

    /// `connect_query`. Its error is the operator's, not the clients': as in PgBouncer the server
    /// is used all the same.
    record AtStart(ServerPool pool, ServerConnection server, Welcome said) implements OwnQuery.End {
        @Override
        public void succeeded() {
            if (server.isFree()) {
                pool.opened(server, said);
            } else {
                pool.close(server, "connect_query leaves a transaction open");
            }
        }

        @Override
        public void failed(ServerError error) {
            LOG.warn("{} connect_query failed: {} {}", pool.label(), error.code(), error.message());
            succeeded();
        }

        @Override
        public void lost() {}
    }

    /// `server_check_query`
    record Checking(ServerPool pool, ServerConnection server) implements OwnQuery.End {
        @Override
        public void succeeded() {
            if (server.isFree()) {
                pool.checked(server);
            } else {
                pool.close(server, "server_check_query leaves a transaction open");
            }
        }

        @Override
        public void failed(ServerError error) {
            pool.close(server, "test query failed: " + error.message());
        }

        @Override
        public void lost() {}
    }

    /// Asks one after the other; nobody gets the server before all of it is done.
    static void clean(ServerPool pool, ServerConnection server, List<String> queries) {
        if (!queries.isEmpty()) {
            server.ask(queries.getFirst(), new Cleaning(pool, server, queries));
        } else if (server.isFree()) {
            pool.release(server);
        } else {
            pool.close(server, "it is still in a transaction");
        }
    }

    private record Cleaning(ServerPool pool, ServerConnection server, List<String> queries)
            implements OwnQuery.End {
        @Override
        public void succeeded() {
            clean(pool, server, queries.subList(1, queries.size()));
        }

        @Override
        public void failed(ServerError error) {
            pool.close(server, "reset query failed: " + error.message());
        }

        @Override
        public void lost() {}
    }
}
