package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Replicas and new clusters from a repository of real pgBackRest.
class BackRestIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    private static TestCluster cluster() {
        return CLUSTERS.own(new Plan(Postgres.V15, 1, "false", 5));
    }

    /// The leader of a cluster of one that archives.
    private static TestNode archiving(TestCluster cluster, BackRest backups) {
        TestNode leader = cluster.nodes().getFirst();
        backups.archiveFrom(leader);
        leader.start();
        cluster.leader();
        backups.run(leader, "stanza-create");
        return leader;
    }

    @ParameterizedTest
    @EnumSource(BackRest.Release.class)
    void aReplicaIsCopiedWithoutABackupAndRestoredWithOne(BackRest.Release release)
            throws IOException, SQLException {
        BackRest backups = BackRest.onDisk(release, dir);
        replicaWithAndWithoutBackup(backups);
    }

    @Test
    void aReplicaIsRestoredFromAnObjectStore() throws IOException, SQLException {
        try (S3 s3 = S3.start(dir)) {
            replicaWithAndWithoutBackup(BackRest.onS3(BackRest.Release.V255, dir, s3));
        }
    }

    private static void replicaWithAndWithoutBackup(BackRest backups)
            throws IOException, SQLException {
        TestCluster cluster = cluster();
        TestNode leader = archiving(cluster, backups);
        TestNode replica = cluster.guest("pg2");
        backups.configure(replica);
        backups.makeReplicas(replica);
        replica.start();
        replica.awaitReplica();
        assertThat(replica.log())
                .contains("replica: pgbackrest failed")
                .contains("replica: made by basebackup");

        leader.execute("create table before_backup as select 1 as one");
        backups.run(leader, "backup");
        leader.execute("create table after_backup as select 1 as one");
        Path witness = replica.data().resolve("this-copy");
        Files.writeString(witness, "old");
        assertThat(replica.rest().change("POST", "/reinitialize", "{}").code()).isEqualTo(200);
        Waiting.until(
                "a replica from the repository",
                TestCluster.LONG,
                () ->
                        replica.log().contains("replica: made by pgbackrest")
                                && replica.query("select count(*) from after_backup").equals("1"));
        replica.awaitReplica();
        assertThat(witness).as("not of the backup").doesNotExist();
        assertThat(asides(replica)).as("the old data was built upon").isEmpty();
        assertThat(replica.query("select system_identifier from pg_control_system()"))
                .isEqualTo(leader.query("select system_identifier from pg_control_system()"));
    }

    private static List<String> asides(TestNode node) throws IOException {
        try (var files = Files.list(node.folder())) {
            return files.map(f -> f.getFileName().toString())
                    .filter(name -> name.startsWith("data."))
                    .toList();
        }
    }

    /// Who says how recovery goes: Toomai's `recovery_conf`, or pgBackRest itself.
    @ParameterizedTest
    @EnumSource(BackRest.Release.class)
    void aNewClusterIsRestoredToAPointInTime(BackRest.Release release)
            throws IOException, SQLException {
        BackRest backups = BackRest.onDisk(release, dir);
        TestNode old = archiving(cluster(), backups);
        String system = old.query("select system_identifier from pg_control_system()");
        old.execute("create table kept(i int)");
        old.execute("insert into kept values (1)");
        backups.run(old, "backup");
        // pgBackRest takes a backup that ended in a second before the target's.
        String ended = old.query("select clock_timestamp()");
        Waiting.until(
                "a later second",
                Duration.ofSeconds(20),
                () ->
                        old.query(
                                        "select clock_timestamp() > '%s'::timestamptz + '2 s'::interval"
                                                .formatted(ended))
                                .equals("t"));
        old.execute("insert into kept values (2)");
        String target = old.query("select clock_timestamp()");
        old.execute("insert into kept values (3)");
        backups.archiveAll(old);
        old.stop();

        TestCluster restored = cluster();
        TestNode node = restored.nodes().getFirst();
        backups.restoreAtBootstrap(
                node,
                release == BackRest.Release.V245
                        ? toTimeByRecoveryConf(backups, node, target)
                        : toTimeByItself(backups, node, target));
        node.start();
        TestNode leader = restored.leader();
        assertThat(leader.query("select string_agg(i::text, ',' order by i) from kept"))
                .isEqualTo("1,2");
        assertThat(leader.query("select system_identifier from pg_control_system()"))
                .isEqualTo(system);
        assertThat(leader.status().path("timeline").asInt()).isEqualTo(2);
        assertThat(leader.query("select current_setting('restore_command')")).isEmpty();
        leader.execute("insert into kept values (4)");
    }

    private static String toTimeByRecoveryConf(BackRest backups, TestNode node, String target) {
        return """
        command: %s
        no_params: true
        recovery_conf:
          recovery_target_time: '%s'
          recovery_target_action: promote
          recovery_target_timeline: current
          restore_command: %s
        """
                .formatted(
                        backups.command(node, "--type=none restore"),
                        target,
                        backups.command(node, "archive-get %f \"%p\""));
    }

    private static String toTimeByItself(BackRest backups, TestNode node, String target) {
        return """
        command: %s
        no_params: true
        keep_existing_recovery_conf: true
        """
                .formatted(
                        backups.command(
                                node,
                                "--type=time --target=\"%s\" --target-action=promote restore"
                                        .formatted(target)));
    }

    /// A site that no connection leads to: backup and WAL come from the repository.
    @Test
    void aStandbyClusterIsMadeOfTheRepositoryAloneAndPromoted() throws IOException, SQLException {
        BackRest backups = BackRest.onDisk(BackRest.Release.V245, dir);
        TestNode east = archiving(cluster(), backups);
        east.execute("create table kept(i int)");
        east.execute("insert into kept values (1)");
        backups.run(east, "backup");
        east.execute("insert into kept values (2)");
        backups.archiveAll(east);

        TestCluster cluster =
                CLUSTERS.own(
                        new Plan(Postgres.V15, 1, "false", 5)
                                .configured(
                                        """
                                        standby_cluster:
                                          create_replica_methods: [pgbackrest]
                                          restore_command: RESTORE
                                        """));
        TestNode west = cluster.nodes().getFirst();
        backups.configure(west);
        west.rewriteSettings("RESTORE", backups.command(west, "archive-get %f \"%p\""));
        west.extendPostgresql(backups.replicaMethod(west).replace("keep_data", "no_leader"));
        west.start();
        awaitKept(west, "1,2");
        east.execute("insert into kept values (3)");
        backups.archiveAll(east);
        awaitKept(west, "1,2,3");
        assertThat(west.status().path("role").asString()).isEqualTo("standby_leader");
        assertThat(west.rest().get("/standby-leader").code()).isEqualTo(200);

        east.execute("insert into kept values (4)");
        east.stop(); // a clean end archives everything that was committed
        awaitKept(west, "1,2,3,4");
        Rest.Answer promoted = west.rest().change("PATCH", "/config", "{\"standby_cluster\":null}");
        assertThat(promoted.code()).as("%s", promoted).isEqualTo(200);
        Waiting.until(
                "writes",
                TestCluster.LONG,
                () -> !west.query("insert into kept values (5) returning i").isEmpty());
        awaitKept(west, "1,2,3,4,5");
        assertThat(west.status().path("timeline").asInt()).isEqualTo(2);
    }

    private static void awaitKept(TestNode node, String rows) {
        Waiting.untilAsserted(
                rows + " on " + node,
                TestCluster.LONG,
                () ->
                        assertThat(
                                        node.query(
                                                "select string_agg(i::text, ',' order by i) from kept"))
                                .isEqualTo(rows));
    }

    @Test
    void aBootstrapThatFailsLeavesWhatItMadeAndNoClaim() throws IOException {
        BackRest backups = BackRest.onDisk(BackRest.Release.V245, dir);
        TestCluster cluster = cluster();
        TestNode node = cluster.nodes().getFirst();
        backups.restoreAtBootstrap(
                node, "command: " + backups.command(node, "restore") + "\nno_params: true\n");
        node.start();
        assertThat(node.awaitEnd(TestCluster.LONG)).isNotZero();
        assertThat(node.log())
                .contains("the command of bootstrap.pgbackrest failed")
                .contains("the initialize key is deleted");
        assertThat(asides(node)).contains("data.failed-1");
    }
}
