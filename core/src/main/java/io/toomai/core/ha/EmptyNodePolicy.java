package io.toomai.core.ha;

import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.LocalPostgres.Answering;
import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.ha.LocalPostgres.Stopped;
import io.toomai.core.model.SystemIdentifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Nodes without data, with data nobody finished making, and with data from before (contract §5.3).
final class EmptyNodePolicy {
    private EmptyNodePolicy() {}

    static Decision noData(HaView view) {
        if (view.cluster().leader().isHeldBy(view.me())) {
            return HaPolicy.of(
                    view,
                    Rule.DATA_UNUSABLE,
                    "released leader key voluntarily as data dir empty and currently leader",
                    new Command.ReleaseLeaderKey(Optional.empty(), Optional.empty()));
        }
        if (view.settings().isPaused()) {
            return HaPolicy.of(view, Rule.PAUSED, "running with empty data directory");
        }
        Optional<LongTask.Outcome.Failed> failed =
                RecoveryPolicy.failed(view, LongTask.Kind.BOOTSTRAP);
        if (failed.isPresent()) {
            return bootstrapFailed(view, failed.get().why());
        }
        return view.otherLeader().isPresent() ? clone(view) : vacant(view);
    }

    private static Decision bootstrapFailed(HaView view, String reason) {
        String why =
                "failed to make the new cluster: "
                        + reason
                        + ". What it had made was moved aside; the initialize key is deleted so that"
                        + " another member may try";
        List<Command> commands =
                view.cluster().initialize() instanceof Initialize.InProgress
                        ? List.of(
                                new Command.DeleteInitialize(),
                                new Command.EndAgent(why, Command.ExitStatus.FATAL))
                        : List.of(new Command.EndAgent(why, Command.ExitStatus.FATAL));
        return HaPolicy.of(view, Rule.BOOTSTRAP_FAILED, why, commands);
    }

    private static Decision clone(HaView view) {
        Optional<Command.Source> source = FollowerPolicy.cloneSource(view, Optional.empty());
        if (source.isEmpty()) {
            return HaPolicy.of(
                            view,
                            Rule.CLONE_WAITS,
                            "waiting for the leader to run as primary before cloning from it")
                    .recheckIn(RecoveryPolicy.AFTER_FAILURE.dividedBy(10));
        }
        return afterFailure(view, "failed to bootstrap from leader")
                .orElseGet(() ->
                        HaPolicy.of(
                                view,
                                Rule.CLONE_STARTS,
                                "trying to bootstrap from "
                                        + who(view, source.get())
                                        + " '"
                                        + source.get().name()
                                        + "'",
                                new Command.Clone(source.get())));
    }

    private static String who(HaView view, Command.Source source) {
        return view.cluster().leader().isHeldBy(source.name()) ? "leader" : "replica";
    }

    private static Optional<Decision> afterFailure(HaView view, String what) {
        return view.task() instanceof LongTask.Idle(LongTask.Outcome.Failed failed)
                        && view.now().since(failed.at()).compareTo(RecoveryPolicy.AFTER_FAILURE) < 0
                ? Optional.of(
                        HaPolicy.of(
                                        view,
                                        Rule.CLONE_WAITS,
                                        what + ", trying again: " + failed.why())
                                .recheckIn(RecoveryPolicy.AFTER_FAILURE))
                : Optional.empty();
    }

    /// The cluster exists and nobody leads: what a backup holds is better than nothing, and whether
    /// it may lead is decided like for every standby. Without the cluster's identity nobody could
    /// tell whether the backup is its own.
    private static Optional<Decision> restore(HaView view) {
        if (view.node().restore() == LocalNode.Restore.IMPOSSIBLE
                || !(view.cluster().initialize() instanceof Initialize.Done(var system))) {
            return Optional.empty();
        }
        // Under this name commits were confirmed that the backup may lack (I2).
        if (RacePolicy.syncActive(view) && view.cluster().sync().value().names(view.me())) {
            return Optional.of(
                    HaPolicy.of(
                            view,
                            Rule.CLONE_WAITS,
                            "waiting for leader to bootstrap: /sync names this member, which has"
                                    + " lost its data, so a backup could lead without commits that"
                                    + " were confirmed. To accept that loss, switch synchronous_mode"
                                    + " off"));
        }
        return afterFailure(view, "failed to bootstrap without leader")
                .or(() ->
                        Optional.of(
                                HaPolicy.of(
                                        view,
                                        Rule.CLONE_STARTS,
                                        "trying to bootstrap (without leader)",
                                        new Command.Restore(system))));
    }

    private static Decision vacant(HaView view) {
        boolean mayBootstrap =
                view.cluster().initialize() instanceof Initialize.Never
                        && view.node().bootstrap() == LocalNode.Bootstrap.CONFIGURED
                        && !view.node().tags().nofailover();
        if (mayBootstrap && RacePolicy.lacksWatchdog(view)) {
            return HaPolicy.of(
                    view,
                    Rule.CLONE_WAITS,
                    "not bootstrapping: Watchdog device is not usable, and it is required");
        }
        return mayBootstrap
                ? HaPolicy.of(
                        view,
                        Rule.BOOTSTRAP_STARTS,
                        "trying to bootstrap a new cluster",
                        new Command.ClaimInitialize(),
                        StandbyLeaderPolicy.applies(view)
                                ? new Command.BootstrapStandbyCluster(
                                        StandbyLeaderPolicy.upstream(view))
                                : new Command.BootstrapCluster())
                : restore(view)
                        .orElseGet(() ->
                                HaPolicy.of(
                                        view, Rule.CLONE_WAITS, "waiting for leader to bootstrap"));
    }

    /// A bootstrap that was cut off: no cluster exists that could need this data. The initialize
    /// key is ours only if nobody leads.
    static Decision unfinishedBootstrap(HaView view) {
        boolean ours =
                view.cluster().initialize() instanceof Initialize.InProgress
                        && view.cluster().leader() instanceof LeaderKey.Vacant;
        String reason = "a bootstrap was interrupted, moving what it made aside";
        return ours
                ? HaPolicy.of(
                        view,
                        Rule.UNFINISHED_DISCARDED,
                        reason,
                        new Command.DiscardUnfinished(),
                        new Command.DeleteInitialize())
                : HaPolicy.of(
                        view, Rule.UNFINISHED_DISCARDED, reason, new Command.DiscardUnfinished());
    }

    static Decision unfinishedClone(HaView view) {
        return HaPolicy.of(
                view,
                Rule.UNFINISHED_DISCARDED,
                "a clone was interrupted, removing the incomplete copy",
                new Command.DiscardUnfinished());
    }

    static Decision unusable(HaView view, String why) {
        String reason = "data directory is not usable: " + why;
        if (view.wish() instanceof Wish.Reinitialize(var named)) {
            return FollowerPolicy.reinitialize(view, view.postgres(), named);
        }
        if (!view.leads()) {
            return HaPolicy.of(view, Rule.DATA_UNUSABLE, reason);
        }
        List<Command> commands = new ArrayList<>();
        if (!view.settings().isPaused()) {
            // A server may run on it all the same, and must not under the next leader.
            commands.add(new Command.Fence(reason));
        }
        commands.add(new Command.ReleaseLeaderKey(Optional.empty(), Optional.empty()));
        return HaPolicy.of(
                view, Rule.DATA_UNUSABLE, "released leader key voluntarily, " + reason, commands);
    }

    /// A server from before the cluster was managed: the primary's identity becomes the cluster's.
    static Decision existingServer(HaView view, Answering postgres) {
        return switch (postgres) {
            case Primary primary ->
                    announces(view, "the existing primary", primary.server().system());
            case Standby standby when StandbyLeaderPolicy.applies(view) ->
                    announces(view, "the existing standby", standby.server().system());
            case Standby _ -> standbyIsFirst(view);
        };
    }

    /// The same for data that no server runs on.
    static Decision existingData(HaView view, Stopped stopped) {
        return switch (stopped.startsAs()) {
            case PRIMARY -> announces(view, "the existing data", stopped.control().system());
            case STANDBY ->
                    StandbyLeaderPolicy.applies(view)
                            ? announces(view, "the existing data", stopped.control().system())
                            : standbyIsFirst(view);
        };
    }

    private static Decision announces(HaView view, String what, SystemIdentifier system) {
        return HaPolicy.of(
                view,
                Rule.EXISTING_DATA_JOINS,
                "announcing " + what + " as this cluster",
                new Command.WriteInitialize(system),
                new Command.WriteInitialConfig(),
                new Command.AcquireLeaderKey());
    }

    private static Decision standbyIsFirst(HaView view) {
        String why =
                "this node's data is a standby's and no member has announced the cluster."
                        + " Start the agent on the primary first";
        return HaPolicy.of(
                view,
                Rule.EXISTING_DATA_JOINS,
                why,
                new Command.EndAgent(why, Command.ExitStatus.FATAL));
    }
}
