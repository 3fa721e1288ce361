package io.toomai.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.NodeStatus.SynchronousMode;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member.PendingValue;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.ha.Hearing;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.Pledge;
import io.toomai.core.ha.Serving;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// The documents, byte for byte: scripts grep them.
class DocumentsTest {
    private static String status(Samples.Draft draft) {
        return StatusDocument.of(draft.build(), Samples.NOW).spaced();
    }

    @Test
    void statusOfAPrimary() {
        assertThat(status(Samples.leader()))
                .isEqualTo(
                        """
                        {"state": "running",\
                         "postmaster_start_time": "2026-11-20 22:49:36.821483+00:00",\
                         "role": "primary", "server_version": 150020, "xlog": {"location": 5000},\
                         "timeline": 2, "dcs_last_seen": 1795214979,\
                         "database_system_identifier": "7710389609785954347",\
                         "patroni": {"version": "4.1.4", "scope": "batman", "name": "pg1"}}\
                        """);
    }

    @Test
    void whoIsBusyTellsHowFarItIs() {
        Samples.Draft node = Samples.replica();
        assertThat(status(node)).doesNotContain("\"task\"");
        node.task = Optional.of("reinitialize: copied 1 MB of 4 MB (25%)");
        assertThat(status(node)).contains("\"task\": \"reinitialize: copied 1 MB of 4 MB (25%)\"");
    }

    @Test
    void statusOfASynchronousStandby() {
        Samples.Draft node = Samples.replica().cluster(Samples.cluster("{}", Samples.PG2)).paused();
        node.mode = SynchronousMode.QUORUM;
        node.tags = new Tags(Map.of("clonefrom", true));
        node.pending = Map.of("wal_level", new PendingValue("replica", "logical"));
        assertThat(status(node))
                .isEqualTo(
                        """
                        {"state": "running",\
                         "postmaster_start_time": "2026-11-20 22:49:36.821483+00:00",\
                         "role": "replica", "server_version": 150020,\
                         "xlog": {"received_location": 4900, "replayed_location": 4800,\
                         "replayed_timestamp": null, "paused": false},\
                         "quorum_standby": true, "timeline": 2,\
                         "replication_state": "streaming", "pause": true,\
                         "dcs_last_seen": 1795214979, "tags": {"clonefrom": true},\
                         "database_system_identifier": "7710389609785954347",\
                         "pending_restart": true, "pending_restart_reason":\
                         {"wal_level": {"old_value": "replica", "new_value": "logical"}},\
                         "patroni": {"version": "4.1.4", "scope": "batman", "name": "pg2"}}\
                        """);
    }

    @Test
    void statusWhileThereIsNoPostgres() {
        Samples.Draft node = Samples.replica();
        node.state = MemberState.CREATING_REPLICA;
        node.role = MemberRole.UNINITIALIZED;
        node.postgres = new LocalPostgres.NoDataDirectory();
        assertThat(status(node))
                .isEqualTo(
                        """
                        {"state": "creating replica", "role": "uninitialized",\
                         "dcs_last_seen": 1795214979,\
                         "patroni": {"version": "4.1.4", "scope": "batman", "name": "pg2"}}\
                        """);
    }

    @Test
    void aServerThatCannotBeQueriedIsUnknownAndShowsNoPosition() {
        Samples.Draft node = Samples.leader();
        node.postgres = Samples.stopped();
        node.store = Optional.empty();
        assertThat(status(node))
                .startsWith("{\"state\": \"unknown\", \"role\": \"primary\", \"cluster_unlocked\"")
                .doesNotContain("xlog");
    }

    @Test
    void clusterWithLagAndRoles() {
        String synchronous = "{\"synchronous_mode\": \"on\", \"pause\": true}";
        assertThat(
                        ClusterDocument.of(
                                        Samples.asked(
                                                Samples.cluster(synchronous, Samples.PG2),
                                                Optional.of(
                                                        new FailoverRequest(
                                                                Optional.of(Samples.PG1),
                                                                Optional.empty(),
                                                                Optional.of("2027-01-01T00:00Z")))),
                                        "batman",
                                        Map.of())
                                .spaced())
                .isEqualTo(
                        """
                        {"members": [{"name": "pg1", "role": "leader", "state": "running",\
                         "api_url": "http://127.0.0.1:8008/patroni", "host": "127.0.0.1",\
                         "port": 5432, "timeline": 2},\
                         {"name": "pg2", "role": "sync_standby", "state": "streaming",\
                         "api_url": "http://127.0.0.1:8008/patroni", "host": "127.0.0.1",\
                         "port": 5432, "timeline": 2, "receive_lsn": "0/1324",\
                         "receive_lag": 100, "replay_lsn": "0/1324", "replay_lag": 100,\
                         "lsn": "0/1324", "lag": 100},\
                         {"name": "pg3", "role": "replica", "state": "streaming",\
                         "api_url": "http://127.0.0.1:8008/patroni", "host": "127.0.0.1",\
                         "port": 5432, "timeline": 2, "receive_lsn": "0/FA0",\
                         "receive_lag": 1000, "replay_lsn": "0/FA0", "replay_lag": 1000,\
                         "lsn": "0/FA0", "lag": 1000}],\
                         "pause": true, "scheduled_switchover": {"at": "2027-01-01T00:00Z",\
                         "from": "pg1"}, "scope": "batman"}\
                        """);
    }

    @Test
    void aStaleSyncKeyAloneMakesNobodySynchronous() {
        assertThat(ClusterDocument.of(Samples.cluster("{}", Samples.PG2), "s", Map.of()).spaced())
                .doesNotContain("sync_standby");
        assertThat(
                        ClusterDocument.of(
                                        Samples.cluster(
                                                "{\"synchronous_mode\": \"quorum\"}", Samples.PG2),
                                        "s",
                                        Map.of())
                                .spaced())
                .contains("\"role\": \"quorum_standby\"");
    }

    @Test
    void unknownPositionsAndNoLeader() {
        var view = Samples.ledBy(Samples.cluster("{}"), new LeaderKey.Vacant());
        assertThat(ClusterDocument.of(view, "s", Map.of()).spaced())
                .contains("\"receive_lsn\": \"unknown\", \"receive_lag\": \"unknown\"")
                .contains("\"lsn\": \"0/1388\", \"lag\": 0")
                .doesNotContain("\"role\": \"leader\"");
        String standby = "{\"standby_cluster\": {\"host\": \"elsewhere\"}}";
        assertThat(ClusterDocument.of(Samples.cluster(standby), "s", Map.of()).spaced())
                .contains("\"role\": \"standby_leader\"");
    }

    @Test
    void history() {
        History history =
                new History(
                        History.Presence.PRESENT,
                        List.of(
                                new History.Line(
                                        new Timeline(1),
                                        new Lsn(50),
                                        "no recovery target specified",
                                        Optional.empty(),
                                        Optional.empty()),
                                new History.Line(
                                        new Timeline(2),
                                        new Lsn(60),
                                        "r",
                                        Optional.of("2026-01-01T00:00:00+00:00"),
                                        Optional.of("pg2"))));
        assertThat(ClusterDocument.history(history).spaced())
                .isEqualTo(
                        "[[1, 50, \"no recovery target specified\"], "
                                + "[2, 60, \"r\", \"2026-01-01T00:00:00+00:00\", \"pg2\"]]");
        assertThat(ClusterDocument.history(History.ABSENT).spaced()).isEqualTo("[]");
    }

    @Test
    void metrics() {
        String metrics = MetricsDocument.of(Samples.replica().build(), Samples.NOW);
        assertThat(metrics)
                .contains("patroni_version{scope=\"batman\",name=\"pg2\"} 040104\n")
                .contains("# TYPE patroni_xlog_received_location counter\n")
                .contains("patroni_xlog_received_location{scope=\"batman\",name=\"pg2\"} 4900\n")
                .contains("patroni_replica{scope=\"batman\",name=\"pg2\"} 1\n")
                .contains(
                        "patroni_postmaster_start_time{scope=\"batman\",name=\"pg2\"}"
                                + " 1795214976.821483\n")
                .contains("patroni_postgres_state{scope=\"batman\",name=\"pg2\"} 5\n");
    }

    private static final Pledge PLEDGE = new Pledge(Samples.PG1, 42, 11);

    private static Heartbeat heartbeat(MemberName name, Optional<Pledge> pledge) {
        return new Heartbeat(
                name,
                PeerStatus.Standing.STANDBY,
                new Lsn(4900),
                new Timeline(2),
                PeerStatus.Eligibility.ELIGIBLE,
                1,
                new TreeSet<>(List.of(Samples.PG3)),
                pledge,
                pledge.map(_ -> Serving.Trouble.STALLED_DISK),
                Heartbeat.Clients.NONE);
    }

    private static NodeStatus.Heartbeats heartbeats() {
        return new NodeStatus.Heartbeats(
                Optional.of(heartbeat(Samples.PG2, Optional.of(PLEDGE))),
                List.of(
                        new Hearing.Heard(
                                heartbeat(Samples.PG1, Optional.empty()),
                                Samples.NOW.minus(Duration.ofMillis(1500))),
                        new Hearing.Heard(
                                heartbeat(Samples.PG3, Optional.empty()),
                                Samples.NOW.minus(Duration.ofMillis(250)))),
                Duration.ofMillis(1200));
    }

    @Test
    void heartbeatsAreShownBesideWhatPatroniShows() {
        Samples.Draft node = Samples.replica();
        node.heartbeats = heartbeats();
        String mine =
                "\"toomai\": {\"hears\": [\"pg3\"], \"pledge\": {\"leader\": \"pg1\","
                        + " \"term\": 42, \"sync_revision\": 11},"
                        + " \"trouble\": \"stalled disk\"}";
        assertThat(status(node)).contains(mine);

        String cluster =
                ClusterDocument.of(Samples.cluster("{}"), "s", heartbeats().present(Samples.NOW))
                        .spaced();

        assertThat(cluster)
                .contains("\"lag\": 100, " + mine)
                .contains("\"lag\": 1000, \"toomai\": {\"hears\": [\"pg3\"]}")
                .doesNotContain("\"timeline\": 2, \"toomai\"");
    }

    @Test
    void heartbeatsAsMetrics() {
        Samples.Draft node = Samples.replica();
        assertThat(MetricsDocument.of(node.build(), Samples.NOW))
                .contains("\ntoomai_pledged{scope=\"batman\",name=\"pg2\"} 0\n")
                .contains("\ntoomai_postgres_trouble{scope=\"batman\",name=\"pg2\"} 0\n")
                .contains(
                        "0=none, 1=frozen, 2=stalled_disk, 3=too_many_connections, 4=error,"
                                + " 5=full_disk\n")
                .doesNotContain("toomai_heartbeat_age_seconds");

        node.heartbeats = heartbeats();

        assertThat(MetricsDocument.of(node.build(), Samples.NOW))
                .contains("\ntoomai_pledged{scope=\"batman\",name=\"pg2\"} 1\n")
                .contains("\ntoomai_postgres_trouble{scope=\"batman\",name=\"pg2\"} 2\n")
                .contains(
                        "\n# TYPE toomai_heartbeat_age_seconds gauge\n"
                                + "toomai_heartbeat_age_seconds{scope=\"batman\",name=\"pg2\","
                                + "peer=\"pg1\"} 1.5\n"
                                + "toomai_heartbeat_age_seconds{scope=\"batman\",name=\"pg2\","
                                + "peer=\"pg3\"} 0.25\n");
    }
}
