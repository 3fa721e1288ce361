package io.toomai.proxy.net;

import io.toomai.proxy.route.CausalGroup;
import io.toomai.proxy.session.Belongings.PreparedThere;
import java.util.List;
import java.util.Optional;

/// Whether a server is as a client needs it. If not it is made so, or waited for, and the client is
/// served later: it has the server's promise. Belongs to the event loop of its wing.
final class Readiness {
    private Readiness() {}

    /// @param statements that the client brings from its last server
    static boolean isGiven(
            ClientConnection client, ServerConnection free, List<PreparedThere> statements) {
        CausalGroup group = client.group();
        ServerPool pool = client.pool();
        if (group != null
                && pool.readsFromReplicas()
                && pool.equals(client.source())
                && !CatchingUp.isReached(free, group)) {
            client.promise(free);
            new CatchingUp(client, free, group).begin();
            return false;
        }
        Optional<String> query = free.settings().adjustTo(client.settings());
        if (query.isPresent()) {
            client.promise(free);
            free.ask(query.get(), new Adjusting(client, client.source(), free));
        } else if (!statements.isEmpty()) {
            client.promise(free);
            free.prepare(statements, new Unpacking(client, pool, free));
        }
        return query.isEmpty() && statements.isEmpty();
    }
}
