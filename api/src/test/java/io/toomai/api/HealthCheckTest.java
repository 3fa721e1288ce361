package io.toomai.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.NodeStatus.ClusterKind;
import io.toomai.api.NodeStatus.FailsafeState;
import io.toomai.api.NodeStatus.Leadership;
import io.toomai.api.NodeStatus.Loop;
import io.toomai.api.NodeStatus.StandbyDetail;
import io.toomai.api.NodeStatus.SynchronousMode;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every path against every kind of node: the table of contract §2.2.
class HealthCheckTest {
    private static final List<String> PATHS =
            List.of(
                    "/",
                    "/primary",
                    "/master",
                    "/read-write",
                    "/leader",
                    "/standby_leader",
                    "/standby-leader",
                    "/replica",
                    "/read-only",
                    "/health",
                    "/sync",
                    "/synchronous",
                    "/quorum",
                    "/async",
                    "/asynchronous",
                    "/read-only-sync",
                    "/read-only-synchronous",
                    "/read-only-quorum",
                    "/nonsense");

    private static final List<String> PRIMARY_PATHS =
            List.of("/", "/primary", "/master", "/read-write", "/leader");

    private static Map<String, NodeStatus> nodes() {
        Map<String, NodeStatus> nodes = new LinkedHashMap<>();
        nodes.put("leader", Samples.leader().build());
        nodes.put("replica", Samples.replica().build());
        Samples.Draft sync = Samples.replica().cluster(Samples.cluster("{}", Samples.PG2));
        sync.mode = SynchronousMode.ON;
        nodes.put("sync", sync.build());
        sync.mode = SynchronousMode.QUORUM;
        nodes.put("quorum", sync.build());
        Samples.Draft pausedPrimary = Samples.leader().paused();
        pausedPrimary.store = Optional.empty();
        pausedPrimary.leadership = new Leadership.NotLeader();
        nodes.put("paused primary without store", pausedPrimary.build());
        Samples.Draft standbyLeader = Samples.leader();
        standbyLeader.kind = ClusterKind.STANDBY;
        standbyLeader.role = MemberRole.STANDBY_LEADER;
        standbyLeader.postgres = Samples.standby(10, 10);
        nodes.put("standby leader", standbyLeader.build());
        Samples.Draft cascade = Samples.replica();
        cascade.kind = ClusterKind.STANDBY;
        nodes.put("replica of standby cluster", cascade.build());
        Samples.Draft unlocked = Samples.leader();
        unlocked.leadership = new Leadership.NotLeader();
        nodes.put("primary without lock", unlocked.build());
        Samples.Draft starting = Samples.replica();
        starting.state = MemberState.STARTING;
        nodes.put("starting", starting.build());
        Samples.Draft silent = Samples.replica();
        silent.postgres = Samples.stopped();
        nodes.put("unqueryable", silent.build());
        Samples.Draft noStore = Samples.replica();
        noStore.store = Optional.empty();
        nodes.put("replica without store", noStore.build());
        return nodes;
    }

    private static Map<String, List<String>> expected() {
        List<String> replica =
                List.of("/replica", "/read-only", "/health", "/async", "/asynchronous");
        List<String> leads = new java.util.ArrayList<>(PRIMARY_PATHS);
        leads.addAll(
                List.of(
                        "/read-only",
                        "/health",
                        "/read-only-sync",
                        "/read-only-synchronous",
                        "/read-only-quorum"));
        Map<String, List<String>> fine = new LinkedHashMap<>();
        fine.put("leader", leads);
        fine.put("replica", replica);
        fine.put(
                "sync",
                List.of(
                        "/replica",
                        "/read-only",
                        "/health",
                        "/sync",
                        "/synchronous",
                        "/read-only-sync",
                        "/read-only-synchronous"));
        fine.put(
                "quorum",
                List.of("/replica", "/read-only", "/health", "/quorum", "/read-only-quorum"));
        List<String> pausedPrimary = new java.util.ArrayList<>(PRIMARY_PATHS);
        pausedPrimary.addAll(List.of("/read-only", "/health"));
        fine.put("paused primary without store", pausedPrimary);
        fine.put(
                "standby leader",
                List.of(
                        "/leader",
                        "/standby_leader",
                        "/standby-leader",
                        "/read-only",
                        "/health",
                        "/read-only-sync",
                        "/read-only-synchronous",
                        "/read-only-quorum"));
        fine.put("replica of standby cluster", replica);
        fine.put("primary without lock", List.of("/health"));
        fine.put("starting", List.of());
        fine.put("unqueryable", List.of());
        fine.put("replica without store", List.of("/replica", "/read-only", "/health"));
        return fine;
    }

    @Test
    void everyPathOnEveryKindOfNode() {
        Map<String, NodeStatus> nodes = nodes();
        assertThat(expected().keySet()).containsExactlyElementsOf(nodes.keySet());
        nodes.forEach((kind, status) -> {
            for (String path : PATHS) {
                assertThat(HealthCheck.of(path, Query.NONE, status, Samples.NOW).code())
                        .as(path + " on " + kind)
                        .isEqualTo(
                                expected().getOrDefault(kind, List.of()).contains(path)
                                        ? 200
                                        : 503);
            }
        });
    }

    @ParameterizedTest(name = "{0} = {1}")
    @CsvSource({
        "/foo-replica-x, 200",
        "/x/standby_leader, 503",
        "/my-primary, 503",
        "/healthz, 200",
        "/liveness, 503",
        "/sync/x, 503",
    })
    void pathsMatchBySubstring(String path, int code) {
        assertThat(HealthCheck.of(path, Query.NONE, Samples.replica().build(), Samples.NOW).code())
                .isEqualTo(code);
    }

    @ParameterizedTest(name = "{0} = {1}")
    @CsvSource({
        "lag=200, 200", // replayed 4800 of 5000
        "lag=199, 503",
        "lag=0.1kB, 503",
        "lag=0.2kB, 200",
        "lag=1MB, 200",
        "lag=nonsense, 200",
        "lag=1mb, 200",
        "lag=, 200",
        "lag=99999999999999999999999999999TB, 200",
        "replication_state=streaming, 200",
        "replication_state=in%20archive%20recovery, 503",
        "tag_zone=eu, 200",
        "tag_zone=us, 503",
        "tag_zone=us&tag_zone=eu, 503",
        "tag_zone=eu&tag_zone=us, 200",
        "tag_missing=x, 503",
        "tag_clonefrom=true, 200",
        "tag_clonefrom=True, 503",
        "tag_weight=1.4, 200",
        "tag_broken=%zz, 200",
    })
    void conditionsOfReplica(String query, int code) {
        Samples.Draft node = Samples.replica();
        node.tags = new Tags(Map.of("zone", "eu", "clonefrom", true, "weight", 1.4));
        assertThat(HealthCheck.of("/replica", Query.parse(query), node.build(), Samples.NOW).code())
                .isEqualTo(code);
    }

    @Test
    void tagsDoNotMatterForTheLeader() {
        NodeStatus leader = Samples.leader().build();
        Query query = Query.parse("tag_zone=eu");
        assertThat(HealthCheck.of("/primary", query, leader, Samples.NOW).code()).isEqualTo(200);
        assertThat(HealthCheck.of("/read-only", query, leader, Samples.NOW).code()).isEqualTo(503);
    }

    @Test
    void aNodeOutOfLoadBalancingServesNoReplicaTraffic() {
        Samples.Draft node = Samples.replica();
        node.tags = new Tags(Map.of("noloadbalance", true));
        for (String path : List.of("/replica", "/read-only", "/async")) {
            assertThat(HealthCheck.of(path, Query.NONE, node.build(), Samples.NOW).code())
                    .as(path)
                    .isEqualTo(503);
        }
        Samples.Draft leader = Samples.leader();
        leader.tags = new Tags(Map.of("noloadbalance", true));
        assertThat(HealthCheck.of("/read-only", Query.NONE, leader.build(), Samples.NOW).code())
                .isEqualTo(200);
    }

    @Test
    void aPictureThatGrowsOldStopsClaimingLeadership() {
        NodeStatus leader = Samples.leader().build();
        MonoTime later = Samples.NOW.plus(Duration.ofSeconds(10));
        assertThat(HealthCheck.of("/primary", Query.NONE, leader, later).code()).isEqualTo(503);
        MonoTime muchLater = Samples.NOW.plus(Duration.ofSeconds(30));
        assertThat(leader.cluster(muchLater)).isEmpty();
    }

    @ParameterizedTest(name = "{0} {1} s after the next run = {2}")
    @CsvSource({"leader, 29, 200", "leader, 30, 503", "replica, 59, 200", "replica, 60, 503"})
    void liveness(String kind, int seconds, int code) {
        NodeStatus node = (kind.equals("leader") ? Samples.leader() : Samples.replica()).build();
        MonoTime now = Samples.NOW.plus(Duration.ofSeconds(seconds));
        assertThat(HealthCheck.liveness(node, now).code()).isEqualTo(code);
    }

    @Test
    void aPausedNodeIsAlive() {
        Samples.Draft node = Samples.replica().paused();
        node.loop = new Loop(Samples.NOW.minus(Duration.ofHours(1)), Duration.ZERO);
        assertThat(HealthCheck.liveness(node.build(), Samples.NOW).code()).isEqualTo(200);
    }

    @ParameterizedTest(name = "{0} = {1}")
    @CsvSource({
        "x=y, 200",
        "lag=200, 200",
        "lag=199, 503",
        "lag=100&mode=write, 200",
        "lag=99&mode=write, 503",
        "lag=100&mode=apply, 503",
    })
    void readiness(String query, int code) {
        assertThat(
                        HealthCheck.readiness(
                                        Query.parse(query), Samples.replica().build(), Samples.NOW)
                                .code())
                .isEqualTo(code);
    }

    @Test
    void readinessWithoutStoreNeedsFailsafe() {
        Samples.Draft node = Samples.replica();
        node.store = Optional.empty();
        node.detail =
                new StandbyDetail(Optional.empty(), Optional.empty(), Optional.of("streaming"));
        assertThat(HealthCheck.readiness(Query.NONE, node.build(), Samples.NOW).code())
                .isEqualTo(503);
        node.failsafe = FailsafeState.ACTIVE;
        assertThat(HealthCheck.readiness(Query.NONE, node.build(), Samples.NOW).code())
                .isEqualTo(200);
        assertThat(HealthCheck.readiness(Query.NONE, Samples.leader().build(), Samples.NOW).code())
                .isEqualTo(200);
    }
}
