package io.toomai.agent.rest;

import io.toomai.agent.citus.CitusGroup;
import io.toomai.agent.failsafe.Failsafe;
import io.toomai.agent.journal.Journal;
import io.toomai.agent.loop.DynamicConfig;
import io.toomai.agent.loop.Outcome;
import io.toomai.agent.loop.TaskRunner;
import io.toomai.agent.loop.Wakeup;
import io.toomai.agent.loop.WishBox;
import io.toomai.api.GroupEvent;
import io.toomai.api.Node;
import io.toomai.api.NodeStatus;
import io.toomai.api.RestartRequest;
import io.toomai.api.ScheduledRestart;
import io.toomai.api.heartbeat.HeartbeatSource;
import io.toomai.api.peer.PeerClient;
import io.toomai.api.proxy.ProxyRoll;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.LongTask;
import io.toomai.core.ha.Rule;
import io.toomai.core.ha.Wish;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.document.FailoverDocument;
import io.toomai.settings.ConfigPatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The agent behind the REST API: turns calls into wishes and writes, and waits for their end where
/// the contract says so. Methods run on the server's virtual threads.
public final class AgentNode implements Node {
    private static final Duration PEER_PATIENCE = Duration.ofSeconds(2);
    private static final Duration WISH_PATIENCE = Duration.ofSeconds(10);

    private final StatusBoard board;
    private final Dcs dcs;
    private final PeerClient peers;
    private final Loop loop;
    private final StoreChanges changes;

    /// The parts of the loop that calls reach.
    public record Loop(
            WishBox wishes,
            TaskRunner tasks,
            DynamicConfig config,
            Journal journal,
            Wakeup wakeup,
            HeartbeatSource heartbeats,
            Failsafe failsafe,
            Runnable reload,
            CitusGroup citus,
            ProxyRoll proxies) {}

    public AgentNode(
            StatusBoard board, Dcs dcs, PeerClient peers, Loop loop, StoreChanges changes) {
        this.board = board;
        this.dcs = dcs;
        this.peers = peers;
        this.loop = loop;
        this.changes = changes;
    }

    @Override
    public NodeStatus status() {
        return board.status();
    }

    @Override
    public NodeStatus freshStatus() {
        return board.freshStatus();
    }

    @Override
    public MonoTime now() {
        return board.now();
    }

    private Duration storePatience() {
        return loop.config().inForce().ha().retryTimeout();
    }

    @Override
    public ClusterReading readCluster() {
        try {
            return new ClusterReading.Read(dcs.read(Dcs.ReadMode.LINEARIZABLE, storePatience()));
        } catch (DcsException e) {
            return new ClusterReading.Unavailable(e.getMessage() + " code=" + e.code());
        }
    }

    @Override
    public ClusterReading awaitClusterChange(ClusterView seen, Duration limit) {
        MonoTime end = board.now().plus(limit);
        while (true) {
            long mark = changes.mark();
            ClusterReading reading = readCluster();
            boolean changed =
                    !(reading instanceof ClusterReading.Read(var now) && now.equals(seen));
            Duration left = end.since(board.now());
            if (changed || !left.isPositive() || !changes.awaitAfter(mark, left)) {
                return changed ? reading : readCluster();
            }
        }
    }

    @Override
    public List<PeerAnswer> askPeers(List<Member> members) {
        TreeMap<MemberName, String> urls = new TreeMap<>();
        members.forEach(m -> urls.put(m.name(), m.apiUrl()));
        return peers.askAll(urls, PEER_PATIENCE).entrySet().stream()
                .map(e -> new PeerAnswer(e.getKey(), e.getValue()))
                .toList();
    }

    @Override
    public ConfigAnswer patchConfig(String json) {
        return changeConfig(current -> ConfigPatch.patch(current, json));
    }

    @Override
    public ConfigAnswer putConfig(String json) {
        return changeConfig(current -> ConfigPatch.put(current, json));
    }

    private interface Change {
        ConfigPatch.Result of(String current);
    }

    private ConfigAnswer changeConfig(Change change) {
        try {
            Optional<Versioned<String>> stored =
                    dcs.read(Dcs.ReadMode.LINEARIZABLE, storePatience()).config();
            if (stored.isEmpty()) {
                return new ConfigAnswer.Missing();
            }
            return switch (change.of(stored.get().value())) {
                case ConfigPatch.Refused(var problems) ->
                        new ConfigAnswer.Invalid(
                                problems.stream()
                                        .map(p -> p.key() + ": " + p.message())
                                        .collect(Collectors.joining("; ")));
                case ConfigPatch.Applied applied when applied.change() == ConfigPatch.Change.NONE ->
                        new ConfigAnswer.Current(stored.get().value());
                case ConfigPatch.Applied applied -> writeConfig(applied.json(), stored.get());
            };
        } catch (DcsException e) {
            return new ConfigAnswer.NotWritten(String.valueOf(e.getMessage()));
        }
    }

    private ConfigAnswer writeConfig(String json, Versioned<String> stored) {
        WriteResult result =
                dcs.write(
                        DcsKey.CONFIG,
                        json,
                        new Expect.Revision(stored.revision()),
                        storePatience());
        loop.wakeup().knock();
        return switch (result) {
            case WriteResult.Written _ -> new ConfigAnswer.Current(json);
            case WriteResult.Conflict _ -> new ConfigAnswer.Conflict();
        };
    }

    @Override
    public void reload() {
        loop.reload().run();
    }

    @Override
    public RestartAnswer restart(RestartRequest request) {
        if (!request.isMetBy(board.status())) {
            return new RestartAnswer.ConditionsNotMet();
        }
        Duration timeout =
                request.timeout()
                        .orElseGet(() ->
                                loop.config().inForce().ha().primary().startTimeoutOrDefault());
        Optional<String> busy = busy();
        if (busy.isPresent()) {
            return new RestartAnswer.Busy(busy.get());
        }
        return switch (loop.wishes().present(new Wish.Restart(timeout), WISH_PATIENCE)) {
            case WishBox.Reply.Occupied _ -> new RestartAnswer.Busy("restart");
            case WishBox.Reply.NoAnswer _ ->
                    new RestartAnswer.Failed("the HA loop did not answer in time");
            case WishBox.Reply.Decided(var answer) -> awaitRestart(answer, timeout);
        };
    }

    private RestartAnswer awaitRestart(WishBox.Answer answer, Duration timeout) {
        if (answer.decision().rule() != Rule.RESTART_ASKED) {
            return new RestartAnswer.Failed(answer.decision().reason());
        }
        Optional<String> refused = notDone(answer);
        if (refused.isPresent()) {
            return new RestartAnswer.Failed(refused.get());
        }
        return switch (loop.tasks().awaitEnd(timeout.plus(WISH_PATIENCE))) {
            case LongTask.Running _ -> new RestartAnswer.StillStarting();
            case LongTask.Idle(LongTask.Outcome.Failed failed) ->
                    new RestartAnswer.Failed(failed.why());
            case LongTask.Idle _ -> new RestartAnswer.Restarted();
        };
    }

    private static Optional<String> notDone(WishBox.Answer answer) {
        return answer.outcomes().stream()
                .flatMap(o ->
                        switch (o) {
                            case Outcome.Done _ -> java.util.stream.Stream.<String>empty();
                            case Outcome.Refused(_, var why) -> java.util.stream.Stream.of(why);
                            case Outcome.Failed(_, var why) -> java.util.stream.Stream.of(why);
                        })
                .findFirst();
    }

    private Optional<String> busy() {
        return loop.tasks().state() instanceof LongTask.Running(var kind, _, _)
                ? Optional.of(kind.text())
                : Optional.empty();
    }

    @Override
    public ScheduleAnswer scheduleRestart(ScheduledRestart restart) {
        if (board.scheduledRestart().isPresent()) {
            return ScheduleAnswer.ANOTHER_IS_SCHEDULED;
        }
        board.schedule(Optional.of(restart));
        loop.wakeup().knock();
        return ScheduleAnswer.SCHEDULED;
    }

    @Override
    public UnscheduleAnswer cancelScheduledRestart() {
        boolean was = board.scheduledRestart().isPresent();
        board.schedule(Optional.empty());
        return was ? UnscheduleAnswer.DELETED : UnscheduleAnswer.NOTHING_SCHEDULED;
    }

    @Override
    public ReinitializeAnswer reinitialize(ReinitializeRequest request) {
        Optional<String> busy = busy();
        if (busy.isPresent()) {
            if (request.runningTask() == ReinitializeRequest.RunningTask.LEAVE_ALONE) {
                return new ReinitializeAnswer.Busy(busy.get());
            }
            loop.tasks().cancel();
            loop.tasks().awaitEnd(WISH_PATIENCE);
        }
        Optional<MemberName> source =
                request.source() == ReinitializeRequest.CopySource.LEADER
                        ? leader()
                        : Optional.empty();
        return switch (loop.wishes().present(new Wish.Reinitialize(source), WISH_PATIENCE)) {
            case WishBox.Reply.Occupied _, WishBox.Reply.NoAnswer _ ->
                    new ReinitializeAnswer.Busy("another request");
            case WishBox.Reply.Decided(var answer) -> reinitialized(answer);
        };
    }

    private static ReinitializeAnswer reinitialized(WishBox.Answer answer) {
        if (answer.decision().rule() == Rule.REINITIALIZE_ASKED) {
            return notDone(answer)
                    .<ReinitializeAnswer>map(ReinitializeAnswer.Busy::new)
                    .orElseGet(ReinitializeAnswer.Started::new);
        }
        return answer.decision().reason().contains("I am the leader")
                ? new ReinitializeAnswer.IsLeader()
                : new ReinitializeAnswer.NoLeader();
    }

    private Optional<MemberName> leader() {
        return readCluster() instanceof ClusterReading.Read(var cluster)
                ? cluster.leaderMember().map(Member::name)
                : Optional.empty();
    }

    @Override
    public WriteAnswer writeFailover(FailoverRequest request) {
        return writeFailover(FailoverDocument.write(request), Expect.ANYTHING);
    }

    @Override
    public WriteAnswer clearFailover(long revision) {
        return writeFailover(FailoverDocument.CLEARED, new Expect.Revision(revision));
    }

    private WriteAnswer writeFailover(String json, Expect expect) {
        try {
            WriteResult result = dcs.write(DcsKey.FAILOVER, json, expect, storePatience());
            loop.wakeup().knock();
            return switch (result) {
                case WriteResult.Written _ -> new WriteAnswer.Written();
                case WriteResult.Conflict _ -> new WriteAnswer.Conflict();
            };
        } catch (DcsException e) {
            return new WriteAnswer.NotWritten(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public List<String> journal(int limit) {
        return loop.journal().recent(limit);
    }

    @Override
    public HeartbeatSource heartbeats() {
        return loop.heartbeats();
    }

    @Override
    public ProxyRoll proxies() {
        return loop.proxies();
    }

    @Override
    public FailsafeView failsafe() {
        TreeMap<String, String> members = new TreeMap<>();
        loop.failsafe().members().apiUrls().forEach((name, url) -> members.put(name.value(), url));
        return isFailsafeModeOn() && !members.isEmpty()
                ? new FailsafeView.Members(members)
                : new FailsafeView.Off();
    }

    private boolean isFailsafeModeOn() {
        return loop.config().inForce().ha().failsafeMode() == HaSettings.Failsafe.ON;
    }

    @Override
    public FailsafeAnswer acceptFailsafe(FailsafeCall call) {
        return isFailsafeModeOn()
                ? loop.failsafe().accept(call, loop.config().inForce().ha().ttl())
                : new FailsafeAnswer.Off();
    }

    @Override
    public void tell(GroupEvent event) {
        loop.citus().tell(event);
    }

    @Override
    public List<String> neighbours() {
        return loop.citus().neighbours();
    }
}
