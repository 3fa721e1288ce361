package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// Members of real Patroni and of Toomai in one cluster, with one settings file for all of them.
/// Where a Patroni led nobody takes over before the lease ends, so these tests wait for its 20 s,
/// the least that Patroni knows.
class MixedClusterIT {
    private static final int TTL = 20;

    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    /// What an operator types on that node.
    private static String operator(Keeper tool, TestNode on, String... words) {
        var command = new ArrayList<>(tool.operator(on.settings()));
        command.addAll(List.of(words));
        Processes.Ended ended = Processes.run(command.toArray(String[]::new));
        assertThat(ended.status()).as("%s: %s", command, ended.output()).isZero();
        return ended.output();
    }

    static void switchOver(Keeper tool, TestNode from, TestNode to) {
        String option = tool == Keeper.PATRONI_3 ? "--master" : "--leader";
        String said =
                operator(
                        tool,
                        to,
                        "switchover",
                        "e2e",
                        option,
                        from.name(),
                        "--candidate",
                        to.name(),
                        "--force");
        assertThat(said).contains("Successfully switched over to \"" + to.name() + "\"");
    }

    /// All standbys confirm each commit, so each of them may lead next.
    private static TestCluster allSynchronous(TestCluster cluster) {
        Waiting.until(
                "the configuration is taken",
                TestCluster.LONG,
                () -> {
                    cluster.patch("{\"synchronous_node_count\":2}");
                    return synchronousStandbys(cluster) == 2;
                });
        return cluster;
    }

    private static int synchronousStandbys(TestCluster cluster) throws IOException {
        int count = 0;
        for (JsonNode member : cluster.members()) {
            count += member.path("role").asString("").equals("sync_standby") ? 1 : 0;
        }
        return count;
    }

    private TestCluster onEtcd(Etcd etcd) {
        TestCluster cluster = CLUSTERS.own(etcd.storeOf(new Plan(Postgres.V15, 3, "true", TTL)));
        cluster.nodes().get(0).keptBy(Keeper.PATRONI_3);
        cluster.nodes().get(1).keptBy(Keeper.PATRONI_4);
        return allSynchronous(cluster.start());
    }

    @Test
    void eachLeadsInTurnAndTheToolsOfEachSideManageBoth() throws IOException, SQLException {
        try (Etcd etcd = Etcd.start(Etcd.Release.V35, dir)) {
            TestCluster cluster = onEtcd(etcd);
            TestNode first = cluster.leader();
            List<TestNode> others = cluster.others(first);
            try (RowWriter writer = RowWriter.on(cluster)) {
                Iterator<TestNode> turns = List.of(others.get(0), others.get(1), first).iterator();
                TestNode leader = first;
                for (Keeper tool : Keeper.values()) {
                    TestNode next = turns.next();
                    switchOver(tool, leader, next);
                    leader = next;
                    writer.awaitProgress();
                    cluster.awaitHealthy();
                    awaitSlotsAndSynchronousStandbys(cluster, leader);
                }
                theToolsManageBoth(cluster);
                writer.assertNothingLost(first);
            }
        }
    }

    private static void awaitSlotsAndSynchronousStandbys(TestCluster cluster, TestNode leader) {
        Waiting.untilAsserted(
                "the standbys of " + leader,
                TestCluster.LONG,
                () -> {
                    assertThat(
                                    leader.query(
                                            "select count(*) from pg_replication_slots where active"))
                            .isEqualTo("2");
                    assertThat(synchronousStandbys(cluster)).isEqualTo(2);
                    assertThat(leader.status().has("pending_restart")).isFalse();
                });
    }

    private static void theToolsManageBoth(TestCluster cluster) throws IOException, SQLException {
        TestNode one = cluster.nodes().getFirst();
        Iterator<String> memories = List.of("5MB", "6MB", "7MB").iterator();
        for (Keeper tool : Keeper.values()) {
            assertThat(operator(tool, one, "list", "e2e"))
                    .contains("e2e")
                    .contains(cluster.nodes().stream().map(TestNode::name).toList());
            operator(tool, one, "pause", "--wait", "e2e");
            for (TestNode node : cluster.nodes()) {
                assertThat(node.status().path("pause").asBoolean(false)).as("%s", node).isTrue();
            }
            operator(tool, one, "resume", "--wait", "e2e");
            String memory = memories.next();
            operator(tool, one, "edit-config", "e2e", "-p", "work_mem=" + memory, "--force");
            for (TestNode node : cluster.nodes()) {
                Waiting.until(
                        memory + " on " + node,
                        TestCluster.LONG,
                        () -> node.query("show work_mem").equals(memory));
            }
            // The only member of the tool's own side, or of the other, may be the leader.
            TestNode replica =
                    cluster.nodes().stream()
                            .filter(MixedClusterIT::isReplica)
                            .max(Comparator.comparing(n -> isKeptByOther(n, tool)))
                            .orElseThrow();
            String before = replica.query("select pg_postmaster_start_time()");
            operator(tool, one, "restart", "e2e", replica.name(), "--force");
            assertThat(replica.query("select pg_postmaster_start_time()")).isNotEqualTo(before);
            cluster.awaitHealthy();
        }
        TestNode replica = cluster.replica();
        Keeper tool = replica.keeper() == Keeper.TOOMAI ? Keeper.PATRONI_4 : Keeper.TOOMAI;
        operator(tool, one, "reinit", "e2e", replica.name(), "--force", "--wait");
        cluster.awaitHealthy();
    }

    private static boolean isKeptByOther(TestNode node, Keeper tool) {
        return (node.keeper() == Keeper.TOOMAI) != (tool == Keeper.TOOMAI);
    }

    private static boolean isReplica(TestNode node) {
        try {
            return node.rest().get("/replica").code() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void eachSideTakesOverFromADeadLeaderOfTheOther() throws IOException, SQLException {
        try (Etcd etcd = Etcd.start(Etcd.Release.V35, dir)) {
            TestCluster cluster = onEtcd(etcd);
            TestNode toomai = cluster.nodes().get(2);
            try (RowWriter writer = RowWriter.on(cluster)) {
                lead(cluster, cluster.nodes().get(1));
                // Its standbys are a Toomai and a Patroni; the third is away, so it is known who
                // takes over.
                cluster.nodes().get(0).stop();
                dies(cluster, cluster.nodes().get(1), toomai, writer);
                assertThat(toomai.log()).doesNotContain("before its lease ends");
                cluster.nodes().get(1).start();
                Waiting.until(
                        "a synchronous standby",
                        TestCluster.LONG,
                        () -> synchronousStandbys(cluster) == 1);
                dies(cluster, toomai, cluster.nodes().get(1), writer);
                toomai.start();
                cluster.nodes().get(0).start();
                cluster.awaitHealthy();
                writer.assertNothingLost(cluster.leader());
                assertThat(toomai.log()).contains("rewind");
            }
        }
    }

    private static void lead(TestCluster cluster, TestNode next) {
        TestNode leader = cluster.leader();
        if (leader != next) {
            switchOver(Keeper.TOOMAI, leader, next);
        }
        cluster.awaitHealthy();
        awaitSlotsAndSynchronousStandbys(cluster, next);
    }

    private static void dies(
            TestCluster cluster, TestNode leader, TestNode successor, RowWriter writer) {
        writer.awaitProgress();
        leader.killEverything();
        assertThat(cluster.leaderAmong(cluster.others(leader))).isEqualTo(successor);
        writer.awaitProgress();
    }

    /// For Patroni the embedded store is a ZooKeeper. The newer one shows it a password, which the
    /// older has no setting for.
    @ParameterizedTest
    @EnumSource(
            value = Keeper.class,
            names = {"PATRONI_3", "PATRONI_4"})
    void aPatroniOnTheEmbeddedStoreLeadsDiesAndComesBack(Keeper tool)
            throws IOException, SQLException {
        Plan plan = new Plan(Postgres.V15, 3, "false", TTL);
        TestCluster cluster =
                CLUSTERS.own(tool == Keeper.PATRONI_4 ? plan.openForOthers("correct-horse") : plan);
        TestNode patroni = cluster.patroniGuest("pg4", tool);
        cluster.start();
        patroni.start();
        // It may ask for its slot before there is one, and not again for five seconds.
        Waiting.until(
                "the guest streams",
                Duration.ofMinutes(2),
                () ->
                        isReplica(patroni)
                                && cluster.leader()
                                        .query(
                                                "select state from pg_stat_replication"
                                                        + " where application_name = 'pg4'")
                                        .equals("streaming"));
        switchOver(tool, cluster.leader(), patroni);
        List<TestNode> all = new ArrayList<>(cluster.nodes());
        all.add(patroni);
        assertThat(cluster.leaderAmong(all)).isEqualTo(patroni);
        awaitWritable(patroni);
        patroni.execute("create table remembered(n int)");
        cluster.nodes()
                .forEach(node ->
                        Waiting.until(
                                node + " has the table",
                                TestCluster.LONG,
                                () -> node.query("select count(*) from remembered").equals("0")));
        patroni.killEverything();
        TestNode next = cluster.leader();
        awaitWritable(next);
        next.execute("insert into remembered values (1)");
        cluster.awaitHealthy();
        patroni.start();
        Waiting.until(
                "the guest follows again",
                Duration.ofMinutes(2),
                () -> isReplica(patroni) && patroni.query("select n from remembered").equals("1"));
    }

    /// A leader of Patroni answers as primary from when it has the key, before it is promoted.
    private static void awaitWritable(TestNode leader) {
        Waiting.until(
                leader + " takes writes",
                TestCluster.LONG,
                () -> leader.query("select pg_is_in_recovery()").equals("f"));
    }
}
