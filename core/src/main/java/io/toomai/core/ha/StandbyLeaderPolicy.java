package io.toomai.core.ha;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.ha.LocalPostgres.Answering;
import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.ha.LocalPostgres.Stopped;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.Timeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The holder of the leader key in a standby cluster (contract §4.10): its PostgreSQL follows a
/// primary elsewhere, the other members follow it, and nobody here is promoted while the
/// configuration says so (I11). A primary that finds itself in one is demoted.
final class StandbyLeaderPolicy {
    private StandbyLeaderPolicy() {}

    private static final Duration SOON = Duration.ofMillis(200);

    /// Whether this cluster follows another one.
    static boolean applies(HaView view) {
        return view.settings().standbyCluster().isPresent();
    }

    /// Where the leader streams from.
    static Upstream upstream(HaView view) {
        return view.settings()
                .standbyCluster()
                .map(RemotePrimary::upstream)
                .orElse(new Upstream.None());
    }

    /// The same in an operator's words.
    static String source(HaView view) {
        return upstream(view) instanceof Upstream.None ? "an archive" : upstream(view).text();
    }

    static Decision running(HaView view, Answering postgres) {
        return switch (postgres) {
            case Primary _ -> demote(view);
            case Standby standby -> follow(view, standby);
        };
    }

    /// It stops cleanly: a server that streams from here gets all of the WAL before.
    private static Decision demote(HaView view) {
        if (view.settings().isPaused()) {
            return HaPolicy.of(
                    view,
                    Rule.CLUSTER_DEMOTED,
                    "standby_cluster is set; continue to run as primary until maintenance ends");
        }
        return HaPolicy.of(
                view,
                Rule.CLUSTER_DEMOTED,
                "standby_cluster is set: stopping the primary, it comes back as standby leader of "
                        + source(view),
                new Command.Stop(
                        Command.StopMode.FAST, Command.Before.CHECKPOINT, Optional.empty()));
    }

    private static Decision follow(HaView view, Standby standby) {
        if (!view.settings().isPaused()) {
            Optional<Decision> diverged = diverged(view, standby);
            if (diverged.isPresent()) {
                return diverged.get();
            }
        }
        return view.cluster()
                .failover()
                .flatMap(asked -> handOver(view, standby, asked))
                .orElseGet(() -> goOn(view, standby));
    }

    private static Decision goOn(HaView view, Standby standby) {
        List<Command> commands = new ArrayList<>();
        Upstream wanted = upstream(view);
        boolean moves = !wanted.equals(standby.upstream());
        if (moves) {
            commands.add(new Command.Follow(wanted));
        } else if (view.configuration() == HaView.Configuration.STALE) {
            commands.add(new Command.ApplyConfiguration());
        }
        SlotPolicy.Step slots = SlotPolicy.ofLeader(view, standby);
        commands.addAll(publishing(view, standby, slots.status()));
        if (standby.replay() == LocalPostgres.Replay.PAUSED && !view.settings().isPaused()) {
            commands.add(new Command.ResumeReplay());
        }
        commands.addAll(slots.commands());
        return HaPolicy.of(
                        view,
                        moves
                                ? Rule.STANDBY_LEADER_CHANGES_UPSTREAM
                                : Rule.STANDBY_LEADER_CONTINUES,
                        "no action. I am ("
                                + view.me()
                                + "), the standby leader with the lock, following "
                                + source(view)
                                + trouble(view, standby),
                        commands)
                .remembering(
                        view.memory()
                                .settled()
                                .withSlots(slots.memory())
                                .withSync(SyncMemory.EMPTY));
    }

    /// What a leader keeps in the store.
    private static List<Command> publishing(HaView view, Standby standby, Status status) {
        ClusterView cluster = view.cluster();
        List<Command> commands = new ArrayList<>(LeaderPolicy.publishing(view, standby, status));
        // From when this cluster had a primary: its voters decide about the key until it has
        // become a standby, and about nothing afterwards.
        if (!cluster.sync().value().isEmpty()) {
            commands.add(new Command.WriteSync(SyncState.EMPTY, cluster.sync().revision()));
        }
        // The members tell by it whether they have WAL that the other cluster has not.
        Timeline timeline = standby.server().timeline();
        if (timeline.number() > 1 && !cluster.history().clusterTimeline().equals(timeline)) {
            commands.add(new Command.WriteHistory(cluster.history()));
        }
        return commands;
    }

    private static Lsn end(Standby standby) {
        return Lsn.max(standby.received(), standby.replayed());
    }

    /// What an operator would want to know of the way here.
    private static String trouble(HaView view, Standby standby) {
        return switch (view.remote()) {
            case RemoteReading.NotAsked _ -> "";
            case RemoteReading.Silent(var why, _) -> "; it does not answer: " + why;
            case RemoteReading.Answered remote
                    when !remote.system().equals(standby.server().system()) ->
                    "; it belongs to another cluster ("
                            + remote.system()
                            + ", not "
                            + standby.server().system()
                            + "). Correct standby_cluster";
            case RemoteReading.Answered _ -> "";
        };
    }

    // ---- data that the other cluster does not have

    /// Only beside a primary: a standby of ours that was not promoted yet trails, and what it lacks
    /// has not diverged.
    private static Optional<RemoteReading.Answered> judge(HaView view) {
        return view.remote() instanceof RemoteReading.Answered remote
                        && remote.isPrimary()
                        && HaPolicy.system(view.postgres())
                                .filter(remote.system()::equals)
                                .isPresent()
                ? Optional.of(remote)
                : Optional.empty();
    }

    private static Optional<Decision> diverged(HaView view, Standby standby) {
        Optional<RemoteReading.Answered> remote = judge(view);
        boolean streams = standby.walReceiver() == LocalPostgres.WalReceiver.STREAMING;
        if (remote.isEmpty() || streams) {
            return Optional.empty();
        }
        RewindCheck check =
                RewindCheck.ofRunningStandby(
                        standby.server().timeline(),
                        end(standby),
                        remote.get().timeline(),
                        remote.get().history());
        if (!(check instanceof RewindCheck.Needed(var why))) {
            return Optional.empty();
        }
        String what = "diverged from " + remote.get().server().text() + ": " + why;
        return Optional.of(
                FollowerPolicy.remedy(view) instanceof FollowerPolicy.Remedy.Operator
                        ? HaPolicy.of(
                                view,
                                Rule.STANDBY_LEADER_DIVERGED,
                                what
                                        + ". Set use_pg_rewind, or run: reinit on another member and"
                                        + " switch over to it")
                        : HaPolicy.of(
                                view,
                                Rule.STANDBY_LEADER_DIVERGED,
                                what + ", stopping to mend",
                                new Command.Stop(
                                        Command.StopMode.FAST,
                                        Command.Before.NOTHING,
                                        Optional.empty())));
    }

    /// What the holder of the key does about its PostgreSQL that is down.
    static Decision stopped(HaView view, Stopped stopped) {
        Optional<LongTask.Outcome.Failed> failed = RecoveryPolicy.failed(view, LongTask.Kind.START);
        if (failed.isPresent()) {
            return HaPolicy.of(
                    view,
                    Rule.STANDBY_WAITS,
                    "removed leader key after trying and failing to start postgres: "
                            + failed.get().why(),
                    new Command.ReleaseLeaderKey(Optional.empty(), Optional.empty()));
        }
        HaView remembering = RecoveryPolicy.rememberingRewind(view);
        Optional<RemoteReading.Answered> remote = judge(view);
        Optional<String> rewindFailed = remembering.memory().rewindFailed();
        if (rewindFailed.isPresent()) {
            return remote.map(r -> mend(remembering, r, "pg_rewind failed half-way"))
                    .orElseGet(() -> waits(remembering));
        }
        return remote.map(r ->
                        RewindCheck.ofStopped(stopped.control(), r.timeline(), r.history())
                                        instanceof RewindCheck.Needed(var why)
                                ? mend(remembering, r, why)
                                : start(remembering))
                .orElseGet(() -> start(remembering));
    }

    /// A standby writes nothing that anybody could lose, so it starts before the other cluster has
    /// been heard.
    private static Decision start(HaView view) {
        return RecoveryPolicy.startAsStandby(
                view, upstream(view), "starting as standby leader of " + source(view));
    }

    private static Decision waits(HaView view) {
        return HaPolicy.of(
                        view,
                        Rule.STANDBY_WAITS,
                        "pg_rewind failed half-way, waiting for "
                                + source(view)
                                + " to answer as primary")
                .recheckIn(SOON);
    }

    private static Decision mend(HaView view, RemoteReading.Answered remote, String why) {
        return RecoveryPolicy.mend(
                view, Command.Source.remote(remote.server(), remote.system()), why);
    }

    // ---- giving the key to another member

    /// Nobody stops for it: the other cluster's WAL is all there is, and both have it.
    private static Optional<Decision> handOver(
            HaView view, Standby standby, Versioned<FailoverRequest> asked) {
        Command clear = new Command.ClearFailover(asked.revision());
        FailoverRequest request = asked.value();
        Optional<String> senseless = SwitchoverPolicy.senseless(view, request);
        if (senseless.isPresent()) {
            return Optional.of(
                    HaPolicy.of(view, Rule.LEADER_DECLINES_SWITCHOVER, senseless.get(), clear));
        }
        if (request.scheduledAt().isPresent()) {
            Optional<Decision> later =
                    SwitchoverPolicy.scheduled(view, request, clear, () -> goOn(view, standby));
            if (later.isPresent()) {
                return later;
            }
        }
        Lsn end = end(standby);
        Optional<PeerStatus.Reachable> candidate =
                RacePolicy.candidates(view, end, Optional.of(request)).stream().findFirst();
        if (candidate.isEmpty()) {
            return Optional.of(
                    HaPolicy.of(
                            view,
                            Rule.LEADER_DECLINES_SWITCHOVER,
                            "switchover: no healthy members found, I stay standby leader",
                            clear));
        }
        FailoverRequest handOver =
                new FailoverRequest(
                        Optional.of(view.me()),
                        Optional.of(candidate.get().name()),
                        Optional.empty(),
                        RacePolicy.term(view));
        return Optional.of(
                HaPolicy.of(
                        view,
                        Rule.SWITCHOVER_RELEASES_KEY,
                        "switchover: released the leader key for " + candidate.get().name(),
                        new Command.ReleaseLeaderKey(Optional.of(handOver), Optional.of(end))));
    }
}
