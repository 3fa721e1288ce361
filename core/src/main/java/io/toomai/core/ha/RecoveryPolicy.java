package io.toomai.core.ha;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.ha.LocalPostgres.Starting;
import io.toomai.core.ha.LocalPostgres.StartsAs;
import io.toomai.core.ha.LocalPostgres.Stopped;
import io.toomai.core.ha.LocalPostgres.Unresponsive;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.Timeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What to do while PostgreSQL is down, coming up, or silent (contract §5.5, §5.6).
final class RecoveryPolicy {
    private RecoveryPolicy() {}

    /// How soon a wait on another member is looked at again.
    private static final Duration SOON = Duration.ofMillis(50);

    /// Pause after a start, clone or rewind that failed.
    static final Duration AFTER_FAILURE = Duration.ofSeconds(2);

    /// How long a stopped node waits for the member it handed over to.
    private static final Duration HAND_OVER_PATIENCE = Duration.ofSeconds(10);

    static Decision stopped(HaView view, Stopped stopped) {
        boolean handingOver = view.leads() && view.memory().handOverSince().isPresent();
        if (view.settings().isPaused() && !handingOver) {
            return view.leads()
                    ? HaPolicy.of(
                            view,
                            Rule.PAUSED,
                            "removed leader lock because postgres is not running",
                            release(Optional.empty(), Optional.empty()))
                    : HaPolicy.of(view, Rule.PAUSED, "postgres is not running");
        }
        return switch (view.cluster().leader()) {
            case LeaderKey.HeldBy held when held.leader().equals(view.me()) ->
                    view.leads() ? leaderDown(view, stopped) : HaPolicy.reattach(view);
            case LeaderKey.HeldBy _ -> follow(view, stopped);
            case LeaderKey.Vacant _ -> noLeader(view, stopped);
        };
    }

    // ---- we hold the key

    private static Decision leaderDown(HaView view, Stopped stopped) {
        if (StandbyLeaderPolicy.applies(view)) {
            return StandbyLeaderPolicy.stopped(view, stopped);
        }
        if (stopped.startsAs() == StartsAs.STANDBY) {
            return startAsStandby(
                    view,
                    new Upstream.None(),
                    "starting as readonly because i had the session lock");
        }
        Optional<String> outdated = RacePolicy.confirmedByAnother(view);
        if (outdated.isPresent() && !LeaderPolicy.isCandidate(view)) {
            // The key came late: somebody led in between (simulation seed 11086016).
            return HaPolicy.of(
                    view,
                    Rule.PRIMARY_OUTDATED,
                    "removed leader lock because my data may lack commits: " + outdated.get(),
                    release(Optional.empty(), Optional.empty()));
        }
        boolean clean = stopped.control().state() == ControlFacts.State.SHUT_DOWN;
        return clean && view.memory().handOverSince().isPresent()
                ? switchingOver(view, stopped, view.memory().handOverSince().get())
                : crashed(view);
    }

    /// The clean stop has written a shutdown checkpoint: whoever received all of it has everything.
    private static Decision switchingOver(HaView view, Stopped stopped, MonoTime since) {
        Lsn last = stopped.control().checkpoint();
        Optional<FailoverRequest> asked = view.cluster().failover().map(Versioned::value);
        Optional<PeerStatus.Reachable> candidate =
                RacePolicy.candidates(view, last, asked).stream()
                        // WAL of an older timeline is other WAL, wherever it ends.
                        .filter(p -> !p.timeline().isBefore(stopped.control().timeline()))
                        .filter(p -> last.isBehind(p.position()))
                        .findFirst();
        if (candidate.isPresent()) {
            // A failover to a member that `/sync` does not name stays one: it has everything now,
            // but the race lets only the named take a switchover.
            boolean failover = asked.filter(f -> f.leader().isEmpty()).isPresent();
            FailoverRequest handOver =
                    new FailoverRequest(
                            failover ? Optional.empty() : Optional.of(view.me()),
                            Optional.of(candidate.get().name()),
                            Optional.empty(),
                            RacePolicy.term(view));
            return HaPolicy.of(
                            view,
                            Rule.SWITCHOVER_RELEASES_KEY,
                            "switchover: released the leader key for "
                                    + candidate.get().name()
                                    + ", which has everything up to "
                                    + candidate.get().position(),
                            release(Optional.of(handOver), Optional.of(last)))
                    .remembering(view.memory().withHandOverSince(Optional.of(view.now())));
        }
        if (view.now().since(since).compareTo(HAND_OVER_PATIENCE) < 0) {
            return HaPolicy.of(
                            view,
                            Rule.SWITCHOVER_WAITS_FOR_CANDIDATE,
                            "switchover: waiting for a candidate to receive " + last)
                    .recheckIn(SOON);
        }
        List<Command> commands = new ArrayList<>();
        view.cluster()
                .failover()
                .ifPresent(f -> commands.add(new Command.ClearFailover(f.revision())));
        commands.add(startAsPrimary(view));
        return HaPolicy.of(
                        view,
                        Rule.SWITCHOVER_ABORTED,
                        "switchover given up: no candidate received " + last + ", starting again",
                        commands)
                .remembering(view.memory().withHandOverSince(Optional.empty()));
    }

    private static Decision crashed(HaView view) {
        HaMemory memory = view.memory().withPrimaryDown(view.now());
        Optional<PeerStatus.Reachable> candidate = RacePolicy.heir(view);
        Optional<LongTask.Outcome.Failed> failed = failed(view, LongTask.Kind.START);
        if (candidate.isPresent() && mayHandOver(view, memory, failed)) {
            return HaPolicy.of(
                            view,
                            Rule.PRIMARY_HANDS_OVER,
                            (isCrashLoop(view, memory)
                                            ? "postgres has died "
                                                    + memory.crashes().size()
                                                    + " times within 10 minutes"
                                            : "postgres is not running")
                                    + ", handing the leader key over to "
                                    + RacePolicy.describeHeir(view, candidate.get()),
                            new Command.Fence("handing over"),
                            release(
                                    Optional.of(RacePolicy.handOver(view, candidate.get())),
                                    Optional.empty()))
                    .remembering(memory.withHandOverSince(Optional.of(view.now())));
        }
        if (failed.isPresent()
                && view.now().since(failed.get().at()).compareTo(AFTER_FAILURE) < 0) {
            return HaPolicy.of(
                            view,
                            Rule.PRIMARY_GIVES_UP,
                            "failed to start postgres and nobody can take over, trying again: "
                                    + failed.get().why())
                    .remembering(memory)
                    .recheckIn(AFTER_FAILURE);
        }
        return HaPolicy.of(
                        view,
                        Rule.PRIMARY_RESTARTS_IN_PLACE,
                        "starting primary after failure",
                        startAsPrimary(view))
                .remembering(memory);
    }

    /// In synchronous mode a voter has every confirmed commit, so handing over costs nothing and is
    /// quicker than crash recovery. Otherwise a standby may lack what the dead primary confirmed:
    /// then the primary gets its `primary_start_timeout` first, unless the operator said 0. One
    /// that does not start, or dies again and again, has had its chance.
    private static boolean mayHandOver(
            HaView view, HaMemory memory, Optional<LongTask.Outcome.Failed> failed) {
        if (view.settings().isPaused() && RacePolicy.isByQuorum(view)) {
            // Who has most shows in a race, and in maintenance mode there is none.
            return false;
        }
        HaSettings.PrimaryLimits limits = view.settings().primary();
        if (failed.isPresent() || isCrashLoop(view, memory)) {
            return true;
        }
        Duration down = view.now().since(memory.primaryDownSince().orElse(view.now()));
        return RacePolicy.syncActive(view)
                ? limits.startTimeout().filter(set -> down.compareTo(set) < 0).isEmpty()
                : down.compareTo(limits.startTimeoutOrDefault()) >= 0;
    }

    private static boolean isCrashLoop(HaView view, HaMemory memory) {
        OptionalInt limit = view.settings().primary().crashLimit();
        return limit.isPresent() && memory.crashes().size() >= limit.getAsInt();
    }

    private static Command startAsPrimary(HaView view) {
        if (!(view.lease() instanceof Lease.Held(var until))) {
            throw new IllegalStateException("a primary starts only under a lease");
        }
        return new Command.StartAsPrimary(until);
    }

    // ---- nobody holds it

    private static Decision noLeader(HaView view, Stopped stopped) {
        Optional<MonoTime> since = view.memory().handOverSince();
        if (since.isPresent() && view.now().since(since.get()).compareTo(HAND_OVER_PATIENCE) < 0) {
            return HaPolicy.of(
                            view,
                            Rule.STANDBY_WAITS,
                            "waiting for the member that takes the leader key over")
                    .recheckIn(SOON.multipliedBy(4));
        }
        Initialize initialize = view.cluster().initialize();
        if (initialize instanceof Initialize.InProgress && isCopyOfRemote(view, stopped)) {
            return startAsStandby(
                    view,
                    StandbyLeaderPolicy.upstream(view),
                    "starting the copy of " + StandbyLeaderPolicy.source(view));
        }
        if (!(initialize instanceof Initialize.Done)) {
            return EmptyNodePolicy.existingData(view, stopped);
        }
        return startAsStandby(
                view,
                FailsafePolicy.upstream(view, stopped),
                "starting as a secondary, no leader yet");
    }

    private static boolean isCopyOfRemote(HaView view, Stopped stopped) {
        return StandbyLeaderPolicy.applies(view) && stopped.startsAs() == StartsAs.STANDBY;
    }

    // ---- somebody else holds it

    private static Decision follow(HaView view, Stopped stopped) {
        Optional<Member> leader = view.cluster().leaderMember();
        if (leader.isEmpty()) {
            return HaPolicy.of(
                            view,
                            Rule.STANDBY_WAITS,
                            "waiting for the leader to publish its address")
                    .recheckIn(SOON.multipliedBy(4));
        }
        if (TakeoverPolicy.isBound(view)) {
            return startAsStandby(
                    view,
                    new Upstream.None(),
                    "starting as a secondary that takes no WAL: pledged");
        }
        if (view.wish() instanceof Wish.Reinitialize(var named)) {
            return FollowerPolicy.reinitialize(view, stopped, named);
        }
        if (stopped.startsAs() == StartsAs.PRIMARY && FollowerPolicy.source(view).isEmpty()) {
            // Before it is promoted the new leader still shows the old timeline, which looks as if
            // nothing had diverged.
            return HaPolicy.of(
                            view,
                            Rule.STANDBY_WAITS,
                            "waiting for the leader ("
                                    + leader.get().name()
                                    + ") to run as primary")
                    .recheckIn(SOON.multipliedBy(4));
        }
        HaView remembering = rememberingRewind(view);
        Optional<String> rewindFailed = remembering.memory().rewindFailed();
        Timeline leaders = leader.get().position().timeline();
        if (stopped.startsAs() == StartsAs.PRIMARY
                && !isRecovering(stopped.control().state())
                && stopped.control().timeline().equals(leaders)
                && !StandbyLeaderPolicy.applies(view)) {
            // A standby leader was not promoted to the timeline that it is on (simulation seed
            // 60000377). Otherwise two members were promoted to one timeline number, each without
            // knowing of the other.
            // Nothing tells their WAL apart any more, not even pg_rewind.
            return reclone(
                    remembering,
                    leader.get(),
                    "this node was primary on timeline " + leaders + " as the leader is now");
        }
        RewindCheck check =
                RewindCheck.ofStopped(
                        stopped.control(),
                        leader.get().position().timeline(),
                        view.cluster().history());
        if (rewindFailed.isPresent()) {
            // Half of it may be written: no position in it means anything any more.
            return mend(remembering, leader.get(), "pg_rewind failed half-way");
        }
        return switch (check) {
            case RewindCheck.Forgotten(var why)
                    when stopped.startsAs() == StartsAs.PRIMARY && !mended(view.task()) ->
                    mend(remembering, leader.get(), why);
            // A standby that has diverged all the same is refused by the leader's PostgreSQL.
            case RewindCheck.NotNeeded _, RewindCheck.Forgotten _ ->
                    startAsStandby(
                            remembering,
                            FollowerPolicy.upstream(view, new Upstream.None()),
                            "starting as a secondary");
            case RewindCheck.CannotTellYet(var why) ->
                    HaPolicy.of(view, Rule.STANDBY_WAITS, "waiting before starting: " + why)
                            .recheckIn(SOON.multipliedBy(4));
            case RewindCheck.Needed(var why) -> mend(remembering, leader.get(), why);
        };
    }

    /// The same view, remembering why the last rewind failed until the data is good again.
    static HaView rememberingRewind(HaView view) {
        Optional<String> failed =
                mended(view.task())
                        ? Optional.empty()
                        : failed(view, LongTask.Kind.REWIND)
                                .map(LongTask.Outcome.Failed::why)
                                .or(() -> view.memory().rewindFailed());
        return view.withMemory(view.memory().withRewindFailed(failed));
    }

    /// Whether the data has just become good again, whatever happened to it before.
    private static boolean mended(LongTask task) {
        return task instanceof LongTask.Idle(LongTask.Outcome.Succeeded done)
                && (done.kind() == LongTask.Kind.REWIND
                        || done.kind() == LongTask.Kind.CLONE
                        || done.kind() == LongTask.Kind.REINITIALIZE);
    }

    private static boolean isRecovering(ControlFacts.State state) {
        return switch (state) {
            case SHUT_DOWN_IN_RECOVERY, IN_ARCHIVE_RECOVERY -> true;
            case STARTING_UP, SHUT_DOWN, SHUTTING_DOWN, IN_CRASH_RECOVERY, IN_PRODUCTION -> false;
        };
    }

    private static Decision reclone(HaView view, Member leader, String why) {
        Optional<Command.Source> source = FollowerPolicy.source(view);
        boolean allowed =
                view.settings().removeDataDirectoryOnDivergedTimelines()
                                == HaSettings.OnDivergence.REPLACE
                        || view.settings().removeDataDirectoryOnRewindFailure()
                                == HaSettings.OnDivergence.REPLACE;
        if (!allowed || source.isEmpty() || backingOff(view)) {
            return HaPolicy.of(
                    view,
                    Rule.STANDBY_WAITS,
                    "cannot follow " + leader.name() + ": " + why + ". Run: reinit " + view.me());
        }
        return HaPolicy.of(
                view,
                Rule.STANDBY_RECLONES,
                "copying anew from " + leader.name() + ": " + why,
                new Command.Reinitialize(source.get(), why));
    }

    private static Decision mend(HaView view, Member leader, String why) {
        if (backingOff(view)) {
            return backsOff(view, why);
        }
        Optional<Command.Source> source = FollowerPolicy.source(view);
        if (source.isEmpty()) {
            return HaPolicy.of(
                            view,
                            Rule.STANDBY_WAITS,
                            "waiting for the leader (" + leader.name() + ") to run as primary")
                    .recheckIn(SOON.multipliedBy(4));
        }
        boolean tooEarly =
                leader.flags().contains(Member.Flag.CHECKPOINT_AFTER_PROMOTE_PENDING)
                        && FollowerPolicy.remedy(view) instanceof FollowerPolicy.Remedy.Rewind;
        return tooEarly
                ? HaPolicy.of(
                                view,
                                Rule.STANDBY_WAITS,
                                "Waiting for checkpoint on " + leader.name() + " before rewind")
                        .recheckIn(SOON.multipliedBy(4))
                : mend(view, source.get(), why);
    }

    private static Decision backsOff(HaView view, String why) {
        return HaPolicy.of(
                        view, Rule.STANDBY_WAITS, "waiting after a failed attempt to mend: " + why)
                .recheckIn(AFTER_FAILURE);
    }

    /// Makes diverged data the source's again, by whatever means this node may use.
    static Decision mend(HaView view, Command.Source source, String why) {
        if (backingOff(view)) {
            return backsOff(view, why);
        }
        return switch (FollowerPolicy.remedy(view)) {
            case FollowerPolicy.Remedy.Rewind _ ->
                    HaPolicy.of(
                            view,
                            Rule.STANDBY_REWINDS,
                            "running pg_rewind from " + source.name() + ": " + why,
                            new Command.Rewind(source));
            case FollowerPolicy.Remedy.Reclone(var because) ->
                    HaPolicy.of(
                            view,
                            Rule.STANDBY_RECLONES,
                            "copying anew from " + source.name() + " (" + because + "): " + why,
                            new Command.Reinitialize(source, because));
            case FollowerPolicy.Remedy.Operator _ ->
                    HaPolicy.of(
                            view,
                            Rule.STANDBY_WAITS,
                            "needs an operator: "
                                    + why
                                    + ". Set use_pg_rewind, or run: reinit "
                                    + view.me());
        };
    }

    // ---- up, but not answering

    static Decision starting(HaView view, Starting starting) {
        if (view.wish() instanceof Wish.Reinitialize(var named)) {
            return FollowerPolicy.reinitialize(view, starting, named);
        }
        Duration waited = view.now().since(starting.since());
        boolean leads = view.leads();
        if (!leads && starting.startsAs() == StartsAs.PRIMARY && !view.settings().isPaused()) {
            return HaPolicy.of(
                    view,
                    Rule.PRIMARY_WITHOUT_KEY,
                    "stopping a primary that starts without the leader lock",
                    new Command.Fence("it starts as primary without the leader lock"));
        }
        Duration limit = view.settings().primary().startTimeoutOrDefault();
        boolean tooLong = leads && waited.compareTo(limit) > 0;
        if (tooLong && !RacePolicy.candidates(view, Lsn.ZERO, Optional.empty()).isEmpty()) {
            return HaPolicy.of(
                    view,
                    Rule.PRIMARY_GIVES_UP,
                    "stopped PostgreSQL because of startup timeout",
                    new Command.Fence("startup timeout"));
        }
        return HaPolicy.of(
                        view,
                        Rule.POSTGRES_STARTING,
                        "PostgreSQL is still starting up"
                                + (leads
                                        ? ", "
                                                + limit.minus(waited).toSeconds()
                                                + " seconds until timeout"
                                        : ""))
                .recheckIn(SOON.multipliedBy(4));
    }

    static Decision unresponsive(HaView view, Unresponsive silent) {
        boolean mayWrite = mayWrite(silent);
        if (mayWrite && isUnguarded(view) && !view.settings().isPaused()) {
            return HaPolicy.of(
                    view,
                    Rule.PRIMARY_WITHOUT_KEY,
                    "demoting self because I do not have the lock and I was a leader",
                    new Command.Fence("it does not answer and the leader key is not mine"));
        }
        if (mayWrite && view.cluster().leader().isHeldBy(view.me()) && !view.leads()) {
            return HaPolicy.reattach(view);
        }
        return HangPolicy.keep(view)
                .orElseGet(() ->
                        HangPolicy.mention(
                                view,
                                HaPolicy.of(
                                        view,
                                        Rule.POSTGRES_UNRESPONSIVE,
                                        "Error communicating with PostgreSQL. Will try again later: "
                                                + silent.why())));
    }

    /// Somebody else leads, or may at any moment: no lease ends a server that goes on by itself.
    private static boolean isUnguarded(HaView view) {
        return view.otherLeader().isPresent()
                || (view.cluster().leader() instanceof LeaderKey.Vacant
                        && view.lease() instanceof Lease.NotHeld
                        && view.cluster().initialize() instanceof Initialize.Done);
    }

    /// A server that has not answered this process yet is judged by pg_control, which says that it
    /// is in recovery before it replays the first record.
    static boolean mayWrite(Unresponsive silent) {
        return switch (silent.last()) {
            case PRIMARY -> true;
            case STANDBY -> false;
            case UNKNOWN ->
                    switch (silent.control().state()) {
                        case IN_ARCHIVE_RECOVERY, SHUT_DOWN_IN_RECOVERY -> false;
                        case STARTING_UP,
                                SHUT_DOWN,
                                SHUTTING_DOWN,
                                IN_CRASH_RECOVERY,
                                IN_PRODUCTION ->
                                true;
                    };
        };
    }

    // ---- shared

    static Decision startAsStandby(HaView view, Upstream upstream, String reason) {
        Optional<LongTask.Outcome.Failed> failed = failed(view, LongTask.Kind.START);
        if (failed.isPresent()
                && view.now().since(failed.get().at()).compareTo(AFTER_FAILURE) < 0) {
            return HaPolicy.of(
                            view,
                            Rule.STANDBY_WAITS,
                            "failed to start postgres, trying again: " + failed.get().why())
                    .recheckIn(AFTER_FAILURE);
        }
        return HaPolicy.of(view, Rule.STANDBY_STARTS, reason, new Command.StartAsStandby(upstream));
    }

    /// Also after a rewind that found nothing to do although something was to be done.
    private static boolean backingOff(HaView view) {
        return view.task() instanceof LongTask.Idle(var last)
                && switch (last) {
                    case LongTask.Outcome.None _ -> false;
                    case LongTask.Outcome.Failed(_, var at, _) -> isRecent(view, at);
                    case LongTask.Outcome.Succeeded(var kind, var at) ->
                            kind == LongTask.Kind.REWIND && isRecent(view, at);
                };
    }

    private static boolean isRecent(HaView view, MonoTime at) {
        return view.now().since(at).compareTo(AFTER_FAILURE) < 0;
    }

    static Optional<LongTask.Outcome.Failed> failed(HaView view, LongTask.Kind kind) {
        return view.task() instanceof LongTask.Idle(LongTask.Outcome.Failed failed)
                        && failed.kind() == kind
                ? Optional.of(failed)
                : Optional.empty();
    }

    private static Command release(Optional<FailoverRequest> handOver, Optional<Lsn> optime) {
        return new Command.ReleaseLeaderKey(handOver, optime);
    }
}
