package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A coordinator and a group of workers, two nodes each, in one etcd, and an extension that takes
/// notes. What Citus makes of the calls is not shown here.
class CitusIT {
    private static final String DATABASE = "shop";
    private static final int WORKERS = 1;

    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    private static TestCluster group(int number, Etcd etcd, Path programs) {
        TestCluster cluster = CLUSTERS.own(etcd.storeOf(new Plan(Postgres.V18, 2, "quorum", 8)));
        for (TestNode node : cluster.nodes()) {
            node.rewriteSettings("bin_dir: " + Postgres.V18.bin(), "bin_dir: " + programs);
            node.appendSettings(
                    "citus:\n  group: %d\n  database: %s\n".formatted(number, DATABASE));
        }
        return cluster.start();
    }

    private static List<String> ask(TestNode node, String sql) throws SQLException {
        String url =
                "jdbc:postgresql://127.0.0.1:%d/%s?user=postgres&password=sup&connectTimeout=3"
                        .formatted(node.postgresPort(), DATABASE);
        try (Connection connection = DriverManager.getConnection(url + "&socketTimeout=20");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        }
    }

    private static List<String> calls(TestCluster coordinator) throws SQLException {
        return ask(coordinator.leader(), "SELECT call FROM citus.calls ORDER BY id");
    }

    private static String primaryRow(TestCluster coordinator, int group) throws SQLException {
        return ask(
                        coordinator.leader(),
                        "SELECT nodeid FROM pg_dist_node WHERE noderole = 'primary' AND groupid = "
                                + group)
                .getFirst();
    }

    /// The coordinator has these of that group, and no others.
    private static void awaitRegistered(
            TestCluster coordinator, int group, TestNode primary, List<TestNode> secondaries) {
        List<String> wanted =
                new ArrayList<>(List.of("primary 127.0.0.1:" + primary.postgresPort()));
        secondaries.forEach(node -> wanted.add("secondary 127.0.0.1:" + node.postgresPort()));
        Waiting.untilAsserted(
                "nodes of group " + group,
                TestCluster.LONG,
                () ->
                        assertThat(
                                        ask(
                                                coordinator.leader(),
                                                "SELECT noderole || ' ' || nodename || ':' || nodeport"
                                                        + " FROM pg_dist_node WHERE groupid = "
                                                        + group))
                                .containsExactlyInAnyOrderElementsOf(wanted));
    }

    private static void awaitRegistered(TestCluster coordinator, int group, TestCluster members) {
        TestNode leader = members.leader();
        awaitRegistered(coordinator, group, leader, members.others(leader));
    }

    private static int port(TestNode node) {
        return node.postgresPort();
    }

    @Test
    void theCoordinatorKnowsWhereTheWorkersAre() throws IOException, SQLException {
        Path programs = FakeCitus.install();
        try (Etcd etcd = Etcd.start(Etcd.Release.V35, dir)) {
            TestCluster coordinator = group(0, etcd, programs);
            TestCluster workers = group(WORKERS, etcd, programs);
            awaitRegistered(coordinator, 0, coordinator);
            awaitRegistered(coordinator, WORKERS, workers);
            postgresIsReadyForCitus(workers);

            aSwitchoverHoldsTraffic(coordinator, workers);
            aRestartHoldsTraffic(coordinator, workers);
            aLostWorkerIsReplaced(coordinator, workers);
            aLostCoordinatorIsReplaced(coordinator, workers);
            aSwitchoverHoldsTraffic(coordinator, workers);
        }
    }

    private static void postgresIsReadyForCitus(TestCluster workers) throws SQLException {
        TestNode leader = workers.leader();
        assertThat(leader.query("SHOW shared_preload_libraries")).isEqualTo("citus");
        assertThat(leader.query("SHOW wal_level")).isEqualTo("logical");
        assertThat(leader.query("SHOW max_prepared_transactions")).isEqualTo("100");
        assertThat(leader.query("SHOW citus.local_hostname")).isEqualTo("127.0.0.1");
        assertThat(ask(leader, "SELECT rolename || ' ' || authinfo FROM pg_dist_authinfo"))
                .containsExactly("postgres password=sup");
        assertThat(leader.log()).doesNotContain("password=sup");
    }

    private static void aSwitchoverHoldsTraffic(TestCluster coordinator, TestCluster workers)
            throws IOException, SQLException {
        TestNode before = workers.leader();
        String row = primaryRow(coordinator, WORKERS);
        int known = calls(coordinator).size();
        TestNode after = workers.switchOverFrom(before);
        awaitRegistered(coordinator, WORKERS, after, List.of(before));
        assertThat(calls(coordinator).stream().skip(known))
                .startsWith(
                        "update primary to " + port(before) + "-demoted",
                        "update secondary to " + port(before),
                        "update primary to " + port(after));
        assertThat(primaryRow(coordinator, WORKERS)).isEqualTo(row);
        workers.awaitHealthy();
        awaitRegistered(coordinator, WORKERS, workers);
    }

    private static void aRestartHoldsTraffic(TestCluster coordinator, TestCluster workers)
            throws IOException, SQLException {
        TestNode leader = workers.leader();
        int known = calls(coordinator).size();
        Rest.Answer answer = leader.rest().change("POST", "/restart", "{}");
        assertThat(answer.code()).as("%s", answer).isEqualTo(200);
        Waiting.untilAsserted(
                "traffic flows",
                TestCluster.LONG,
                () ->
                        assertThat(calls(coordinator).stream().skip(known))
                                .startsWith(
                                        "update primary to " + port(leader) + "-demoted",
                                        "update primary to " + port(leader)));
        workers.awaitHealthy();
        awaitRegistered(coordinator, WORKERS, workers);
    }

    private static void aLostWorkerIsReplaced(TestCluster coordinator, TestCluster workers)
            throws SQLException {
        TestNode lost = workers.leader();
        String row = primaryRow(coordinator, WORKERS);
        lost.killEverything();
        TestNode successor = workers.leaderAfter(lost);
        awaitRegistered(coordinator, WORKERS, successor, List.of());
        assertThat(primaryRow(coordinator, WORKERS)).isEqualTo(row);
        lost.start();
        workers.awaitHealthy();
        awaitRegistered(coordinator, WORKERS, workers);
    }

    private static void aLostCoordinatorIsReplaced(TestCluster coordinator, TestCluster workers)
            throws SQLException {
        TestNode lost = coordinator.leader();
        String row = primaryRow(coordinator, 0);
        lost.killEverything();
        TestNode successor = coordinator.leaderAfter(lost);
        awaitRegistered(coordinator, 0, successor, List.of());
        assertThat(primaryRow(coordinator, 0)).isEqualTo(row);
        awaitRegistered(coordinator, WORKERS, workers);
        lost.start();
        coordinator.awaitHealthy();
        awaitRegistered(coordinator, 0, coordinator);
    }
}
