package io.toomai.agent.loop;

import io.toomai.agent.server.ServerIdentity;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/// Looks once more, right before local data is touched (I4): another member holds the leader key,
/// is primary (in a standby cluster: its leader), and is of the same system; or this node leads a
/// standby cluster, and the other cluster's primary answers. Its server is asked between two
/// readings of the key at one term, so it held the key while it answered: neither a slow store nor
/// a leader that was taken over and does not know it can pass. What took longer than three seconds
/// says nothing about now.
final class LeaderCheck {
    private static final Duration STORE_PATIENCE = Duration.ofMillis(1500);
    private static final Duration FRESH = Duration.ofSeconds(3);

    private final Dcs dcs;
    private final Function<Command.Source, Optional<ServerIdentity>> identity;
    private final Supplier<MonoTime> clock;

    /// @param identity asks a server who it is; empty where it does not answer
    LeaderCheck(
            Dcs dcs,
            Function<Command.Source, Optional<ServerIdentity>> identity,
            Supplier<MonoTime> clock) {
        this.dcs = dcs;
        this.identity = identity;
        this.clock = clock;
    }

    /// Why the data stays. The source may be a replica of the leader's; then the leader is asked.
    ///
    /// @throws io.toomai.dcs.DcsException when the store does not answer
    Optional<String> againstTouchingData(Command.Source source) {
        ClusterView before = dcs.read(Dcs.ReadMode.LINEARIZABLE, STORE_PATIENCE);
        if (!(before.leader() instanceof LeaderKey.HeldBy held) || !isKnown(before, held, source)) {
            return Optional.of(
                    source.kind() == Command.Source.Kind.REMOTE_PRIMARY
                            ? "this node does not hold the leader key at this moment; the data stays"
                                    + " (I4)"
                            : "nobody holds the leader key at this moment; the data stays (I4)");
        }
        MonoTime asked = clock.get();
        Command.Source judge = judge(before, source);
        if (identity.apply(judge)
                .filter(who -> who.is(source.system(), wanted(source)))
                .isEmpty()) {
            return Optional.of(
                    describe(source, judge)
                            + " does not answer as the "
                            + wanted(source).name().toLowerCase(Locale.ROOT)
                            + " of system "
                            + source.system()
                            + "; the data stays (I4)");
        }
        ClusterView after = dcs.read(Dcs.ReadMode.LINEARIZABLE, STORE_PATIENCE);
        if (!(after.leader() instanceof LeaderKey.HeldBy still)
                || still.revision() != held.revision()) {
            return Optional.of(
                    held.leader()
                            + " lost the leader key while "
                            + judge.name()
                            + " was asked who it is; the data stays (I4)");
        }
        return asked.plus(FRESH).isBefore(clock.get())
                ? Optional.of(
                        "it took longer than "
                                + FRESH.toSeconds()
                                + " s to ask "
                                + judge.name()
                                + " who it is; the data stays (I4)")
                : Optional.empty();
    }

    private static boolean isKnown(
            ClusterView cluster, LeaderKey.HeldBy held, Command.Source source) {
        return switch (source.kind()) {
            case MEMBER, MEMBER_OF_STANDBY_CLUSTER ->
                    held.leader().equals(source.name())
                            || cluster.member(source.name()).isPresent();
            case REMOTE_PRIMARY -> held.ownership() == LeaderKey.Ownership.THIS_PROCESS;
        };
    }

    private static PeerStatus.Standing wanted(Command.Source source) {
        return switch (source.kind()) {
            case MEMBER, REMOTE_PRIMARY -> PeerStatus.Standing.PRIMARY;
            case MEMBER_OF_STANDBY_CLUSTER -> PeerStatus.Standing.STANDBY;
        };
    }

    private static String describe(Command.Source source, Command.Source judge) {
        return source.kind() == Command.Source.Kind.REMOTE_PRIMARY
                ? judge.host() + ":" + judge.port()
                : "the leader";
    }

    /// Whose word counts.
    private static Command.Source judge(ClusterView now, Command.Source source) {
        return now.leaderMember()
                .filter(_ -> source.kind() != Command.Source.Kind.REMOTE_PRIMARY)
                .filter(m -> !m.name().equals(source.name()))
                .map(m ->
                        new Command.Source(
                                m.name(), m.host(), m.port(), source.system(), source.kind()))
                .orElse(source);
    }
}
