package io.toomai.core.ha;

import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.LocalPostgres.Answering;
import io.toomai.core.ha.LocalPostgres.NoDataDirectory;
import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.ha.LocalPostgres.Starting;
import io.toomai.core.ha.LocalPostgres.Stopped;
import io.toomai.core.ha.LocalPostgres.UnfinishedBootstrap;
import io.toomai.core.ha.LocalPostgres.UnfinishedClone;
import io.toomai.core.ha.LocalPostgres.Unresponsive;
import io.toomai.core.ha.LocalPostgres.Unusable;
import io.toomai.core.ha.LocalPostgres.WithoutData;
import io.toomai.core.model.SystemIdentifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The HA loop: rows are what PostgreSQL is, columns are who holds the leader key. No I/O, clock,
/// thread or randomness; the same view gives the same decision on every run.
///
/// Reading order: this table, then [LeaderPolicy], [SwitchoverPolicy], [PrePromotePolicy],
/// [FollowerPolicy], [RacePolicy], [RecoveryPolicy], [StandbyLeaderPolicy], [HangPolicy],
/// [EmptyNodePolicy], [StoreLostPolicy], [FailsafePolicy].
public final class HaPolicy {
    private HaPolicy() {}

    /// What to do now.
    public static Decision decide(HaView view) {
        Decision judged = judge(view);
        HaMemory kept = PrePromotePolicy.kept(view, judged.memory());
        HaMemory memory = RaceBackoff.kept(view, kept);
        Decision decision =
                judged.remembering(memory.withHold(SwitchoverPolicy.kept(view, memory)));
        // Elsewhere whatever is done about a dead server begins with that. In maintenance mode
        // nothing is done, and its children go on confirming while somebody takes the key
        // (simulation seed 13091066).
        return view.settings().isPaused() && view.postgres() instanceof Stopped
                ? decision.only(_ -> false)
                        .then(List.of(new Command.EndOrphans()))
                        .then(decision.commands())
                : decision;
    }

    private static Decision judge(HaView view) {
        if (view.punctuality() == HaView.Punctuality.LATE) {
            return wokeLate(view);
        }
        Optional<Decision> cancelling = PrePromotePolicy.cancelling(view);
        if (cancelling.isPresent()) {
            return cancelling.get();
        }
        if (view.store() instanceof StoreReading.Unreadable lost) {
            return StoreLostPolicy.decide(view, lost);
        }
        Optional<Decision> retaken = FailsafePolicy.retaking(view);
        if (retaken.isPresent()) {
            return retaken.get();
        }
        if (view.task() instanceof LongTask.Running running) {
            return whileTaskRuns(view, running);
        }
        Optional<Decision> hung = HangPolicy.handOver(view);
        if (hung.isPresent()) {
            return hung.get();
        }
        if (view.wish() instanceof Wish.ShutDown) {
            return ShutdownPolicy.decide(view);
        }
        Optional<Decision> stranger = foreignData(view);
        if (stranger.isPresent()) {
            return stranger.get();
        }
        Optional<Decision> withdrawal =
                view.otherLeader().flatMap(_ -> TakeoverPolicy.withdrawing(view));
        if (withdrawal.isPresent()) {
            return withdrawal.get();
        }
        return switch (view.postgres()) {
            case NoDataDirectory _ -> EmptyNodePolicy.noData(view);
            case UnfinishedBootstrap _ -> EmptyNodePolicy.unfinishedBootstrap(view);
            case UnfinishedClone _ -> EmptyNodePolicy.unfinishedClone(view);
            case Unusable(var why) -> EmptyNodePolicy.unusable(view, why);
            case Stopped stopped -> RecoveryPolicy.stopped(view, stopped);
            case Starting starting -> RecoveryPolicy.starting(view, starting);
            case Unresponsive silent -> RecoveryPolicy.unresponsive(view, silent);
            case Answering postgres -> running(view, postgres);
        };
    }

    private static Decision running(HaView view, Answering postgres) {
        Optional<Decision> asked = wish(view, postgres);
        if (asked.isPresent()) {
            return asked.get();
        }
        if (isPromotedByNobody(view, postgres)) {
            return of(
                    view,
                    Rule.TASK_LOST_KEY,
                    "lost leader lock during promote, before an agent was started anew",
                    new Command.Fence("the leader key was lost during promote"));
        }
        return switch (view.cluster().leader()) {
            case LeaderKey.HeldBy held when held.leader().equals(view.me()) ->
                    view.leads() ? LeaderPolicy.decide(view, postgres) : reattach(view);
            case LeaderKey.HeldBy _ -> FollowerPolicy.decide(view, postgres);
            case LeaderKey.Vacant _ -> vacant(view, postgres);
        };
    }

    /// A promotion goes on in PostgreSQL when the task that began it is over, or its agent dead.
    private static boolean isPromotedByNobody(HaView view, Answering postgres) {
        boolean promoting = postgres instanceof Standby standby && standby.isPromoting();
        boolean mine =
                view.cluster().leader() instanceof LeaderKey.HeldBy held
                        && held.leader().equals(view.me());
        return promoting && !mine && !view.settings().isPaused();
    }

    /// The key still names us from before a restart of this process, or after our lease ended
    /// unnoticed by the store: only the store can make it ours again.
    static Decision reattach(HaView view) {
        return of(
                view,
                Rule.LEADER_REATTACHES,
                "taking the leader key over from my earlier session",
                new Command.AcquireLeaderKey());
    }

    private static Decision vacant(HaView view, Answering postgres) {
        Initialize initialize = view.cluster().initialize();
        if (initialize instanceof Initialize.Never && !view.settings().isPaused()) {
            return EmptyNodePolicy.existingServer(view, postgres);
        }
        boolean made = postgres instanceof Primary || StandbyLeaderPolicy.applies(view);
        if (made && initialize instanceof Initialize.InProgress) {
            return of(
                    view,
                    Rule.BOOTSTRAP_FINISHES,
                    "initialized a new cluster",
                    new Command.WriteInitialize(postgres.server().system()),
                    new Command.WriteInitialConfig(),
                    new Command.AcquireLeaderKey());
        }
        if (postgres instanceof Standby standby) {
            Optional<Decision> promised = FailsafePolicy.following(view);
            if (promised.isPresent()) {
                return promised.get();
            }
            Optional<Decision> byPledges = TakeoverPolicy.race(view, standby);
            if (byPledges.isPresent()) {
                return byPledges.get();
            }
        }
        RacePolicy.Verdict verdict =
                switch (postgres) {
                    case Primary primary -> RacePolicy.ofPrimary(view, primary);
                    case Standby standby -> RacePolicy.ofStandby(view, standby);
                };
        boolean primary = postgres instanceof Primary;
        return switch (verdict) {
            case RacePolicy.Verdict.Takes(var why) ->
                    of(
                            view,
                            primary ? Rule.PRIMARY_RETAKES_KEY : Rule.RACE_WON,
                            (primary
                                            ? "acquired session lock as a leader: "
                                            : "promoted self to leader by acquiring session lock: ")
                                    + why,
                            new Command.AcquireLeaderKey());
            case RacePolicy.Verdict.Waits(var why) when primary && !view.settings().isPaused() ->
                    of(
                            view,
                            Rule.PRIMARY_OUTDATED,
                            "demoting self because i am not the healthiest node: " + why,
                            new Command.Fence(why));
            case RacePolicy.Verdict.Waits(var why) ->
                    of(
                                    view,
                                    Rule.RACE_WAITS,
                                    "following a different leader because i am not the healthiest"
                                            + " node: "
                                            + why)
                            .recheckIn(RACE_RECHECK);
        };
    }

    /// A vacant key is looked at again quickly: the member we wait for may be gone too.
    private static final Duration RACE_RECHECK = Duration.ofMillis(500);

    private static Optional<Decision> wish(HaView view, LocalPostgres postgres) {
        return switch (view.wish()) {
            case Wish.Nothing _, Wish.ShutDown _ -> Optional.empty();
            case Wish.Restart(var timeout) ->
                    Optional.of(
                            of(
                                    view,
                                    Rule.RESTART_ASKED,
                                    "restart in progress",
                                    new Command.Restart(timeout)));
            case Wish.Reinitialize(var source) ->
                    Optional.of(FollowerPolicy.reinitialize(view, postgres, source));
        };
    }

    private static Decision wokeLate(HaView view) {
        // The guard has ended the lease by itself; deciding on what was true before the sleep is
        // how two primaries are made.
        return of(view, Rule.WOKE_LATE, "woke up late, looking again before deciding anything")
                .recheckIn(Duration.ZERO);
    }

    private static Decision whileTaskRuns(HaView view, LongTask.Running running) {
        String what = running.kind().text();
        if (running.kind() == LongTask.Kind.CHECKPOINT) {
            // It hangs with the server that it is asked of, and ends with it.
            Optional<Decision> hung = HangPolicy.handOver(view);
            if (hung.isPresent()) {
                return hung.get();
            }
        }
        if (view.leads()) {
            return of(view, Rule.TASK_RUNS, "updated leader lock during " + what);
        }
        boolean wouldWrite =
                StoreLostPolicy.mayWrite(view.postgres())
                        || running.kind() == LongTask.Kind.PROMOTE;
        boolean bootstrapping = running.kind() == LongTask.Kind.BOOTSTRAP;
        if (wouldWrite && !bootstrapping && !view.settings().isPaused()) {
            return of(
                    view,
                    Rule.TASK_LOST_KEY,
                    "lost leader lock during " + what,
                    new Command.Fence("the leader key was lost during " + what));
        }
        return of(view, Rule.TASK_RUNS, what + " in progress: " + running.progress());
    }

    private static Optional<Decision> foreignData(HaView view) {
        Optional<SystemIdentifier> ours = system(view.postgres());
        if (ours.isEmpty()
                || !(view.cluster().initialize() instanceof Initialize.Done(var expected))
                || expected.equals(ours.get())) {
            return Optional.empty();
        }
        String why =
                "system ID mismatch, node "
                        + view.me()
                        + " belongs to a different cluster: "
                        + expected
                        + " != "
                        + ours.get()
                        + ". Nothing was changed; move its data directory away to let it be cloned,"
                        + " or correct scope and namespace";
        if (view.settings().isPaused()) {
            return Optional.of(of(view, Rule.FOREIGN_DATA, why));
        }
        return Optional.of(
                of(
                        view,
                        Rule.FOREIGN_DATA,
                        why,
                        new Command.EndAgent(why, Command.ExitStatus.FATAL)));
    }

    /// The system identifier of local data, where it can be read.
    static Optional<SystemIdentifier> system(LocalPostgres postgres) {
        return switch (postgres) {
            case WithoutData _ -> Optional.empty();
            case Stopped(var control, _) -> Optional.of(control.system());
            case Starting(var control, _, _) -> Optional.of(control.system());
            case Unresponsive(var control, _, _, _) -> Optional.of(control.system());
            case Answering answering -> Optional.of(answering.server().system());
        };
    }

    /// A decision that keeps the memory as it is.
    static Decision of(HaView view, Rule rule, String reason, Command... commands) {
        return of(view, rule, reason, Arrays.asList(commands));
    }

    /// A decision that keeps the memory as it is.
    static Decision of(HaView view, Rule rule, String reason, List<Command> commands) {
        String text = view.settings().isPaused() ? "PAUSE: " + reason : reason;
        return new Decision(rule, text, commands, view.memory(), Optional.empty());
    }
}
