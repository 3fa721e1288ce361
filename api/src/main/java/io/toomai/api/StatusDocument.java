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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The body of `GET /patroni` and of every health check (contract §2.3). The only place that knows
/// its field names; peers, `patronictl` and monitoring read it.
public final class StatusDocument {
    private StatusDocument() {}

    public static ObjectNode of(NodeStatus status, MonoTime now) {
        ObjectNode document = Json.object();
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
        status.scheduledRestart().ifPresent(s -> document.set("scheduled_restart", scheduled(s)));
        if (status.watchdog() == WatchdogState.REQUIRED_AND_UNUSABLE) {
            document.put("watchdog_failed", true);
        }
        status.heartbeats().own().ifPresent(own -> ClusterDocument.addHeartbeat(document, own));
        return document;
    }

    private static void addServer(
            ObjectNode document, ServerFacts server, NodeStatus status, MonoTime now) {
        document.put("server_version", server.serverVersion());
        addPositions(document.putObject("xlog"), status);
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
            document.set("replication", replication(status.replication()));
        }
    }

    private static void addPositions(ObjectNode xlog, NodeStatus status) {
        if (status.postgres() instanceof LocalPostgres.Primary primary) {
            xlog.put("location", primary.flushed().bytes());
        } else if (status.postgres() instanceof LocalPostgres.Standby standby) {
            xlog.put("received_location", standby.received().bytes());
            xlog.put("replayed_location", standby.replayed().bytes());
            xlog.put("replayed_timestamp", status.standby().replayedTimestamp().orElse(null));
            xlog.put("paused", standby.replay() == Replay.PAUSED);
        }
    }

    private static ArrayNode replication(List<WalSender> senders) {
        ArrayNode rows = Json.array();
        for (WalSender sender : senders) {
            rows.addObject()
                    .put("usename", sender.user())
                    .put("application_name", sender.applicationName())
                    .put("client_addr", sender.clientAddress())
                    .put("state", sender.state())
                    .put("sync_state", sender.syncState())
                    .put("sync_priority", sender.syncPriority());
        }
        return rows;
    }

    private static void addCluster(ObjectNode document, NodeStatus status, MonoTime now) {
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

    private static void addTags(ObjectNode document, NodeStatus status) {
        if (!status.tags().values().isEmpty()) {
            document.set("tags", Json.of(status.tags().values()));
        }
    }

    private static void addPendingRestart(
            ObjectNode document, Map<String, PendingValue> pendingRestart) {
        if (!pendingRestart.isEmpty()) {
            document.put("pending_restart", true);
            document.set("pending_restart_reason", pending(pendingRestart));
        }
    }

    /// `{parameter: {"old_value": …, "new_value": …}}`.
    static ObjectNode pending(Map<String, PendingValue> pendingRestart) {
        ObjectNode reasons = Json.object();
        pendingRestart.forEach((parameter, value) ->
                reasons.putObject(parameter)
                        .put("old_value", value.oldValue())
                        .put("new_value", value.newValue()));
        return reasons;
    }

    private static void addIdentity(ObjectNode document, Identity identity) {
        document.putObject("patroni")
                .put("version", identity.version())
                .put("scope", identity.scope())
                .put("name", identity.name().value());
    }

    private static ObjectNode scheduled(ScheduledRestart restart) {
        ObjectNode document = Json.object();
        document.put("schedule", Schedule.text(restart.at()));
        RestartRequest request = restart.request();
        request.role().ifPresent(role -> document.put("role", role.text()));
        request.belowVersion().ifPresent(version -> document.put("postgres_version", version));
        request.timeout().ifPresent(timeout -> document.put("timeout", timeout.toSeconds()));
        if (request.only() == RestartRequest.Only.WHEN_PENDING) {
            document.put("restart_pending", true);
        }
        return document;
    }

    /// What the server tells, where it answers.
    static Optional<ServerFacts> server(LocalPostgres postgres) {
        return switch (postgres) {
            case LocalPostgres.Primary primary -> Optional.of(primary.server());
            case LocalPostgres.Standby standby -> Optional.of(standby.server());
            case LocalPostgres.NoDataDirectory _,
                    LocalPostgres.UnfinishedBootstrap _,
                    LocalPostgres.UnfinishedClone _,
                    LocalPostgres.Unusable _,
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
            case LocalPostgres.NoDataDirectory _,
                    LocalPostgres.UnfinishedBootstrap _,
                    LocalPostgres.UnfinishedClone _,
                    LocalPostgres.Unusable _ ->
                    Optional.empty();
        };
    }
}
