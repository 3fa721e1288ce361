package io.toomai.api;

import io.toomai.api.NodeStatus.FailsafeState;
import io.toomai.api.NodeStatus.Identity;
import io.toomai.api.NodeStatus.SynchronousMode;
import io.toomai.api.NodeStatus.WatchdogState;
import io.toomai.core.cluster.Member.PendingValue;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.Replay;
import io.toomai.core.ha.ServerFacts;
import io.toomai.core.ha.WalSender;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The body of `GET /patroni` and of every health check (contract §2.3). The only place that knows
/// its field names; peers, `patronictl` and monitoring read it.
public final class StatusDocument {
    private StatusDocument() {}

    public static Json of(NodeStatus status, MonoTime now) {
        JsonFields document = Json.object();
        document.put("state", status.reportedState().text());
        Optional<ServerFacts> server = server(status.postgres());
        server.ifPresent(s -> document.put("postmaster_start_time", s.startTime()));
        document.put("role", status.reportedRole().text());
        server.ifPresent(s -> addServer(document, s, status, now));
        addCluster(document, status, now);
        addTags(document, status);
        system(status.postgres())
                .ifPresent(s -> document.put("database_system_identifier", s.digits()));
        addPendingRestart(document, status.pendingRestart());
        addIdentity(document, status.identity());
        status.task().ifPresent(task -> document.put("task", task));
        status.scheduledRestart()
                .ifPresent(s -> document.put("scheduled_restart", plain(s.published())));
        if (status.watchdog() == WatchdogState.REQUIRED_AND_UNUSABLE) {
            document.put("watchdog_failed", true);
        }
        status.heartbeats().own().ifPresent(own -> ClusterDocument.addHeartbeat(document, own));
        return document.done();
    }

    private static void addServer(
            JsonFields document, ServerFacts server, NodeStatus status, MonoTime now) {
        document.put("server_version", server.serverVersion());
        document.put("xlog", positions(status));
        if (status.reportedRole() == MemberRole.REPLICA && status.isSyncVoter(now)) {
            switch (status.settings().synchronousMode()) {
                case SynchronousMode.ON -> document.put("sync_standby", true);
                case SynchronousMode.QUORUM -> document.put("quorum_standby", true);
                case SynchronousMode.OFF -> {}
            }
        }
        if (server.timeline().isKnown()) {
            document.put("timeline", server.timeline().number());
        } else {
            document.putNull("timeline");
        }
        if (status.postgres() instanceof LocalPostgres.Standby) {
            status.standby()
                    .replicationState()
                    .ifPresent(state -> document.put("replication_state", state));
        }
        if (!status.replication().isEmpty()) {
            document.put("replication", replication(status.replication()));
        }
    }

    private static Json positions(NodeStatus status) {
        JsonFields xlog = Json.object();
        if (status.postgres() instanceof LocalPostgres.Primary primary) {
            xlog.put("location", primary.flushed().bytes());
        } else if (status.postgres() instanceof LocalPostgres.Standby standby) {
            xlog.put("received_location", standby.received().bytes());
            xlog.put("replayed_location", standby.replayed().bytes());
            xlog.put(
                    "replayed_timestamp",
                    status.standby().replayedTimestamp().map(Json::of).orElse(Json.Null.VALUE));
            xlog.put("paused", standby.replay() == Replay.PAUSED);
        }
        return xlog.done();
    }

    private static Json replication(List<WalSender> senders) {
        return new Json.Arr(senders.stream().map(StatusDocument::sender).toList());
    }

    private static Json sender(WalSender sender) {
        return Json.object()
                .put("usename", sender.user())
                .put("application_name", sender.applicationName())
                .put("client_addr", sender.clientAddress())
                .put("state", sender.state())
                .put("sync_state", sender.syncState())
                .put("sync_priority", sender.syncPriority())
                .done();
    }

    private static void addCluster(JsonFields document, NodeStatus status, MonoTime now) {
        if (status.settings().isPaused()) {
            document.put("pause", true);
        }
        if (status.isClusterUnlocked(now)) {
            document.put("cluster_unlocked", true);
        }
        if (status.failsafe() == FailsafeState.ACTIVE) {
            document.put("failsafe_mode_is_active", true);
        }
        document.put("dcs_last_seen", status.dcsLastSeen().getEpochSecond());
    }

    private static void addTags(JsonFields document, NodeStatus status) {
        if (!status.tags().values().isEmpty()) {
            document.put("tags", plain(status.tags().values()));
        }
    }

    /// Values of tags and the like as JSON.
    public static Json plain(Map<String, Object> values) {
        JsonFields document = Json.object();
        values.forEach((name, value) -> document.put(name, Json.ofPlain(value)));
        return document.done();
    }

    private static void addPendingRestart(
            JsonFields document, Map<String, PendingValue> pendingRestart) {
        if (!pendingRestart.isEmpty()) {
            document.put("pending_restart", true);
            document.put("pending_restart_reason", pending(pendingRestart));
        }
    }

    /// `{parameter: {"old_value": …, "new_value": …}}`.
    static Json pending(Map<String, PendingValue> pendingRestart) {
        JsonFields reasons = Json.object();
        pendingRestart.forEach((parameter, value) ->
                reasons.put(
                        parameter,
                        Json.object()
                                .put("old_value", value.oldValue())
                                .put("new_value", value.newValue())
                                .done()));
        return reasons.done();
    }

    private static void addIdentity(JsonFields document, Identity identity) {
        document.put(
                "patroni",
                Json.object()
                        .put("version", identity.version())
                        .put("scope", identity.scope())
                        .put("name", identity.name().value())
                        .done());
    }

    /// What the server tells, where it answers.
    static Optional<ServerFacts> server(LocalPostgres postgres) {
        return switch (postgres) {
            case LocalPostgres.Primary primary -> Optional.of(primary.server());
            case LocalPostgres.Standby standby -> Optional.of(standby.server());
            case LocalPostgres.WithoutData _,
                    LocalPostgres.Stopped _,
                    LocalPostgres.Starting _,
                    LocalPostgres.Unresponsive _ ->
                    Optional.empty();
        };
    }

    private static Optional<SystemIdentifier> system(LocalPostgres postgres) {
        return switch (postgres) {
            case LocalPostgres.Primary primary -> Optional.of(primary.server().system());
            case LocalPostgres.Standby standby -> Optional.of(standby.server().system());
            case LocalPostgres.Stopped stopped -> Optional.of(stopped.control().system());
            case LocalPostgres.Starting starting -> Optional.of(starting.control().system());
            case LocalPostgres.Unresponsive silent -> Optional.of(silent.control().system());
            case LocalPostgres.WithoutData _ -> Optional.empty();
        };
    }
}
