package io.toomai.core.ha;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.ha.LocalPostgres.Answering;
import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the holder of the leader key does while its PostgreSQL runs (contract §5.8).
final class LeaderPolicy {
    private LeaderPolicy() {}

    static Decision decide(HaView view, Answering postgres) {
        if (StandbyLeaderPolicy.applies(view)) {
            return StandbyLeaderPolicy.running(view, postgres);
        }
        return switch (postgres) {
            case Primary primary ->
                    HangPolicy.keep(view)
                            .or(() ->
                                    view.cluster()
                                            .failover()
                                            .flatMap(asked ->
                                                    SwitchoverPolicy.decide(
                                                            view,
                                                            primary,
                                                            asked,
                                                            () -> goOn(view, primary))))
                            .orElseGet(() -> HangPolicy.mention(view, goOn(view, primary)));
            case Standby standby -> promote(view, standby);
        };
    }

    private static Decision promote(HaView view, Standby standby) {
        if (view.settings().isPaused() && !isCandidate(view)) {
            return standbyInPause(view, standby);
        }
        if (!(view.lease() instanceof Lease.Held(var until))) {
            throw new IllegalStateException("leads() without a lease");
        }
        List<Command> commands = new ArrayList<>();
        Versioned<SyncState> sync = view.cluster().sync();
        if (RacePolicy.syncActive(view) && !sync.value().names(view.me()) && !isCandidate(view)) {
            // The key came late: somebody led in between and no longer counts on this node.
            return HaPolicy.of(
                    view,
                    Rule.LEADER_PROMOTES,
                    "removed leader lock because /sync does not name this node any more",
                    new Command.ReleaseLeaderKey(Optional.empty(), Optional.empty()));
        }
        if (FailsafePolicy.isExcluded(view)) {
            // The key came late: whoever led in between does not ask this node.
            return HaPolicy.of(
                    view,
                    Rule.LEADER_PROMOTES,
                    "removed leader lock because /failsafe does not name this node",
                    new Command.ReleaseLeaderKey(Optional.empty(), Optional.empty()));
        }
        Optional<Decision> script = PrePromotePolicy.before(view, standby, until);
        if (script.isPresent()) {
            return script.get();
        }
        if (view.settings().isSynchronous()) {
            // Also when it says so already: the write proves that the key is still ours, and no
            // pledge that was made before counts after it.
            SyncState first = firstSync(view);
            commands.add(new Command.WriteSync(first, sync.revision()));
            if (!first.voters().isEmpty()) {
                commands.add(
                        new Command.SetSynchronousStandbyNames(
                                SyncNames.any(
                                        SyncPolicy.demandOf(first),
                                        view.settings().synchronousModeStrict())));
            }
        }
        commands.add(new Command.Promote(until));
        // Clients wait for the promotion; the request can be cleared while it goes on.
        view.cluster()
                .failover()
                .ifPresent(asked -> commands.add(new Command.ClearFailover(asked.revision())));
        return HaPolicy.of(
                        view,
                        Rule.LEADER_PROMOTES,
                        "promoting: I hold the leader key and my PostgreSQL is at "
                                + Lsn.max(standby.received(), standby.replayed()),
                        commands)
                .remembering(
                        view.memory()
                                .withPrimaryDownSince(Optional.empty())
                                .withHandOverSince(Optional.empty())
                                // Who had confirmed when this node led before need not have what
                                // was confirmed since.
                                .withSync(SyncMemory.EMPTY));
    }

    /// Who was told to be a primary does so under the key, or not at all.
    private static Decision standbyInPause(HaView view, Standby standby) {
        Command release = new Command.ReleaseLeaderKey(Optional.empty(), Optional.empty());
        if (!standby.isPromoting()) {
            return HaPolicy.of(
                    view,
                    Rule.LEADER_PROMOTES,
                    "removed leader lock because postgres is not running as primary",
                    release);
        }
        Optional<MemberName> other =
                view.cluster().failover().flatMap(asked -> asked.value().candidate());
        return other.map(name ->
                        HaPolicy.of(
                                view,
                                Rule.LEADER_PROMOTES,
                                "giving up the promotion, "
                                        + name
                                        + " was named: removed leader lock because postgres is not"
                                        + " running as primary",
                                new Command.Fence("the promotion was given up for " + name),
                                release))
                .orElseGet(() ->
                        HaPolicy.of(
                                view,
                                Rule.LEADER_PROMOTES,
                                "updated leader lock: PostgreSQL was told to promote and has not"
                                        + " done so yet"));
    }

    /// What `/sync` says when a new leader begins: in mode `on` it stands alone until a standby has
    /// confirmed under it; in mode `quorum` it goes on with the promise that made it leader.
    static SyncState firstSync(HaView view) {
        return view.settings().synchronousMode() == HaSettings.SynchronousMode.QUORUM
                ? SyncPolicy.inherited(view)
                : new SyncState(Optional.of(view.me()), 0, SyncState.EMPTY.voters());
    }

    static boolean isCandidate(HaView view) {
        return view.cluster()
                .failover()
                .flatMap(asked -> asked.value().candidate())
                .filter(view.me()::equals)
                .isPresent();
    }

    private static Decision goOn(HaView view, Primary primary) {
        ClusterView cluster = view.cluster();
        SlotPolicy.Step slots = SlotPolicy.ofLeader(view, primary);
        List<Command> commands = new ArrayList<>(publishing(view, primary, slots.status()));
        if (view.configuration() == HaView.Configuration.STALE) {
            commands.add(new Command.ApplyConfiguration());
        }
        SyncPolicy.Step sync = SyncPolicy.next(view, primary);
        commands.addAll(sync.commands());
        if (!isHistoryOf(cluster.history(), primary.server().timeline(), view.me())) {
            commands.add(new Command.WriteHistory(cluster.history()));
        }
        if (primary.control().timeline().isBefore(primary.server().timeline())) {
            commands.add(new Command.Checkpoint());
        }
        commands.addAll(slots.commands());
        Decision decision =
                HaPolicy.of(
                                view,
                                Rule.LEADER_CONTINUES,
                                "no action. I am (" + view.me() + "), the leader with the lock",
                                commands)
                        .remembering(
                                view.memory()
                                        .settled()
                                        .withSlots(slots.memory())
                                        .withSync(sync.memory()));
        return sync.recheckIn().map(decision::recheckIn).orElse(decision);
    }

    /// What every leader keeps in the store, also that of a standby cluster.
    static List<Command> publishing(HaView view, Answering postgres, Status status) {
        List<Command> commands = new ArrayList<>();
        ClusterView cluster = view.cluster();
        if (!(cluster.initialize() instanceof Initialize.Done)) {
            commands.add(new Command.WriteInitialize(postgres.server().system()));
        }
        if (cluster.config().isEmpty()) {
            commands.add(new Command.WriteInitialConfig());
        }
        commands.addAll(FailsafePolicy.publishing(view));
        if (!status.equals(cluster.status())) {
            commands.add(new Command.WriteStatus(status));
        }
        return commands;
    }

    /// Whether the published history is that of this leader's timeline. Two members may have been
    /// promoted to one timeline number, neither knowing of the other (simulation seed 4011256):
    /// then the standbys find out by the history of the one that leads that they have left it.
    private static boolean isHistoryOf(History published, Timeline timeline, MemberName leader) {
        return timeline.number() == 1
                || (published.clusterTimeline().equals(timeline)
                        && published
                                .latestLeader()
                                .filter(l -> !l.equals(leader.value()))
                                .isEmpty());
    }
}
