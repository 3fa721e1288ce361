package io.toomai.simulation;

import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.WalEnd;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What other members see of a node.
final class ModelPortrait {
    private ModelPortrait() {}

    /// As it is published in the store.
    ///
    /// @param role as the node tells it
    static Member member(ModelPostgres postgres, MemberRole role) {
        MemberName name = postgres.name;
        MemberState state =
                switch (postgres.look()) {
                    case LocalPostgres.Primary _, LocalPostgres.Standby _ -> MemberState.RUNNING;
                    case LocalPostgres.Starting _ -> MemberState.STARTING;
                    case LocalPostgres.Stopped _ -> MemberState.STOPPED;
                    case LocalPostgres.NoDataDirectory _,
                            LocalPostgres.UnfinishedBootstrap _,
                            LocalPostgres.UnfinishedClone _ ->
                            MemberState.CREATING_REPLICA;
                    case LocalPostgres.Unusable _, LocalPostgres.Unresponsive _ ->
                            MemberState.UNKNOWN;
                };
        return new Member(
                name,
                "postgres://" + name + ":5432/postgres",
                "http://" + name + ":8008/patroni",
                state,
                role,
                "4.1.0",
                new Member.Position(
                        Optional.of(postgres.data.head.end()),
                        Optional.empty(),
                        Optional.empty(),
                        postgres.streaming.isReceiving()
                                ? Optional.of("streaming")
                                : Optional.empty(),
                        postgres.data.head.timeline()),
                Tags.NONE,
                postgres.checkpointPending()
                        ? Set.of(Member.Flag.CHECKPOINT_AFTER_PROMOTE_PENDING)
                        : Set.of(),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    /// As a peer is told that asks: what the last cycle saw, with the position of this moment. A
    /// standby that does not tell it counts as not running.
    static PeerStatus status(MemberName name, LocalPostgres last, Optional<WalEnd> end) {
        LocalPostgres now =
                last instanceof LocalPostgres.Answering answering
                        ? end.map(e -> e.in(answering)).orElseGet(() -> silent(answering))
                        : last;
        return new PeerStatus.Reachable(
                name,
                PeerStatus.Standing.of(now),
                now instanceof LocalPostgres.Answering answering ? answering.end() : Lsn.ZERO,
                now instanceof LocalPostgres.Answering answering
                        ? answering.server().timeline()
                        : Timeline.UNKNOWN,
                PeerStatus.Eligibility.ELIGIBLE,
                1);
    }

    private static LocalPostgres silent(LocalPostgres.Answering last) {
        return last instanceof LocalPostgres.Primary
                ? last
                : new LocalPostgres.Unusable("no position");
    }
}
