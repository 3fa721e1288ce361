package io.toomai.core.ha;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.model.MemberName;

/// Which cycles need the other members' own word about themselves, beyond what they published.
public final class PeerPolling {
    private PeerPolling() {}

    /// Whether the peers are asked in this cycle.
    public enum Need {
        ASK,
        SKIP
    }

    /// Asked when there is no leader (the race), when a leader wants to hand over, and when a
    /// leader's PostgreSQL is down or serves nobody.
    public static Need needed(
            MemberName me, StoreReading store, LocalPostgres postgres, Serving serving, Wish wish) {
        if (!(store instanceof StoreReading.Answered(var cluster))) {
            return Need.SKIP;
        }
        return switch (cluster.leader()) {
            case LeaderKey.Vacant _ ->
                    hasData(postgres) && !isHandedTo(me, cluster) ? Need.ASK : Need.SKIP;
            case LeaderKey.HeldBy held when held.leader().equals(me) ->
                    wantsToHandOver(me, cluster, postgres, wish) || serving.isDoubtful()
                            ? Need.ASK
                            : Need.SKIP;
            case LeaderKey.HeldBy _ -> Need.SKIP;
        };
    }

    /// The leader has looked at the others before it named this node.
    private static boolean isHandedTo(MemberName me, ClusterView cluster) {
        return cluster.failover()
                .map(Versioned::value)
                .filter(f -> f.candidate().filter(me::equals).isPresent())
                .filter(f -> f.isHandedOver(cluster.leader()))
                .isPresent();
    }

    /// A request for this node has been carried out, or is refused without a look at others.
    private static boolean wantsToHandOver(
            MemberName me, ClusterView cluster, LocalPostgres postgres, Wish wish) {
        boolean asked =
                cluster.failover()
                        .map(Versioned::value)
                        .filter(f -> f.candidate().filter(me::equals).isEmpty())
                        .isPresent();
        return asked || wish instanceof Wish.ShutDown || postgres instanceof LocalPostgres.Stopped;
    }

    private static boolean hasData(LocalPostgres postgres) {
        return switch (postgres) {
            case LocalPostgres.Standby _, LocalPostgres.Primary _ -> true;
            case LocalPostgres.WithoutData _,
                    LocalPostgres.Stopped _,
                    LocalPostgres.Starting _,
                    LocalPostgres.Unresponsive _ ->
                    false;
        };
    }
}
