package io.toomai.api;

import io.toomai.api.NodeStatus.FailsafeState;
import io.toomai.api.NodeStatus.SynchronousMode;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.ha.Hearing;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.Replay;
import io.toomai.core.ha.ServerFacts;
import io.toomai.core.ha.Serving;
import io.toomai.core.model.MonoTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// The body of `GET /metrics`: names and meanings of contract §2.4, made from the same picture as
/// the status document, so that dashboards made for Patroni show Toomai.
public final class MetricsDocument {
    private final StringBuilder text = new StringBuilder();
    private final String labels;
    private final NodeStatus status;
    private final MonoTime now;

    private MetricsDocument(NodeStatus status, MonoTime now) {
        this.status = status;
        this.now = now;
        this.labels =
                "{scope=\""
                        + escape(status.identity().scope())
                        + "\",name=\""
                        + escape(status.identity().name().value())
                        + "\"}";
    }

    public static String of(NodeStatus status, MonoTime now) {
        MetricsDocument document = new MetricsDocument(status, now);
        document.addIdentity();
        document.addRole();
        document.addPositions();
        document.addCluster();
        document.addTrouble();
        document.addHeartbeats();
        return document.text.toString();
    }

    private void addIdentity() {
        String version =
                Arrays.stream(status.identity().version().split("\\."))
                        .map(part -> part.length() < 2 ? "0" + part : part)
                        .collect(Collectors.joining());
        gauge("patroni_version", "Version without periods.", version);
        gauge("patroni_postgres_running", "1 if PostgreSQL runs.", flag(isRunning()));
        gauge(
                "patroni_postmaster_start_time",
                "Epoch seconds since PostgreSQL started.",
                server().map(s -> epoch(s.startTime())).orElse("0"));
    }

    private boolean isRunning() {
        return status.reportedState() == MemberState.RUNNING;
    }

    private Optional<ServerFacts> server() {
        return StatusDocument.server(status.postgres());
    }

    private void addRole() {
        MemberRole role = status.reportedRole();
        gauge("patroni_primary", "1 if primary.", flag(role == MemberRole.PRIMARY));
        gauge(
                "patroni_standby_leader",
                "1 if leader of a standby cluster.",
                flag(role == MemberRole.STANDBY_LEADER));
        gauge("patroni_replica", "1 if replica.", flag(role == MemberRole.REPLICA));
        boolean voter = role == MemberRole.REPLICA && status.isSyncVoter(now);
        SynchronousMode mode = status.settings().synchronousMode();
        gauge(
                "patroni_sync_standby",
                "1 if synchronous standby.",
                flag(voter && mode == SynchronousMode.ON));
        gauge(
                "patroni_quorum_standby",
                "1 if quorum standby.",
                flag(voter && mode == SynchronousMode.QUORUM));
    }

    private void addPositions() {
        long location = 0;
        long received = 0;
        long replayed = 0;
        boolean paused = false;
        if (status.postgres() instanceof LocalPostgres.Primary primary) {
            location = primary.flushed().bytes();
        } else if (status.postgres() instanceof LocalPostgres.Standby standby) {
            received = standby.received().bytes();
            replayed = standby.replayed().bytes();
            paused = standby.replay() == Replay.PAUSED;
        }
        counter("patroni_xlog_location", "WAL position of the primary, bytes.", location);
        counter("patroni_xlog_received_location", "WAL received by the standby, bytes.", received);
        counter("patroni_xlog_replayed_location", "WAL replayed by the standby, bytes.", replayed);
        gauge(
                "patroni_xlog_replayed_timestamp",
                "Epoch seconds of the last replayed transaction.",
                status.standby().replayedTimestamp().map(MetricsDocument::epoch).orElse("0"));
        gauge("patroni_xlog_paused", "1 if replay is paused.", flag(paused));
        Optional<String> replication = status.standby().replicationState().filter(_ -> isRunning());
        gauge(
                "patroni_postgres_streaming",
                "1 if streaming.",
                flag(replication.filter("streaming"::equals).isPresent()));
        gauge(
                "patroni_postgres_in_archive_recovery",
                "1 if replaying from the archive.",
                flag(replication.filter("in archive recovery"::equals).isPresent()));
        gauge(
                "patroni_postgres_server_version",
                "Version of PostgreSQL.",
                server().map(s -> Integer.toString(s.serverVersion())).orElse("0"));
        gauge(
                "patroni_postgres_timeline",
                "Timeline of PostgreSQL.",
                server().map(s -> Integer.toString(s.timeline().number())).orElse("0"));
    }

    private void addCluster() {
        gauge(
                "patroni_cluster_unlocked",
                "1 if the cluster has no leader.",
                flag(status.isClusterUnlocked(now)));
        gauge(
                "patroni_failsafe_mode_is_active",
                "1 if failsafe mode carries the cluster.",
                flag(status.failsafe() == FailsafeState.ACTIVE));
        gauge(
                "patroni_failsafe_mode_enabled",
                "1 if failsafe mode is switched on.",
                flag(status.failsafe() != FailsafeState.OFF));
        gauge(
                "patroni_failsafe_member",
                "1 if a leader without the store asks this member.",
                flag(isFailsafeMember()));
        gauge(
                "patroni_failover_priority",
                "Whom a failover prefers; 0 for never.",
                Long.toString(status.tags().nofailover() ? 0 : status.tags().failoverPriority()));
        gauge(
                "patroni_dcs_last_seen",
                "Epoch seconds of the last reading of the store.",
                Long.toString(status.dcsLastSeen().getEpochSecond()));
        gauge(
                "patroni_pending_restart",
                "1 if PostgreSQL needs a restart.",
                flag(!status.pendingRestart().isEmpty()));
        gauge("patroni_is_paused", "1 if paused.", flag(status.settings().isPaused()));
        // The numbers of contract §1.3; what is not in the list is -1.
        List<MemberState> numbered =
                Arrays.stream(MemberState.values()).filter(s -> s != MemberState.UNKNOWN).toList();
        int state = numbered.indexOf(status.reportedState());
        help("patroni_postgres_state", "State of PostgreSQL as a number.");
        text.append("# Values: ")
                .append(
                        numbered.stream()
                                .map(s -> numbered.indexOf(s) + "=" + word(s))
                                .collect(Collectors.joining(", ")))
                .append('\n');
        sample("patroni_postgres_state", "gauge", Integer.toString(state));
        gauge(
                "toomai_cycle_seconds",
                "How long the last cycle of the HA loop took.",
                Double.toString(status.loop().lastCycle().toNanos() / 1e9));
    }

    private boolean isFailsafeMember() {
        return status.cluster(now)
                .filter(view ->
                        view.failsafe().value().apiUrls().containsKey(status.identity().name()))
                .isPresent();
    }

    private void addTrouble() {
        String name = "toomai_postgres_trouble";
        help(name, "What keeps this primary from serving its clients, as a number.");
        text.append("# Values: 0=none")
                .append(
                        Arrays.stream(Serving.Trouble.values())
                                .map(t -> ", " + number(t) + "=" + t.text().replace(' ', '_'))
                                .collect(Collectors.joining()))
                .append('\n');
        int value =
                status.heartbeats()
                        .own()
                        .flatMap(Heartbeat::trouble)
                        .map(MetricsDocument::number)
                        .orElse(0);
        sample(name, "gauge", Integer.toString(value));
    }

    /// Never changes: alarms are built on it.
    private static int number(Serving.Trouble trouble) {
        return switch (trouble) {
            case FROZEN -> 1;
            case STALLED_DISK -> 2;
            case TOO_MANY_CONNECTIONS -> 3;
            case ERROR -> 4;
            case FULL_DISK -> 5;
        };
    }

    /// A peer that was never heard has no age.
    private void addHeartbeats() {
        gauge(
                "toomai_pledged",
                "1 if this standby takes no more WAL from a leader that seems dead.",
                flag(status.heartbeats().own().flatMap(Heartbeat::pledge).isPresent()));
        String name = "toomai_heartbeat_age_seconds";
        List<Hearing.Heard> heard =
                status.heartbeats().peers().stream()
                        .filter(Hearing.Heard.class::isInstance)
                        .map(Hearing.Heard.class::cast)
                        .toList();
        if (heard.isEmpty()) {
            return;
        }
        help(name, "Time since the last heartbeat of a peer.");
        text.append("# TYPE ").append(name).append(" gauge\n");
        for (Hearing.Heard peer : heard) {
            text.append(name)
                    .append(labels, 0, labels.length() - 1)
                    .append(",peer=\"")
                    .append(escape(peer.name().value()))
                    .append("\"} ")
                    .append(now.since(peer.at()).toNanos() / 1e9)
                    .append('\n');
        }
    }

    private static String word(MemberState state) {
        return state.text().replace(' ', '_');
    }

    private void gauge(String name, String help, String value) {
        help(name, help);
        sample(name, "gauge", value);
    }

    private void counter(String name, String help, long value) {
        help(name, help);
        sample(name, "counter", Long.toString(value));
    }

    private void help(String name, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    }

    private void sample(String name, String type, String value) {
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        text.append(name).append(labels).append(' ').append(value).append('\n');
    }

    private static String flag(boolean set) {
        return set ? "1" : "0";
    }

    private static String epoch(String timestamp) {
        return switch (Schedule.parse(timestamp, "", Instant.MIN)) {
            case Schedule.At(var time) ->
                    String.format(
                            Locale.ROOT, "%d.%06d", time.toEpochSecond(), time.getNano() / 1000);
            case Schedule.Wrong _ -> "0";
        };
    }

    private static String escape(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
