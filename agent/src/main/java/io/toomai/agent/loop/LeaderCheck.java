package io.toomai.agent.loop;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.Command;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.dcs.Dcs;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/// Looks once more, right before local data is touched (I4): another member holds the leader key,
/// is primary, and is of the same system. Its server is asked between two readings of the key at
/// one term, so it held the key while it answered: neither a slow store nor a leader that was taken
/// over and does not know it can pass. What took longer than three seconds says nothing about now.
final class LeaderCheck {
    private static final Duration STORE_PATIENCE = Duration.ofMillis(1500);
    private static final Duration FRESH = Duration.ofSeconds(3);

    private final Dcs dcs;
    private final Function<Command.Source, Optional<SystemIdentifier>> primaryIdentity;
    private final Supplier<MonoTime> clock;

    /// @param primaryIdentity asks a server; empty where it does not answer as a primary
    LeaderCheck(
            Dcs dcs,
            Function<Command.Source, Optional<SystemIdentifier>> primaryIdentity,
            Supplier<MonoTime> clock) {
        this.dcs = dcs;
        this.primaryIdentity = primaryIdentity;
        this.clock = clock;
    }

    /// Why the data stays. The source may be a replica of the leader's; then the leader is asked.
    ///
    /// @throws io.toomai.dcs.DcsException when the store does not answer
    Optional<String> againstTouchingData(Command.Source source) {
        ClusterView before = dcs.read(Dcs.ReadMode.LINEARIZABLE, STORE_PATIENCE);
        if (!(before.leader() instanceof LeaderKey.HeldBy held)
                || !(held.leader().equals(source.name())
                        || before.member(source.name()).isPresent())) {
            return Optional.of("nobody holds the leader key at this moment; the data stays (I4)");
        }
        MonoTime asked = clock.get();
        if (primaryIdentity
                .apply(leader(before, source))
                .filter(source.system()::equals)
                .isEmpty()) {
            return Optional.of(
                    "the leader does not answer as the primary of system "
                            + source.system()
                            + "; the data stays (I4)");
        }
        ClusterView after = dcs.read(Dcs.ReadMode.LINEARIZABLE, STORE_PATIENCE);
        if (!(after.leader() instanceof LeaderKey.HeldBy still)
                || still.revision() != held.revision()) {
            return Optional.of(
                    held.leader()
                            + " lost the leader key while it was asked who it is; the data stays"
                            + " (I4)");
        }
        return asked.plus(FRESH).isBefore(clock.get())
                ? Optional.of(
                        "it took longer than "
                                + FRESH.toSeconds()
                                + " s to ask the leader who it is; the data stays (I4)")
                : Optional.empty();
    }

    private static Command.Source leader(ClusterView now, Command.Source source) {
        return now.leaderMember()
                .filter(m -> !m.name().equals(source.name()))
                .map(m -> new Command.Source(m.name(), m.host(), m.port(), source.system()))
                .orElse(source);
    }
}
