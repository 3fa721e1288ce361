package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.e2e.Processes.Signal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/// What operators ask for by REST, and restarts of the agent, with a client that goes on writing.
class OperationsIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    private static TestCluster cluster() {
        return CLUSTERS.shared(Plan.of(Postgres.V15));
    }

    private static Rest.Answer ask(TestNode node, String method, String path, String body)
            throws IOException {
        Rest.Answer answer = node.rest().change(method, path, body);
        assertThat(answer.code()).as(answer.body()).isEqualTo(200);
        return answer;
    }

    @Test
    void switchesOverBothWays() throws IOException, SQLException {
        TestCluster cluster = cluster();
        TestNode first = cluster.leader();
        // With both standbys synchronous, either is fit.
        cluster.patch("{\"synchronous_node_count\":2}");
        TestNode second = cluster.replica();
        int timeline = first.status().path("timeline").asInt();
        try (RowWriter writer = RowWriter.on(cluster)) {
            writer.awaitProgress();
            switchOver(cluster, first, second);
            writer.awaitProgress();
            cluster.awaitHealthy();
            assertThat(cluster.leader()).isEqualTo(second);
            switchOver(cluster, second, first);
            writer.awaitProgress();
            cluster.awaitHealthy();
            assertThat(cluster.leader()).isEqualTo(first);
            writer.assertNothingLost(first);
        } finally {
            cluster.patch("{\"synchronous_node_count\":1}");
        }
        assertThat(first.status().path("timeline").asInt()).isEqualTo(timeline + 2);
        Waiting.untilAsserted(
                "the history",
                TestCluster.LONG,
                () -> {
                    JsonNode history = first.rest().get("/history").json();
                    JsonNode last = history.get(history.size() - 1);
                    assertThat(last.get(0).asInt()).isEqualTo(timeline + 1);
                    assertThat(last.get(last.size() - 1).asString()).isEqualTo(first.name());
                });
    }

    private static void switchOver(TestCluster cluster, TestNode from, TestNode to)
            throws IOException {
        Waiting.until(
                to + " is fit",
                TestCluster.LONG,
                () -> cluster.isHealthy() && to.rest().get("/sync").code() == 200);
        ask(
                from,
                "POST",
                "/switchover",
                "{\"leader\":\"%s\",\"candidate\":\"%s\"}".formatted(from, to));
    }

    @Test
    void failsOverToTheNamedCandidate() throws IOException, SQLException {
        TestCluster cluster = cluster();
        TestNode old = cluster.leader();
        TestNode sync = cluster.synchronousStandby();
        // In synchronous mode the candidate must be the one that has every confirmed commit.
        ask(old, "POST", "/failover", "{\"candidate\":\"%s\"}".formatted(sync));
        cluster.awaitHealthy();
        assertThat(cluster.leader()).isEqualTo(sync);
    }

    @Test
    void refusesRequestsThatCannotBe() throws IOException {
        TestCluster cluster = cluster();
        TestNode leader = cluster.leader();
        Rest.Answer nobody =
                leader.rest()
                        .change(
                                "POST",
                                "/switchover",
                                "{\"leader\":\"%s\",\"candidate\":\"nobody\"}".formatted(leader));
        assertThat(nobody.code()).as(nobody.body()).isEqualTo(412);
        Rest.Answer broken = leader.rest().change("PATCH", "/config", "{\"ttl\":");
        assertThat(broken.code()).isEqualTo(400);
        assertThat(leader.rest().change("POST", "/switchover", "{}").code()).isEqualTo(400);
        assertThat(cluster.leader()).isEqualTo(leader);
    }

    @Test
    void leavesADeadPostmasterAloneWhilePaused() throws IOException, SQLException {
        TestCluster cluster = cluster();
        TestNode leader = cluster.leader();
        try (RowWriter writer = RowWriter.on(cluster)) {
            writer.awaitProgress();
            pause(cluster);
            leader.killPostmaster();
            Waiting.throughout(
                    "nobody starts or promotes anything",
                    Duration.ofSeconds(8),
                    () ->
                            leader.postmasterPid().isEmpty()
                                    && cluster.others(leader).stream()
                                            .noneMatch(OperationsIT::isPrimary));
            ask(leader, "PATCH", "/config", "{\"pause\":null}");
            writer.awaitProgress();
            cluster.awaitHealthy();
            writer.assertNothingLost(cluster.leader());
        }
    }

    private static void pause(TestCluster cluster) throws IOException {
        cluster.patch("{\"pause\":true}");
        for (TestNode node : cluster.nodes()) {
            Waiting.until(
                    node + " is paused",
                    TestCluster.LONG,
                    () -> node.status().path("pause").asBoolean(false));
        }
    }

    /// In maintenance mode the lease ends nothing: an operator may take the whole store away.
    @Test
    void leavesThePrimaryAloneWhilePausedWhenTheStoreIsGone() throws IOException, SQLException {
        TestCluster cluster = cluster();
        TestNode leader = cluster.leader();
        pause(cluster);
        long postmaster = leader.postmasterPid().orElseThrow();
        List<TestNode> others = cluster.others(leader);
        others.forEach(node -> node.signalAgent(Signal.KILL));
        Waiting.until(
                leader + " has lost its lease",
                TestCluster.LONG,
                () -> leader.log().contains("PostgreSQL is left as it is: maintenance mode"));
        leader.execute("CREATE TABLE IF NOT EXISTS public.paused(i int)");
        assertThat(leader.postmasterPid()).contains(postmaster);
        others.forEach(TestNode::start);
        Waiting.until(
                "the mode ends",
                TestCluster.LONG,
                () -> leader.rest().change("PATCH", "/config", "{\"pause\":null}").code() == 200);
        cluster.awaitHealthy();
        assertThat(cluster.leader()).isEqualTo(leader);
        assertThat(leader.postmasterPid()).contains(postmaster);
    }

    private static boolean isPrimary(TestNode node) {
        try {
            return node.query("select pg_is_in_recovery()").equals("f");
        } catch (SQLException e) {
            return false;
        }
    }

    @Test
    void appliesConfigurationAndRestarts() throws IOException, SQLException {
        TestCluster cluster = cluster();
        TestNode leader = cluster.leader();
        cluster.patch(
                "{\"postgresql\":{\"parameters\":{\"max_connections\":61,"
                        + "\"log_min_duration_statement\":12345}}}");
        for (TestNode node : cluster.nodes()) {
            Waiting.until(
                    "reload on " + node,
                    TestCluster.LONG,
                    () -> node.query("show log_min_duration_statement").equals("12345ms"));
            Waiting.untilAsserted(
                    "pending restart on " + node,
                    TestCluster.LONG,
                    () -> {
                        JsonNode status = node.status();
                        assertThat(status.path("pending_restart").asBoolean(false)).isTrue();
                        assertThat(status.path("pending_restart_reason").toString())
                                .contains("max_connections", "61");
                    });
        }
        // The standbys first: none runs with less than its primary has.
        for (TestNode node : cluster.others(leader)) {
            restart(node);
        }
        restart(leader);
        cluster.awaitHealthy();
        assertThat(cluster.leader()).as("no failover").isEqualTo(leader);
        cluster.patch("{\"postgresql\":{\"parameters\":{\"log_min_duration_statement\":null}}}");
    }

    private static void restart(TestNode node) throws IOException, SQLException {
        long before = node.postmasterPid().orElseThrow();
        ask(node, "POST", "/restart", "{}");
        assertThat(node.postmasterPid().orElseThrow()).isNotEqualTo(before);
        Waiting.until(
                "the restart of " + node,
                TestCluster.LONG,
                () ->
                        node.query("show max_connections").equals("61")
                                && !node.status().path("pending_restart").asBoolean(false));
    }

    @Test
    void keepsTheSettingsWhenTheStoreHoldsGarbage() throws Exception {
        TestCluster cluster = cluster();
        TestNode leader = cluster.leader();
        String valid = leader.rest().get("/config").body();
        try {
            for (String broken : List.of("{\"ttl\": 5, \"loop_w", "{\"ttl\": \"soon\"}")) {
                write(cluster, broken);
                for (TestNode node : cluster.nodes()) {
                    Waiting.until(
                            node + " says what is wrong",
                            TestCluster.LONG,
                            () ->
                                    node.log()
                                            .contains(
                                                    "the dynamic configuration in the store is not"));
                }
            }
            for (TestNode node : cluster.nodes()) {
                Waiting.until(
                        node + " names the key",
                        TestCluster.LONG,
                        () ->
                                node.log()
                                        .lines()
                                        .anyMatch(l ->
                                                l.contains("in the store is not")
                                                        && l.contains("ttl")));
            }
            leader.execute("create table if not exists still_here (n int)");
            assertThat(cluster.leader()).isEqualTo(leader);
            assertThat(leader.query("show max_wal_senders")).isEqualTo("10");
        } finally {
            ask(leader, "PUT", "/config", valid);
        }
        cluster.awaitHealthy();
    }

    private static void write(TestCluster cluster, String json) throws Exception {
        ZooKeeper store = new ZooKeeper(cluster.storeAddress(), 10_000, _ -> {});
        try {
            Waiting.until("the store", TestCluster.LONG, () -> store.getState().isConnected());
            store.setData("/service/e2e/config", json.getBytes(StandardCharsets.UTF_8), -1);
        } finally {
            store.close();
        }
    }

    @Test
    void aRestartOfTheAgentDoesNotInterruptPostgres() throws IOException, SQLException {
        TestCluster cluster = cluster();
        TestNode leader = cluster.leader();
        TestNode replica = cluster.replica();
        // The lease must outlast the agent's absence.
        cluster.patch("{\"ttl\":20,\"loop_wait\":5,\"retry_timeout\":5}");
        for (TestNode node : cluster.nodes()) {
            Waiting.until(
                    node + " has the new ttl",
                    TestCluster.LONG,
                    () ->
                            node.log()
                                    .lines()
                                    .anyMatch(l ->
                                            l.contains("configuration changed")
                                                    && l.contains("20")));
        }
        // The lease that outlives the agent is one that was renewed under the new ttl.
        Waiting.throughout("a renewal", Duration.ofSeconds(4), cluster::isHealthy);
        try {
            int timeline = leader.status().path("timeline").asInt();
            long primary = leader.postmasterPid().orElseThrow();
            long standby = replica.postmasterPid().orElseThrow();
            try (RowWriter writer = RowWriter.on(cluster)) {
                writer.awaitProgress();
                leader.signalAgent(Signal.KILL);
                replica.signalAgent(Signal.KILL);
                writer.awaitProgress();
                leader.start();
                replica.start();
                cluster.awaitHealthy();
                writer.awaitProgress();
                assertThat(leader.postmasterPid()).contains(primary);
                assertThat(replica.postmasterPid()).contains(standby);
                assertThat(cluster.leader()).isEqualTo(leader);
                assertThat(leader.status().path("timeline").asInt()).isEqualTo(timeline);
                writer.assertNothingLost(leader);
            }
        } finally {
            cluster.patch("{\"ttl\":5,\"loop_wait\":1,\"retry_timeout\":2}");
        }
    }

    @Test
    void restartsInPlaceWithoutSynchronousMode() throws IOException, SQLException {
        TestCluster cluster = cluster();
        TestNode leader = cluster.leader();
        cluster.patch("{\"synchronous_mode\":false}");
        try {
            Waiting.until(
                    "no synchronous standby",
                    TestCluster.LONG,
                    () -> leader.query("show synchronous_standby_names").isEmpty());
            try (RowWriter writer = RowWriter.on(cluster)) {
                writer.awaitProgress();
                long before = leader.postmasterPid().orElseThrow();
                leader.killPostmaster();
                writer.awaitProgress();
                cluster.awaitHealthy();
                assertThat(cluster.leader()).isEqualTo(leader);
                assertThat(leader.postmasterPid().orElseThrow()).isNotEqualTo(before);
                writer.assertNothingLost(leader);
            }
        } finally {
            cluster.patch("{\"synchronous_mode\":true}");
        }
        cluster.awaitHealthy();
    }
}
