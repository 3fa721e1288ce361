package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.e2e.Processes.Signal;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What can die, dies; the cluster goes on and loses nothing that it has confirmed. Scenarios that
/// do not depend on the version run on PostgreSQL 15 only.
@ParameterizedClass(name = "PostgreSQL {0}")
@EnumSource(Postgres.class)
record FaultsIT(Postgres postgres) {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    private TestCluster cluster() {
        return CLUSTERS.shared(Plan.of(postgres));
    }

    private void onlyOn15() {
        assumeTrue(postgres == Postgres.V15, "the version does not matter here");
    }

    @Test
    void bootstrapsAndClones() throws IOException, SQLException {
        TestCluster cluster = cluster();
        cluster.leader().execute("create table bootstrapped as select 1 as one");
        String system = cluster.leader().query("select system_identifier from pg_control_system()");
        for (TestNode node : cluster.nodes()) {
            Waiting.until(
                    "the row on " + node,
                    TestCluster.LONG,
                    () -> node.query("select one from bootstrapped").equals("1"));
            assertThat(node.query("select system_identifier from pg_control_system()"))
                    .isEqualTo(system);
            assertThat(node.status().path("state").asString()).isEqualTo("running");
        }
        cluster.leader().execute("drop table bootstrapped");
        assertThat(cluster.leader().query("select count(*) from pg_replication_slots where active"))
                .isEqualTo("2");
        // Not of one replica: the one that made the cluster may be a replica by now.
        boolean byTool = false;
        for (TestNode node : cluster.nodes()) {
            byTool |= node.log().contains("by PgBasebackup");
        }
        assertThat(byTool).as("copied by pg_basebackup").isEqualTo(postgres.hasAllTools());
    }

    @Test
    void losesThePostmaster() throws IOException, SQLException {
        TestCluster cluster = cluster();
        TestNode old = cluster.leader();
        int timeline = old.status().path("timeline").asInt();
        try (RowWriter writer = RowWriter.on(cluster)) {
            writer.awaitProgress();
            old.killPostmaster();
            TestNode next = cluster.leaderAfter(old);
            writer.awaitProgress();
            cluster.awaitHealthy();
            writer.assertNothingLost(next);
            assertThat(next.status().path("timeline").asInt()).isGreaterThan(timeline);
        }
        assertThat(cluster.leader()).as("no leader but the new one").isNotEqualTo(old);
        if (!postgres.hasAllTools()) {
            assertThat(old.log()).contains("pg_rewind is not installed");
        }
    }

    @Test
    void losesAWholeNode() throws SQLException {
        assumeTrue(postgres.hasAllTools(), "shown by losesThePostmaster");
        TestCluster cluster = cluster();
        TestNode old = cluster.leader();
        try (RowWriter writer = RowWriter.on(cluster)) {
            writer.awaitProgress();
            old.killEverything();
            TestNode next = cluster.leaderAfter(old);
            writer.awaitProgress();
            old.start();
            cluster.awaitHealthy();
            writer.assertNothingLost(next);
        }
    }

    @Test
    void survivesAFrozenNode() throws SQLException {
        onlyOn15();
        TestCluster cluster = cluster();
        TestNode old = cluster.leader();
        try (RowWriter onOld = RowWriter.on(old, java.util.List.of(old), 60);
                RowWriter onOthers = RowWriter.on(old, cluster.others(old), 3)) {
            onOld.awaitProgress();
            old.freeze();
            TestNode next = cluster.leaderAmong(cluster.others(old));
            onOthers.awaitProgress();
            old.thaw();
            cluster.awaitHealthy();
            onOthers.awaitProgress();
            assertThat(cluster.leader()).isEqualTo(next);
            // What the frozen primary confirmed, before or after it woke, is in the one history.
            onOld.assertNothingLost(next);
            onOthers.assertNothingLost(next);
        }
    }

    @Test
    void rejoinsByCloneWhenRewindIsImpossible() throws IOException, SQLException {
        onlyOn15();
        TestCluster cluster = cluster();
        TestNode old = cluster.leader();
        try (RowWriter writer = RowWriter.on(cluster)) {
            writer.awaitProgress();
            old.killEverything();
            TestNode next = cluster.leaderAfter(old);
            writer.awaitProgress();
            removeWal(old);
            old.start();
            cluster.awaitHealthy();
            writer.assertNothingLost(next);
        }
        assertThat(old.log()).contains("clone: copying from");
    }

    private static void removeWal(TestNode node) throws IOException {
        try (DirectoryStream<Path> segments =
                Files.newDirectoryStream(node.data().resolve("pg_wal"), "0*")) {
            for (Path segment : segments) {
                Files.delete(segment);
            }
        }
    }

    @Test
    void handsOverWhenTheAgentIsStopped() throws IOException, SQLException {
        onlyOn15();
        TestCluster cluster = cluster();
        TestNode old = cluster.leader();
        try (RowWriter writer = RowWriter.on(cluster)) {
            writer.awaitProgress();
            old.signalAgent(Signal.TERM);
            assertThat(old.awaitEnd(Duration.ofMinutes(1))).isZero();
            assertThat(old.postmasterPid()).as("PostgreSQL is stopped").isEmpty();
            TestNode next = cluster.leaderAfter(old);
            writer.awaitProgress();
            old.start();
            cluster.awaitHealthy();
            writer.assertNothingLost(next);
            assertThat(old.log()).as("a clean stop needs no rewind").doesNotContain("rewind: done");
        }
    }

    @Test
    void reinitializesAReplica() throws IOException, SQLException {
        onlyOn15();
        TestCluster cluster = cluster();
        TestNode replica = cluster.replica();
        Path witness = replica.data().resolve("this-copy");
        Files.writeString(witness, "old");
        Optional<Long> before = replica.postmasterPid();
        Rest.Answer answer = replica.rest().change("POST", "/reinitialize", "{}");
        assertThat(answer.code()).as(answer.body()).isEqualTo(200);
        // Member keys still show the old copy for a moment: wait for the server of the new one.
        Waiting.until(
                "a server on a new copy",
                TestCluster.LONG,
                () ->
                        !Files.exists(witness)
                                && replica.postmasterPid().isPresent()
                                && !replica.postmasterPid().equals(before));
        cluster.awaitHealthy();
        assertThat(cluster.leader().rest().change("POST", "/reinitialize", "{}").code())
                .isEqualTo(503);
    }
}
