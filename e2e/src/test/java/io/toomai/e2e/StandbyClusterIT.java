package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/// Two clusters with a store each; the second follows the first, takes its place, and gives it
/// back.
class StandbyClusterIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    private static final Plan SITE = new Plan(Postgres.V15, 2, "false", 5);

    /// `standby_cluster` of one that follows whichever of these nodes is primary.
    private static String following(List<TestNode> nodes) {
        return "{\"host\": \"%s\", \"port\": \"%s\"}"
                .formatted(
                        nodes.stream().map(_ -> "127.0.0.1").collect(Collectors.joining(",")),
                        nodes.stream()
                                .map(n -> Integer.toString(n.postgresPort()))
                                .collect(Collectors.joining(",")));
    }

    private static TestCluster standbyOf(String section) {
        TestCluster cluster =
                CLUSTERS.own(SITE.withNodes(3).configured("standby_cluster: " + section + "\n"));
        cluster.nodes().forEach(TestNode::start);
        return cluster;
    }

    private static TestNode awaitStandbyLeader(TestCluster cluster) {
        Waiting.until(
                "a standby leader",
                TestCluster.LONG,
                () -> cluster.nodes().stream().anyMatch(StandbyClusterIT::leadsStandby));
        return cluster.nodes().stream()
                .filter(StandbyClusterIT::leadsStandby)
                .findFirst()
                .orElseThrow();
    }

    private static boolean leadsStandby(TestNode node) {
        try {
            return node.agentRuns()
                    && node.rest().get("/standby-leader").code() == 200
                    && node.status().path("role").asString().equals("standby_leader");
        } catch (IOException e) {
            return false;
        }
    }

    /// All members have the row, each by streaming.
    private static void awaitRow(TestCluster cluster, String row) {
        for (TestNode node : cluster.nodes()) {
            Waiting.until(
                    row + " on " + node,
                    TestCluster.LONG,
                    () -> node.query("select count(*) from t where r = '" + row + "'").equals("1"));
        }
    }

    /// As soon as the primary takes it: who leads answers as primary while it is promoted.
    private static void insert(TestCluster cluster, String row) {
        Waiting.until(
                row + " is written",
                TestCluster.LONG,
                () ->
                        cluster.leader()
                                .query("insert into t values ('%s') returning r".formatted(row))
                                .equals(row));
    }

    private static String walSource(TestNode node) throws SQLException {
        return node.query("select sender_port from pg_stat_wal_receiver");
    }

    private static void patch(TestNode node, String json) throws IOException {
        Rest.Answer answer = node.rest().change("PATCH", "/config", json);
        assertThat(answer.code()).as("%s", answer).isEqualTo(200);
    }

    @Test
    void followsTakesOverAndGivesBack() throws IOException, SQLException {
        TestCluster east = CLUSTERS.own(SITE);
        east.start();
        east.leader().execute("create table t (r text)");
        insert(east, "before");
        TestCluster west = standbyOf(following(east.nodes()));
        awaitRow(west, "before");

        // The leader streams from the other cluster, its replica from it; nobody takes writes.
        TestNode leader = awaitStandbyLeader(west);
        TestNode replica = west.others(leader).getFirst();
        assertThat(walSource(leader)).isEqualTo(east.leader().postgresPort() + "");
        assertThat(walSource(replica)).isEqualTo(leader.postgresPort() + "");
        assertThat(leader.rest().get("/primary").code()).isEqualTo(503);
        assertThat(leader.rest().get("/leader").code()).isEqualTo(200);
        assertThat(replica.rest().get("/replica").code()).isEqualTo(200);
        for (JsonNode member : west.rest().get("/cluster").json().get("members")) {
            assertThat(member.path("role").asString()).isIn("standby_leader", "replica");
        }

        // The first cluster changes its leader, the second follows; it changes its own, and goes
        // on.
        east.switchOverFrom(east.leader());
        insert(east, "after their switchover");
        awaitRow(west, "after their switchover");
        Rest.Answer moved =
                leader.rest()
                        .change(
                                "POST",
                                "/switchover",
                                "{\"leader\":\"%s\",\"candidate\":\"%s\"}"
                                        .formatted(leader.name(), replica.name()));
        assertThat(moved.code()).as("%s", moved).isEqualTo(200);
        assertThat(awaitStandbyLeader(west)).isEqualTo(replica);
        insert(east, "after our switchover");
        awaitRow(west, "after our switchover");
        replica.killEverything();
        awaitStandbyLeader(west);
        replica.start();
        insert(east, "after a loss");
        awaitRow(west, "after a loss");

        // The first site is lost with rows that the second never got.
        east.nodes().forEach(TestNode::freeze);
        TestNode promoted = awaitStandbyLeader(west);
        patch(promoted, "{\"standby_cluster\": null}");
        assertThat(west.leader()).isEqualTo(promoted);
        insert(west, "in the west");
        west.awaitHealthy();

        // It comes back as a primary that nobody follows, and is told to follow.
        east.nodes().forEach(TestNode::thaw);
        insert(east, "nobody has got this");
        patch(east.leader(), "{\"standby_cluster\": " + following(west.nodes()) + "}");
        awaitRow(east, "in the west");
        TestNode rewound = awaitStandbyLeader(east);
        assertThat(rewound.log()).contains("running pg_rewind from 127.0.0.1");
        for (TestNode node : east.nodes()) {
            assertThat(node.query("select count(*) from t where r = 'nobody has got this'"))
                    .isEqualTo("0");
        }

        // Back again, planned: nothing is lost, nothing is rewound.
        insert(west, "the last in the west");
        int timeline = west.leader().status().path("timeline").asInt();
        patch(west.leader(), "{\"standby_cluster\": " + following(east.nodes()) + "}");
        awaitRow(east, "the last in the west");
        awaitStandbyLeader(west);
        patch(awaitStandbyLeader(east), "{\"standby_cluster\": null}");
        insert(east, "at home");
        awaitRow(west, "at home");
        awaitRow(west, "the last in the west");
        assertThat(east.leader().status().path("timeline").asInt()).isEqualTo(timeline + 1);
    }
}
