package io.toomai.api;

import io.toomai.api.heartbeat.HeartbeatLine;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Member;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The bodies of `GET /cluster` and `GET /history` (contract §2.4). The only place that knows their
/// field names. Modes are those of the stored configuration: a stale `/sync` alone makes nobody a
/// synchronous standby.
public final class ClusterDocument {
    private ClusterDocument() {}

    /// @param heartbeats those that this node hears, and its own
    public static ObjectNode of(
            ClusterView view, String scope, Map<MemberName, Heartbeat> heartbeats) {
        StoredConfig config = StoredConfig.of(view);
        ObjectNode document = Json.object();
        ArrayNode members = document.putArray("members");
        for (Member member : view.members()) {
            ObjectNode entry = members.addObject();
            add(entry, member, view, config);
            Optional.ofNullable(heartbeats.get(member.name()))
                    .ifPresent(heartbeat -> addHeartbeat(entry, heartbeat));
        }
        if (config.isPaused()) {
            document.put("pause", true);
        }
        view.failover()
                .map(versioned -> versioned.value())
                .filter(request -> request.scheduledAt().isPresent())
                .ifPresent(request -> document.set("scheduled_switchover", switchover(request)));
        return document.put("scope", scope);
    }

    private static ObjectNode switchover(FailoverRequest request) {
        ObjectNode document = Json.object();
        request.scheduledAt().ifPresent(at -> document.put("at", at));
        request.leader().ifPresent(leader -> document.put("from", leader.value()));
        request.candidate().ifPresent(candidate -> document.put("to", candidate.value()));
        return document;
    }

    /// What Patroni's documents do not have, where there is any of it.
    static void addHeartbeat(ObjectNode document, Heartbeat heartbeat) {
        if (heartbeat.hears().isEmpty() && heartbeat.pledge().isEmpty()) {
            return;
        }
        ObjectNode more = document.putObject("toomai");
        if (!heartbeat.hears().isEmpty()) {
            more.set("hears", HeartbeatLine.names(heartbeat));
        }
        heartbeat.pledge().ifPresent(pledge -> more.set("pledge", HeartbeatLine.pledge(pledge)));
    }

    private static void add(
            ObjectNode document, Member member, ClusterView view, StoredConfig config) {
        String role = role(member.name(), view, config);
        document.put("name", member.name().value());
        document.put("role", role);
        document.put("state", state(member, role));
        document.put("api_url", member.apiUrl());
        if (!member.connUrl().isEmpty()) {
            document.put("host", member.host()).put("port", member.port());
        }
        if (member.position().timeline().isKnown()) {
            document.put("timeline", member.position().timeline().number());
        }
        if (member.flags().contains(Member.Flag.PENDING_RESTART)) {
            document.put("pending_restart", true);
        }
        if (!member.pendingRestart().isEmpty()) {
            document.set("pending_restart_reason", StatusDocument.pending(member.pendingRestart()));
        }
        if (!member.tags().values().isEmpty()) {
            document.set("tags", Json.of(member.tags().values()));
        }
        if (!view.leader().isHeldBy(member.name())) {
            Lsn leader = view.status().optime();
            addLag(document, "receive_", member.position().received(), leader);
            addLag(document, "replay_", member.position().replayed(), leader);
            addLag(document, "", member.position().location(), leader);
        }
    }

    private static String role(MemberName name, ClusterView view, StoredConfig config) {
        if (view.leader().isHeldBy(name)) {
            return config.isStandbyCluster() ? "standby_leader" : "leader";
        }
        if (!SyncNames.lists(view.sync().value(), name)) {
            return "replica";
        }
        return switch (config.synchronousMode()) {
            case ON -> "sync_standby";
            case QUORUM -> "quorum_standby";
            case OFF -> "replica";
        };
    }

    private static String state(Member member, String role) {
        return role.equals("leader")
                ? member.state().text()
                : member.position().replicationState().orElse(member.state().text());
    }

    private static void addLag(
            ObjectNode document, String prefix, Optional<Lsn> position, Lsn leader) {
        position.ifPresentOrElse(
                at ->
                        document.put(prefix + "lsn", at.toString())
                                .put(prefix + "lag", at.lagBehind(leader)),
                () -> document.put(prefix + "lsn", "unknown").put(prefix + "lag", "unknown"));
    }

    /// `[[timeline, lsn, reason, timestamp?, new leader?], …]`.
    public static ArrayNode history(History history) {
        ArrayNode lines = Json.array();
        for (History.Line line : history.lines()) {
            ArrayNode row = lines.addArray();
            row.add(line.timeline().number()).add(line.switchpoint().bytes()).add(line.reason());
            line.timestamp().ifPresent(row::add);
            line.timestamp().flatMap(_ -> line.newLeader()).ifPresent(row::add);
        }
        return lines;
    }
}
