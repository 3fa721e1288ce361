package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Permanent slots where a member of Patroni and one of Toomai lead in turn: each makes those that
/// the configuration names, each moves its own to where the other says they are, and a consumer
/// goes on with whoever leads.
class MixedSlotsIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    private static final String WANTED =
            """
            {"slots": {
              "cdc": {"type": "logical", "database": "postgres", "plugin": "test_decoding"},
              "keep": {"type": "physical"}}}
            """;

    @TempDir private Path dir;

    @Test
    void eachSideMakesThemMovesThemAndHasThemWhenItLeads() throws IOException, SQLException {
        try (Etcd etcd = Etcd.start(Etcd.Release.V35, dir)) {
            TestCluster cluster =
                    CLUSTERS.own(etcd.storeOf(new Plan(Postgres.V15, 2, "false", 20)));
            for (TestNode node : cluster.nodes()) {
                String line = "max_connections: 50";
                node.rewriteSettings(line, line + "\n          wal_level: logical");
            }
            TestNode patroni = cluster.nodes().get(0).keptBy(Keeper.PATRONI_4);
            TestNode toomai = cluster.nodes().get(1);
            cluster.start();
            cluster.leader().execute("create table numbers(n int primary key)");
            cluster.patch(WANTED);
            Set<Integer> consumed = new TreeSet<>();

            TestNode leader = cluster.leader();
            for (int turn = 0; turn < 3; turn++) {
                SlotsIT.awaitSlotsWhileConsuming(cluster, consumed);
                SlotsIT.insert(leader, turn * 20 + 1, turn * 20 + 10);
                SlotsIT.consume(leader, consumed);
                SlotsIT.awaitFollowed(cluster, leader);
                keepFollows(cluster, leader);
                SlotsIT.insert(leader, turn * 20 + 11, turn * 20 + 20);

                TestNode next = leader == patroni ? toomai : patroni;
                MixedClusterIT.switchOver(next.keeper(), leader, next);
                leader = next;
                cluster.awaitHealthy();
                assertThat(SlotsIT.hasSlot(leader, "keep")).as("keep on %s", leader).isTrue();
                SlotsIT.consume(leader, consumed);
                assertThat(consumed)
                        .as("nothing is lost with %s", leader.keeper())
                        .isEqualTo(SlotsIT.numbers(turn * 20 + 20));
            }
        }
    }

    /// Its client has read all there is; the other side no longer keeps WAL for it either.
    private static void keepFollows(TestCluster cluster, TestNode leader) throws SQLException {
        String end = leader.query("select pg_current_wal_flush_lsn()");
        leader.execute("select pg_replication_slot_advance('keep', '%s')".formatted(end));
        for (TestNode standby : cluster.others(leader)) {
            Waiting.until(
                    "keep on " + standby + " at " + end,
                    TestCluster.LONG,
                    () ->
                            standby.query(
                                            "select restart_lsn >= '%s' from pg_replication_slots"
                                                            .formatted(end)
                                                    + " where slot_name = 'keep'")
                                    .equals("t"));
        }
    }
}
