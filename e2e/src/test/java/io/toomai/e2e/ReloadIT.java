package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.e2e.Processes.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// What changes while a cluster runs: its passwords, by SIGHUP, and tags that nobody understands,
/// in a node's own file and in the key of a member that somebody else keeps.
class ReloadIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    @Test
    void rotatedPasswordsAreUsedByWhateverConnectsNext() throws IOException, SQLException {
        TestCluster cluster = CLUSTERS.own(Plan.of(Postgres.V15)).start();
        TestNode leader = cluster.leader();
        List<TestNode> standbys = cluster.others(leader);
        for (String[] user :
                new String[][] {
                    {"replicator", "rotated-rep"},
                    {"rewinder", "rotated-rew"},
                    {"postgres", "rotated-sup"}
                }) {
            leader.execute("alter role %s password '%s'".formatted(user[0], user[1]));
        }
        for (TestNode node : cluster.nodes()) {
            node.logIn("rotated-sup");
            for (String old : List.of("sup", "rep", "rew")) {
                node.rewriteSettings("password: " + old + "}", "password: rotated-" + old + "}");
            }
            node.signalAgent(Signal.HUP);
        }
        for (TestNode standby : standbys) {
            Waiting.untilAsserted(
                    "the password file of " + standby,
                    TestCluster.LONG,
                    () ->
                            assertThat(Files.readString(standby.folder().resolve("pgpass")))
                                    .contains(":replicator:rotated-rep"));
            assertThat(standby.query("show primary_conninfo"))
                    .contains("passfile=")
                    .doesNotContain("rotated");
        }
        for (TestNode node : cluster.nodes()) {
            Waiting.until(
                    node + " has all passwords",
                    TestCluster.LONG,
                    () -> node.log().contains("configuration read again"));
            assertThat(node.log())
                    .as("passwords need no restart")
                    .doesNotContain("only after a restart of the agent");
        }

        // Whatever was connected by an old password must come again.
        for (TestNode node : cluster.nodes()) {
            node.query(
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                            + " where backend_type in ('client backend', 'walsender')"
                            + " and pid <> pg_backend_pid()");
        }
        leader.execute("create table rotated as select 1 as n");
        for (TestNode standby : standbys) {
            Waiting.until(
                    standby + " streams again",
                    TestCluster.LONG,
                    () -> standby.query("select n from rotated").equals("1"));
        }
        cluster.awaitHealthy();
        assertThat(cluster.leader()).as("nobody failed over").isEqualTo(leader);

        // Who was primary has a password file to make, and what it has too much to rewind.
        leader.killEverything();
        TestNode next = cluster.leaderAfter(leader);
        leader.start();
        cluster.awaitHealthy();
        assertThat(Files.readString(leader.folder().resolve("pgpass")))
                .contains("%d:*:replicator:rotated-rep".formatted(next.postgresPort()));
        for (TestNode node : cluster.nodes()) {
            assertThat(node.log()).doesNotContain("rotated-");
        }
    }

    @Test
    void tagsThatNobodyUnderstandsChangeNothing() throws IOException {
        try (Etcd etcd = Etcd.start(Etcd.Release.V35, dir)) {
            TestCluster cluster =
                    CLUSTERS.own(etcd.storeOf(Plan.of(Postgres.V15).withNodes(2))).start();
            TestNode leader = cluster.leader();
            inTheFileOf(cluster.replica());
            inTheKeyOfAStranger(cluster, etcd);
            assertThat(cluster.switchOverFrom(leader)).isNotEqualTo(leader);
            cluster.awaitHealthy();
        }
    }

    private static void inTheFileOf(TestNode node) {
        String tags = "tags: {rack: a7, clonefrom: true}";
        node.appendSettings(tags + "\n");
        reload(node);
        awaitRack(node, "a7");
        for (String wrong :
                List.of(
                        "nofailover: 'maybe'",
                        "noloadbalance: 2",
                        "failover_priority: x",
                        "sync_priority: 99999999999999999999",
                        "nosync: [true]",
                        "clonefrom: {a: b}",
                        "replicatefrom: [pg1]",
                        "floor: {a: 1}")) {
            String next = "tags: {rack: b8, %s}".formatted(wrong);
            node.rewriteSettings(tags, next);
            tags = next;
            reload(node);
            String key = "tags." + wrong.substring(0, wrong.indexOf(':'));
            Waiting.untilAsserted(
                    "a word on " + key,
                    TestCluster.LONG,
                    () ->
                            assertThat(node.log().lines())
                                    .anyMatch(line ->
                                            line.contains(key)
                                                    && line.contains("is not valid")
                                                    && line.contains("patroni.yml:")));
            awaitRack(node, "a7");
        }
        node.rewriteSettings(tags, "tags: {rack: c9, nofailover: null, nosync: 'off'}");
        reload(node);
        awaitRack(node, "c9");
    }

    private static void reload(TestNode node) {
        node.signalAgent(Signal.HUP);
    }

    private static void awaitRack(TestNode node, String rack) {
        Waiting.until(
                node + " in rack " + rack,
                TestCluster.LONG,
                () -> node.status().path("tags").path("rack").asString("").equals(rack));
    }

    private static void inTheKeyOfAStranger(TestCluster cluster, Etcd etcd) {
        for (String tags :
                List.of(
                        "[1]",
                        "\"x\"",
                        "{\"nofailover\":\"maybe\",\"failover_priority\":[\"x\"],\"nosync\":{\"a\":1},"
                                + "\"sync_priority\":1e400,\"clonefrom\":\"yes\",\"nostream\":7,"
                                + "\"replicatefrom\":\"../leader\",\"noloadbalance\":null,"
                                + "\"floor\":-1e400}")) {
            etcd.put(
                    "/service/e2e/members/stranger",
                    "{\"state\":\"running\",\"role\":\"replica\",\"version\":\"4.0.7\",\"tags\":"
                            + tags
                            + ",\"api_url\":\"http://127.0.0.1:1/patroni\",\"conn_url\":"
                            + "\"postgres://127.0.0.1:1/postgres\"}");
            Waiting.untilAsserted(
                    "the stranger",
                    TestCluster.LONG,
                    () -> {
                        assertThat(cluster.describe()).contains("stranger");
                        assertThat(cluster.isHealthy()).isTrue();
                    });
        }
    }
}
