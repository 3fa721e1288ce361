package io.toomai.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.NodeStatus.FailsafeState;
import io.toomai.api.PrometheusText.Family;
import io.toomai.core.cluster.Tags;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Contract §2.4: every metric of Patroni under its name, with its type and the two labels.
class MetricsContractTest {
    private static final List<String> COUNTERS =
            List.of(
                    "patroni_xlog_location",
                    "patroni_xlog_received_location",
                    "patroni_xlog_replayed_location");

    private static Map<String, Family> metrics(NodeStatus status) {
        return PrometheusText.read(MetricsDocument.of(status, Samples.NOW));
    }

    private static double value(Map<String, Family> metrics, String name) {
        assertThat(metrics).containsKey(name);
        return Objects.requireNonNull(metrics.get(name)).only();
    }

    @ParameterizedTest
    @EnumSource
    void everyNameInEveryState(NodeState state) {
        Map<String, Family> metrics = metrics(state.status());
        assertThat(metrics.keySet().stream().filter(name -> name.startsWith("patroni_")))
                .containsExactlyInAnyOrder(
                        "patroni_version",
                        "patroni_postgres_running",
                        "patroni_postmaster_start_time",
                        "patroni_primary",
                        "patroni_standby_leader",
                        "patroni_replica",
                        "patroni_sync_standby",
                        "patroni_quorum_standby",
                        "patroni_xlog_location",
                        "patroni_xlog_received_location",
                        "patroni_xlog_replayed_location",
                        "patroni_xlog_replayed_timestamp",
                        "patroni_xlog_paused",
                        "patroni_postgres_streaming",
                        "patroni_postgres_in_archive_recovery",
                        "patroni_postgres_server_version",
                        "patroni_cluster_unlocked",
                        "patroni_failsafe_mode_is_active",
                        "patroni_failsafe_mode_enabled",
                        "patroni_failsafe_member",
                        "patroni_postgres_timeline",
                        "patroni_dcs_last_seen",
                        "patroni_pending_restart",
                        "patroni_is_paused",
                        "patroni_postgres_state",
                        "patroni_failover_priority");
        metrics.forEach((name, family) -> {
            assertThat(family.type())
                    .as(name)
                    .isEqualTo(COUNTERS.contains(name) ? "counter" : "gauge");
            family.samples()
                    .keySet()
                    .forEach(labels -> assertThat(labels).as(name).containsKeys("scope", "name"));
        });
    }

    @ParameterizedTest(name = "{0}: primary {1}, standby leader {2}, replica {3}")
    @CsvSource({
        "LEADER, 1, 0, 0",
        "REPLICA, 0, 0, 1",
        "STANDBY_LEADER, 0, 1, 0",
        "STANDBY_REPLICA, 0, 0, 1",
        "ALONE, 1, 0, 0",
    })
    void roles(NodeState state, double primary, double standbyLeader, double replica) {
        Map<String, Family> metrics = metrics(state.status());
        assertThat(value(metrics, "patroni_primary")).isEqualTo(primary);
        assertThat(value(metrics, "patroni_standby_leader")).isEqualTo(standbyLeader);
        assertThat(value(metrics, "patroni_replica")).isEqualTo(replica);
    }

    @Test
    void values() {
        Map<String, Family> leader = metrics(NodeState.LEADER.status());
        assertThat(value(leader, "patroni_version")).isEqualTo(40104);
        assertThat(value(leader, "patroni_xlog_location")).isEqualTo(5000);
        assertThat(value(leader, "patroni_postgres_state")).isEqualTo(5);
        assertThat(value(leader, "patroni_postgres_server_version")).isEqualTo(150020);
        assertThat(value(leader, "patroni_postgres_timeline")).isEqualTo(2);
        assertThat(value(leader, "patroni_postmaster_start_time")).isEqualTo(1795214976.821483);
        assertThat(value(leader, "patroni_dcs_last_seen")).isEqualTo(1795214979);
        assertThat(value(leader, "patroni_failover_priority")).isEqualTo(1);
        Map<String, Family> replica = metrics(NodeState.SYNC_STANDBY.status());
        assertThat(value(replica, "patroni_sync_standby")).isEqualTo(1);
        assertThat(value(replica, "patroni_xlog_received_location")).isEqualTo(4900);
        assertThat(value(replica, "patroni_xlog_replayed_location")).isEqualTo(4800);
        assertThat(value(replica, "patroni_postgres_streaming")).isEqualTo(1);
        assertThat(value(metrics(NodeState.QUORUM_STANDBY.status()), "patroni_quorum_standby"))
                .isEqualTo(1);
        assertThat(value(metrics(NodeState.ALONE.status()), "patroni_cluster_unlocked"))
                .isEqualTo(1);
        assertThat(value(metrics(NodeState.PAUSED_ALONE.status()), "patroni_is_paused"))
                .isEqualTo(1);
    }

    @Test
    void failsafeAndPriority() {
        Samples.Draft node = Samples.replica();
        node.failsafe = FailsafeState.OFF;
        node.tags = new Tags(Map.of("failover_priority", 7));
        Map<String, Family> off = metrics(node.build());
        assertThat(value(off, "patroni_failsafe_mode_enabled")).isZero();
        assertThat(value(off, "patroni_failover_priority")).isEqualTo(7);
        node.failsafe = FailsafeState.ACTIVE;
        node.tags = new Tags(Map.of("nofailover", true));
        Map<String, Family> active = metrics(node.build());
        assertThat(value(active, "patroni_failsafe_mode_enabled")).isEqualTo(1);
        assertThat(value(active, "patroni_failsafe_mode_is_active")).isEqualTo(1);
        assertThat(value(active, "patroni_failsafe_member")).isZero();
        assertThat(value(active, "patroni_failover_priority")).isZero();
    }
}
