package io.toomai.agent.loop;

import io.toomai.agent.server.Pledging;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.Pledge;
import io.toomai.dcs.Dcs;
import java.time.Duration;
import java.util.Optional;

/// What is looked at once more right before a pledge is forgotten or a takeover rests on it: the
/// view may be old (I5).
final class PledgeCheck {
    private static final Duration STORE_PATIENCE = Duration.ofMillis(1500);

    private final Dcs dcs;
    private final Pledging server;

    PledgeCheck(Dcs dcs, Pledging server) {
        this.dcs = dcs;
        this.server = server;
    }

    /// Why the pledge stays. Somebody may be about to take over with it for as long as the store
    /// has the term and the `/sync` that it was made against: a takeover compares these two.
    Optional<String> againstWithdrawal(Pledge pledge) {
        if (server.pledge().filter(pledge::equals).isEmpty()) {
            return Optional.of("the pledge in force is not the one of the decision");
        }
        ClusterView now = dcs.read(Dcs.ReadMode.LINEARIZABLE, STORE_PATIENCE);
        return pledge.binds(now)
                ? Optional.of(
                        "the store still has the leader term and /sync that the pledge was made"
                                + " against")
                : Optional.empty();
    }

    /// Why this node may not take over. Proves the pledge once more.
    Optional<String> againstTakeOver(Command.TakeOver command) {
        Optional<Pledge> pledge =
                server.pledge()
                        .filter(p ->
                                p.term() == command.term()
                                        && p.syncRevision() == command.syncRevision());
        if (pledge.isEmpty()) {
            return Optional.of("this node has no pledge against that leader term and /sync");
        }
        server.makePledge(pledge.get());
        return server.provenPledge().equals(pledge)
                ? Optional.empty()
                : Optional.of("this node's own pledge is not proven");
    }
}
