package io.toomai.api;

import io.toomai.api.heartbeat.HeartbeatLine;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Member;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The bodies of `GET /cluster` and `GET /history` (contract §2.4). The only place that knows their
/// field names. Modes are those of the stored configuration: a stale `/sync` alone makes nobody a
/// synchronous standby.
public final class ClusterDocument {
    private ClusterDocument() {}

    /// @param heartbeats those that this node hears, and its own
    public static Json of(ClusterView view, String scope, Map<MemberName, Heartbeat> heartbeats) {
        StoredConfig config = StoredConfig.of(view);
        List<Json> members = new ArrayList<>();
        for (Member member : view.members()) {
            JsonFields entry = Json.object();
            add(entry, member, view, config);
            Optional.ofNullable(heartbeats.get(member.name()))
                    .ifPresent(heartbeat -> addHeartbeat(entry, heartbeat));
            members.add(entry.done());
        }
        JsonFields document = Json.object().put("members", new Json.Arr(members));
        if (config.isPaused()) {
            document.put("pause", true);
        }
        view.failover()
                .map(versioned -> versioned.value())
                .filter(request -> request.scheduledAt().isPresent())
                .ifPresent(request -> document.put("scheduled_switchover", switchover(request)));
        return document.put("scope", scope).done();
    }

    private static Json switchover(FailoverRequest request) {
        JsonFields document = Json.object();
        request.scheduledAt().ifPresent(at -> document.put("at", at));
        request.leader().ifPresent(leader -> document.put("from", leader.value()));
        request.candidate().ifPresent(candidate -> document.put("to", candidate.value()));
        return document.done();
    }

    /// What Patroni's documents do not have, where there is any of it.
    static void addHeartbeat(JsonFields document, Heartbeat heartbeat) {
        if (heartbeat.hears().isEmpty()
                && heartbeat.pledge().isEmpty()
                && heartbeat.trouble().isEmpty()) {
            return;
        }
        JsonFields more = Json.object();
        if (!heartbeat.hears().isEmpty()) {
            more.put("hears", HeartbeatLine.names(heartbeat));
        }
        heartbeat.pledge().ifPresent(pledge -> more.put("pledge", HeartbeatLine.pledge(pledge)));
        heartbeat.trouble().ifPresent(trouble -> more.put("trouble", trouble.text()));
        document.put("toomai", more.done());
    }

    private static void add(
            JsonFields document, Member member, ClusterView view, StoredConfig config) {
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
            document.put("pending_restart_reason", StatusDocument.pending(member.pendingRestart()));
        }
        if (!member.scheduledRestart().isEmpty()) {
            Map<String, Object> told = new LinkedHashMap<>(member.scheduledRestart());
            told.remove("postmaster_start_time"); // for Patroni's own use
            document.put("scheduled_restart", StatusDocument.plain(told));
        }
        if (!member.tags().values().isEmpty()) {
            document.put("tags", StatusDocument.plain(member.tags().values()));
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
            JsonFields document, String prefix, Optional<Lsn> position, Lsn leader) {
        position.ifPresentOrElse(
                at ->
                        document.put(prefix + "lsn", at.toString())
                                .put(prefix + "lag", at.lagBehind(leader)),
                () -> document.put(prefix + "lsn", "unknown").put(prefix + "lag", "unknown"));
    }

    /// `[[timeline, lsn, reason, timestamp?, new leader?], …]`.
    public static Json history(History history) {
        return new Json.Arr(history.lines().stream().map(ClusterDocument::line).toList());
    }

    private static Json line(History.Line line) {
        List<Json> row = new ArrayList<>();
        row.add(Json.of(line.timeline().number()));
        row.add(Json.of(line.switchpoint().bytes()));
        row.add(Json.of(line.reason()));
        line.timestamp().map(Json::of).ifPresent(row::add);
        line.timestamp().flatMap(_ -> line.newLeader()).map(Json::of).ifPresent(row::add);
        return new Json.Arr(row);
    }
}
