package io.toomai.api.rest;

import io.toomai.api.FailoverChecks;
import io.toomai.api.FailoverChecks.Action;
import io.toomai.api.FailoverChecks.Progress;
import io.toomai.api.FailoverChecks.Result;
import io.toomai.api.FailoverChecks.Wanted;
import io.toomai.api.GroupEvent;
import io.toomai.api.Node;
import io.toomai.api.Node.ClusterReading;
import io.toomai.api.Node.ConfigAnswer;
import io.toomai.api.Node.FailsafeAnswer;
import io.toomai.api.Node.FailsafeCall;
import io.toomai.api.Node.ReinitializeAnswer;
import io.toomai.api.Node.ReinitializeRequest;
import io.toomai.api.Node.ReinitializeRequest.CopySource;
import io.toomai.api.Node.ReinitializeRequest.RunningTask;
import io.toomai.api.Node.RestartAnswer;
import io.toomai.api.Node.WriteAnswer;
import io.toomai.api.NodeStatus;
import io.toomai.api.RestartBody;
import io.toomai.api.RestartRequest;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The calls that change something (contract §2.6): says in HTTP what the node answered. Thread
/// safe.
final class Changes {
    private static final Duration SHORTEST_WAIT = Duration.ofSeconds(20);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final Node node;
    private final InstantSource clock = InstantSource.system(); // style: for schedules

    Changes(Node node) {
        this.node = node;
    }

    /// @param body empty where none was sent
    record Call(Route route, Json.Obj body, NodeStatus status) {}

    Reply carryOut(Call call) {
        return switch (call.route()) {
            case CONFIG_PATCH -> config(node.patchConfig(call.body().spaced()), 503);
            case CONFIG_PUT -> config(node.putConfig(call.body().spaced()), 502);
            case SWITCHOVER -> move(Action.SWITCHOVER, call);
            case FAILOVER -> move(Action.FAILOVER, call);
            case SWITCHOVER_CANCEL -> cancelSwitchover();
            case RESTART -> restart(call);
            case RESTART_CANCEL -> cancelRestart();
            case RELOAD -> {
                node.reload();
                yield Reply.text(202, "reload scheduled");
            }
            // Patroni acts on it in its own tests on Windows only; services are stopped by signals.
            case SIGTERM -> Reply.text(202, "shutdown scheduled");
            case REINITIALIZE -> reinitialize(call.body());
            case FAILSAFE -> failsafe(call.body());
            case CITUS, MPP -> groupEvent(call.body());
            case HEALTH,
                    LIVENESS,
                    READINESS,
                    STATUS,
                    CLUSTER,
                    HISTORY,
                    CONFIG,
                    METRICS,
                    WHY,
                    JOURNAL,
                    HEARTBEATS,
                    PROXY_PICTURE,
                    PROXY,
                    FAILSAFE_MEMBERS ->
                    throw new IllegalStateException(call.route() + " changes nothing");
        };
    }

    private static Reply config(ConfigAnswer answer, int notWritten) {
        return switch (answer) {
            case ConfigAnswer.Current(var json) -> currentConfig(json);
            case ConfigAnswer.Missing _ ->
                    Reply.error(503, "there is no dynamic configuration in the store to change");
            case ConfigAnswer.Conflict _ ->
                    Reply.error(
                            409, "somebody else changed the configuration; nothing was written");
            case ConfigAnswer.Invalid(var why) ->
                    Reply.text(400, "not a valid configuration, nothing was written: " + why);
            case ConfigAnswer.NotWritten(var why) ->
                    Reply.error(notWritten, "the configuration was not written: " + why);
        };
    }

    /// Spelled as everything else, whatever the spelling in the store.
    private static Reply currentConfig(String json) {
        return Json.parseObject(json)
                .map(object -> Reply.json(200, object))
                .orElseGet(() -> Reply.jsonText(200, json));
    }

    private Reply move(Action action, Call call) {
        return switch (node.readCluster()) {
            case ClusterReading.Unavailable(var why) -> Dispatcher.storeUnavailable(why);
            case ClusterReading.Read(var view) -> move(wanted(action, call.body()), view, call);
        };
    }

    private static Wanted wanted(Action action, Json.Obj body) {
        return new Wanted(
                action,
                body.scalarAt("leader"),
                body.scalarAt("candidate")
                        .filter(name -> !name.isBlank())
                        .or(() -> body.scalarAt("member")),
                body.scalarAt("scheduled_at"));
    }

    private Reply move(Wanted wanted, ClusterView view, Call call) {
        return switch (FailoverChecks.check(wanted, view, clock.instant(), node::askPeers)) {
            case Result.Refused(var code, var text) -> Reply.text(code, text);
            case Result.Scheduled scheduled ->
                    write(scheduled.request()).orElseGet(() -> Reply.text(202, scheduled.text()));
            case Result.Go go -> write(go.request()).orElseGet(() -> watch(go, view, call));
        };
    }

    private Optional<Reply> write(FailoverRequest request) {
        return switch (node.writeFailover(request)) {
            case WriteAnswer.Written _ -> Optional.empty();
            case WriteAnswer.Conflict _, WriteAnswer.NotWritten _ ->
                    Optional.of(Reply.text(503, "failed to write failover key into DCS"));
        };
    }

    /// Looks at every change of the store until the leader has moved or time is out; looks at least
    /// once a second, because the end may be that nothing changes any more.
    private Reply watch(Result.Go go, ClusterView before, Call call) {
        Duration twoCycles = call.status().settings().loopWait().multipliedBy(2);
        Duration patience = twoCycles.compareTo(SHORTEST_WAIT) > 0 ? twoCycles : SHORTEST_WAIT;
        MonoTime start = node.now();
        ClusterView seen = before;
        MonoTime now = start;
        while (now.since(start).compareTo(patience) < 0) {
            Duration left = patience.minus(now.since(start));
            ClusterReading reading =
                    node.awaitClusterChange(
                            seen, left.compareTo(LOOK_AGAIN) < 0 ? left : LOOK_AGAIN);
            now = node.now();
            if (reading instanceof ClusterReading.Read(var view)) {
                seen = view;
                Progress progress =
                        FailoverChecks.judge(
                                go, FailoverChecks.leaderOf(before), view, now.since(start));
                if (progress instanceof Progress.Ended(var code, var text)) {
                    return Reply.text(code, text);
                }
            }
        }
        Progress.Ended unknown = FailoverChecks.unknown(go.action());
        return Reply.text(unknown.code(), unknown.text());
    }

    private Reply cancelSwitchover() {
        return switch (node.readCluster()) {
            case ClusterReading.Unavailable(var why) -> Dispatcher.storeUnavailable(why);
            case ClusterReading.Read(var view) ->
                    view.failover()
                            .filter(key -> key.value().scheduledAt().isPresent())
                            .map(this::clear)
                            .orElseGet(() -> Reply.text(404, "no switchover is scheduled"));
        };
    }

    private Reply clear(Versioned<FailoverRequest> key) {
        return switch (node.clearFailover(key.revision())) {
            case WriteAnswer.Written _ -> Reply.text(200, "scheduled switchover deleted");
            case WriteAnswer.Conflict _ ->
                    Reply.error(409, "the scheduled switchover changed; it was not deleted");
            case WriteAnswer.NotWritten(var why) -> Dispatcher.storeUnavailable(why);
        };
    }

    private Reply restart(Call call) {
        boolean paused = call.status().settings().isPaused();
        if (paused && call.body().fields().containsKey("schedule")) {
            return Reply.text(500, "Can't schedule restart in the paused state");
        }
        return switch (RestartBody.parse(call.body(), clock.instant())) {
            case RestartBody.Wrong(var code, var text) -> Reply.text(code, text);
            case RestartBody.Now(var request) -> restartNow(request, call.status());
            case RestartBody.Later(var scheduled) ->
                    switch (node.scheduleRestart(scheduled)) {
                        case SCHEDULED -> Reply.text(202, "Restart scheduled");
                        case ANOTHER_IS_SCHEDULED ->
                                Reply.text(409, "Another restart is already scheduled");
                    };
        };
    }

    private Reply restartNow(RestartRequest request, NodeStatus status) {
        RestartAnswer answer =
                request.isMetBy(status)
                        ? node.restart(request)
                        : new RestartAnswer.ConditionsNotMet();
        return switch (answer) {
            case RestartAnswer.Restarted _ -> Reply.text(200, "restarted successfully");
            case RestartAnswer.ConditionsNotMet _ ->
                    Reply.text(503, "restart conditions are not satisfied");
            case RestartAnswer.Busy(var task) -> Reply.text(503, task + " already in progress");
            case RestartAnswer.StillStarting _ -> Reply.text(503, "postgres is still starting");
            case RestartAnswer.Failed _ -> Reply.text(503, "restart failed");
        };
    }

    private Reply cancelRestart() {
        return switch (node.cancelScheduledRestart()) {
            case DELETED -> Reply.text(200, "scheduled restart deleted");
            case NOTHING_SCHEDULED -> Reply.text(404, "no restarts are scheduled");
        };
    }

    private Reply reinitialize(Json.Obj body) {
        ReinitializeRequest request =
                new ReinitializeRequest(
                        RestartBody.isTrue(body, "force")
                                ? RunningTask.CANCEL
                                : RunningTask.LEAVE_ALONE,
                        // Patroni's manual writes the second spelling.
                        RestartBody.isTrue(body, "from_leader")
                                        || RestartBody.isTrue(body, "from-leader")
                                ? CopySource.LEADER
                                : CopySource.ANY_MEMBER);
        return switch (node.reinitialize(request)) {
            case ReinitializeAnswer.Started _ -> Reply.text(200, "reinitialize started");
            case ReinitializeAnswer.NoLeader _ ->
                    Reply.text(503, "Cluster has no leader, can not reinitialize");
            case ReinitializeAnswer.IsLeader _ ->
                    Reply.text(503, "I am the leader, can not reinitialize");
            case ReinitializeAnswer.Busy(var task) ->
                    Reply.text(503, task + " already in progress");
        };
    }

    /// What nobody needs to promise in one answer: no ttl is longer.
    private static final Duration LONGEST_PROMISE = Duration.ofHours(1);

    private Reply failsafe(Json.Obj body) {
        Optional<String> name =
                body.scalarAt("name").filter(n -> !n.isBlank() && n.indexOf('/') < 0);
        if (name.isEmpty()) {
            return Reply.text(400, "name of the calling member is missing");
        }
        Map<String, Lsn> slots = new TreeMap<>();
        body.at("slots")
                .entries()
                .forEach((slot, value) ->
                        value.whole().stream()
                                .filter(position -> position > 0)
                                .forEach(position -> slots.put(slot, new Lsn(position))));
        long ttl = body.at("ttl_ms").whole().orElse(0L);
        if (ttl < 0 || ttl > LONGEST_PROMISE.toMillis()) {
            return Reply.text(400, "ttl_ms must be between 0 and " + LONGEST_PROMISE.toMillis());
        }
        FailsafeCall call =
                new FailsafeCall(
                        new MemberName(name.get()),
                        body.scalarAt("conn_url").orElse(""),
                        body.scalarAt("api_url").orElse(""),
                        slots,
                        ttl == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(ttl)));
        return switch (node.acceptFailsafe(call)) {
            case FailsafeAnswer.Accepted(var position) ->
                    position.map(lsn ->
                                    Reply.text(200, "Accepted")
                                            .withHeader("lsn", Long.toString(lsn.bytes())))
                            .orElseGet(() -> Reply.text(200, "Accepted"));
            case FailsafeAnswer.RunningAsLeader _ -> Reply.text(500, "Running as a leader");
            case FailsafeAnswer.Off _ -> Reply.error(502, "failsafe mode is off");
        };
    }

    private Reply groupEvent(Json.Obj body) {
        Optional<GroupEvent> event = GroupEvent.read(body);
        if (event.isEmpty()) {
            return Reply.text(
                    400,
                    "type, group, leader, timeout and cooldown (seconds) are needed, and one of"
                            + " them is missing or cannot be");
        }
        node.tell(event.get());
        return Reply.text(200, "OK");
    }
}
