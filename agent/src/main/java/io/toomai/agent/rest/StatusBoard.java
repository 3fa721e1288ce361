package io.toomai.agent.rest;

import io.toomai.agent.failsafe.Failsafe;
import io.toomai.agent.lease.LeaseGuard;
import io.toomai.agent.loop.HaLoop;
import io.toomai.agent.loop.Heartbeats;
import io.toomai.agent.loop.Portrait;
import io.toomai.agent.loop.TaskRunner;
import io.toomai.agent.server.LocalServer;
import io.toomai.agent.server.ServerDetails;
import io.toomai.api.NodeStatus;
import io.toomai.api.ScheduledRestart;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.Lease;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LongTask;
import io.toomai.core.ha.StoreReading;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// The latest picture of this node for REST. Filled by the loop after each cycle, read by any
/// thread without waiting.
public final class StatusBoard {
    /// Less than members wait for the whole answer.
    private static final Duration POSITION_PATIENCE = Duration.ofMillis(500);

    private final NodeStatus.Identity identity;
    private final Sources sources;
    private final Supplier<MonoTime> clock;

    /// What is asked anew for each answer; none of it waits.
    public record Sources(
            LocalServer server,
            LeaseGuard guard,
            TaskRunner tasks,
            Heartbeats heartbeats,
            Failsafe failsafe) {}

    private volatile Picture picture;
    private volatile Optional<ScheduledRestart> scheduled = Optional.empty();

    private record Picture(
            MemberState state,
            MemberRole role,
            LocalPostgres postgres,
            Optional<NodeStatus.SeenCluster> store,
            HaSettings settings,
            Instant storeSeen,
            Member portrait,
            NodeStatus.Loop loop) {}

    /// @param identity what members publish
    public StatusBoard(NodeStatus.Identity identity, Sources sources, Supplier<MonoTime> clock) {
        this.identity = identity;
        this.sources = sources;
        this.clock = clock;
        this.picture = blank(identity.name());
    }

    /// Before the first cycle nothing is known.
    private Picture blank(MemberName name) {
        LocalPostgres unknown = new LocalPostgres.Unusable("the agent is starting");
        Member nobody =
                new Member(
                        name,
                        "",
                        "",
                        MemberState.UNKNOWN,
                        MemberRole.UNINITIALIZED,
                        identity.version(),
                        Member.Position.UNKNOWN,
                        io.toomai.core.cluster.Tags.NONE,
                        java.util.Set.of(),
                        Map.of(),
                        Map.of(),
                        Optional.empty());
        return new Picture(
                MemberState.UNKNOWN,
                MemberRole.UNINITIALIZED,
                unknown,
                Optional.empty(),
                HaSettings.DEFAULT,
                Instant.EPOCH,
                nobody,
                new NodeStatus.Loop(clock.get().plus(Duration.ofMinutes(1)), Duration.ZERO));
    }

    /// Takes a finished cycle.
    public void show(HaLoop.Cycle cycle) {
        HaView view = cycle.view();
        Picture before = picture;
        boolean answered = view.store() instanceof StoreReading.Answered;
        picture =
                new Picture(
                        Portrait.state(view),
                        Portrait.role(view),
                        view.postgres(),
                        answered
                                ? Optional.of(
                                        new NodeStatus.SeenCluster(view.cluster(), view.now()))
                                : before.store(),
                        view.settings(),
                        answered ? view.wallClock() : before.storeSeen(),
                        cycle.portrait(),
                        new NodeStatus.Loop(cycle.nextRun(), cycle.took()));
    }

    public Optional<ScheduledRestart> scheduledRestart() {
        return scheduled;
    }

    public void schedule(Optional<ScheduledRestart> restart) {
        scheduled = restart;
    }

    public MonoTime now() {
        return clock.get();
    }

    /// The picture as the REST API tells it; waits for nothing.
    public NodeStatus status() {
        Picture now = picture;
        return status(now, now.postgres());
    }

    /// The same with the position of WAL at this moment. A standby that does not tell it in time is
    /// told as one that cannot be queried; a primary stays one, with its last position.
    public NodeStatus freshStatus() {
        Picture now = picture;
        return status(now, fresh(now.postgres()));
    }

    private LocalPostgres fresh(LocalPostgres last) {
        if (!(last instanceof LocalPostgres.Answering answering)) {
            return last;
        }
        return sources.server()
                .walEnd(POSITION_PATIENCE)
                .map(end -> end.in(answering))
                .orElseGet(() ->
                        switch (answering) {
                            case LocalPostgres.Primary primary -> primary;
                            case LocalPostgres.Standby _ ->
                                    new LocalPostgres.Unusable(
                                            "the position of WAL was not told in time");
                        });
    }

    private NodeStatus status(Picture now, LocalPostgres postgres) {
        ServerDetails details = sources.server().details();
        return new NodeStatus(
                identity,
                now.state(),
                now.role(),
                postgres,
                standby(postgres, details),
                details.senders(),
                leadership(now),
                now.store(),
                essentials(now.settings()),
                now.storeSeen(),
                now.portrait().tags(),
                now.portrait().pendingRestart(),
                scheduled,
                now.loop(),
                failsafe(now.settings()),
                sources.guard().watchdogFailed().isPresent()
                        ? NodeStatus.WatchdogState.REQUIRED_AND_UNUSABLE
                        : NodeStatus.WatchdogState.FINE,
                task(),
                sources.heartbeats().status(now.settings().detection().suspectAfter()));
    }

    private static NodeStatus.StandbyDetail standby(LocalPostgres postgres, ServerDetails details) {
        return postgres instanceof LocalPostgres.Standby standby
                ? new NodeStatus.StandbyDetail(
                        details.latestEnd(),
                        details.replayedTimestamp(),
                        Portrait.replicationState(standby))
                : NodeStatus.StandbyDetail.NONE;
    }

    /// A lease that outlived its server does not make a leader: health checks would send writers
    /// here.
    private NodeStatus.Leadership leadership(Picture now) {
        boolean namesUs =
                now.store()
                                .filter(seen -> seen.view().leader().isHeldBy(identity.name()))
                                .isPresent()
                        || sources.guard().carriedUntil().isPresent();
        return sources.guard().lease() instanceof Lease.Held(var until) && namesUs
                ? new NodeStatus.Leadership.LeaderUntil(until)
                : new NodeStatus.Leadership.NotLeader();
    }

    private static NodeStatus.Essentials essentials(HaSettings settings) {
        return new NodeStatus.Essentials(
                settings.ttl(),
                settings.loopWait(),
                settings.maximumLagOnFailover(),
                switch (settings.synchronousMode()) {
                    case OFF -> NodeStatus.SynchronousMode.OFF;
                    case ON -> NodeStatus.SynchronousMode.ON;
                    case QUORUM -> NodeStatus.SynchronousMode.QUORUM;
                },
                settings.isPaused() ? NodeStatus.Maintenance.PAUSED : NodeStatus.Maintenance.OFF,
                settings.standbyCluster().isPresent()
                        ? NodeStatus.ClusterKind.STANDBY
                        : NodeStatus.ClusterKind.PRIMARY);
    }

    private NodeStatus.FailsafeState failsafe(HaSettings settings) {
        if (sources.failsafe().isActive()) {
            return NodeStatus.FailsafeState.ACTIVE;
        }
        return settings.failsafeMode() == HaSettings.Failsafe.ON
                ? NodeStatus.FailsafeState.INACTIVE
                : NodeStatus.FailsafeState.OFF;
    }

    private Optional<String> task() {
        return sources.tasks().state() instanceof LongTask.Running(var kind, _, var progress)
                ? Optional.of(kind.text() + ": " + progress)
                : Optional.empty();
    }
}
