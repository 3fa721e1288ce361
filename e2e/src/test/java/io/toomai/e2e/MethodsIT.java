package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Ways to make a replica that are scripts of the operator's, in the forms that the manuals of
/// Patroni, WAL-G and Spilo show.
class MethodsIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    private static final Postgres POSTGRES = Postgres.V15;

    /// A cluster of one, whose leader runs.
    private static TestCluster cluster() {
        TestCluster cluster = CLUSTERS.own(new Plan(POSTGRES, 1, "false", 5));
        cluster.nodes().getFirst().start();
        cluster.leader();
        return cluster;
    }

    private static Path script(TestNode node, String name, String text) throws IOException {
        Path file = Files.writeString(node.folder().resolve(name), "#!/bin/sh\n" + text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    /// Takes what Patroni passes, calls WAL-G as its manual says.
    private static void wrapWalG(TestNode node) throws IOException {
        // What stands in for WAL-G checks how it is called and copies from the server.
        script(
                node,
                "wal-g",
                """
                [ $# = 3 ] && [ "$1" = backup-fetch ] && [ "$3" = LATEST ] || exit 64
                [ "$WALG_FILE_PREFIX" = "/a prefix" ] || exit 65
                case $CONNSTRING in *password*) exit 66 ;; esac
                exec %s/pg_basebackup -D "$2" -X stream -d "$CONNSTRING"
                """
                        .formatted(POSTGRES.bin()));
        script(
                node,
                "wal_g_replica",
                """
                printf '%%s\\n' "$@" >'%s/words'
                for word; do
                    case $word in
                        --datadir=*) datadir=${word#*=} ;;
                        --connstring=*) CONNSTRING=${word#*=} ;;
                    esac
                done
                export CONNSTRING
                echo fetching the latest backup
                "${0%%/*}/wal-g" backup-fetch "$datadir" LATEST
                """
                        .formatted(node.folder()));
        // As envdir does: a file for each variable, then the program.
        script(
                node,
                "envdir",
                """
                for file in "$1"/*; do export "${file##*/}=$(cat "$file")"; done
                shift
                exec "$@"
                """);
        Path variables = Files.createDirectory(node.folder().resolve("env dir"));
        Files.writeString(variables.resolve("WALG_FILE_PREFIX"), "/a prefix");
    }

    @Test
    void aReplicaIsFetchedByWalGAfterAWayThatFails() throws Exception {
        TestCluster cluster = cluster();
        TestNode replica = cluster.guest("pg2");
        wrapWalG(replica);
        script(replica, "broken", "mkdir -p \"$1\"; echo no such backup; exit 3\n");
        replica.extendPostgresql(
                """
                create_replica_methods: [broken, wal_g, basebackup]
                broken:
                  command: %1$s/broken %1$s/data/half
                  no_params: true
                  cipher-pass: hush
                wal_g:
                  command: '%1$s/envdir "%1$s/env dir" %1$s/wal_g_replica'
                  no_leader: 1
                  threshold_megabytes: 1024
                """
                        .formatted(replica.folder()));
        replica.start();
        replica.awaitReplica();
        assertThat(replica.log())
                .contains("broken failed: the command of postgresql.broken failed: exit status 3")
                .contains("postgresql.broken: no such backup")
                .contains("postgresql.wal_g: fetching the latest backup")
                .contains("replica: made by wal_g")
                .doesNotContain("hush");
        assertThat(Files.readAllLines(replica.folder().resolve("words")))
                .hasSize(6)
                .startsWith(
                        "--no_leader=1",
                        "--threshold_megabytes=1024",
                        "--scope=e2e",
                        "--role=replica",
                        "--datadir=" + replica.data())
                .last()
                .asString()
                .startsWith("--connstring=")
                .contains("user=replicator")
                .contains("port=" + cluster.leader().postgresPort())
                .doesNotContain("password");
        assertThat(replica.data().resolve("half")).doesNotExist();
        assertThat(asides(replica)).isEmpty();
    }

    /// The delta fails after it has spoilt the data: what is left of it is kept once, and the next
    /// way begins with an empty directory.
    @Test
    void aFailedDeltaOfOldDataIsPutAside() throws Exception {
        TestCluster cluster = cluster();
        TestNode replica = cluster.guest("pg2");
        script(
                replica,
                "delta",
                """
                [ -e "$1/this-copy" ] || { echo nothing to build upon; exit 4; }
                rm "$1/global/pg_control"
                echo spoilt
                exit 5
                """);
        replica.extendPostgresql(
                """
                create_replica_methods: [delta, basebackup]
                delta:
                  command: %1$s/delta %1$s/data
                  keep_data: true
                  no_params: true
                """
                        .formatted(replica.folder()));
        replica.start();
        replica.awaitReplica();
        assertThat(replica.log()).contains("nothing to build upon");
        assertThat(asides(replica)).as("nothing was there").isEmpty();
        Files.writeString(replica.data().resolve("this-copy"), "old");
        assertThat(replica.rest().change("POST", "/reinitialize", "{}").code()).isEqualTo(200);
        Waiting.until(
                "a copy after the failed delta",
                TestCluster.LONG,
                () ->
                        replica.log().contains("postgresql.delta: spoilt")
                                && replica.query("select pg_is_in_recovery()").equals("t"));
        replica.awaitReplica();
        assertThat(asides(replica)).containsExactly("data.unfinished-1");
        assertThat(replica.folder().resolve("data.unfinished-1/this-copy")).exists();
        assertThat(replica.data().resolve("this-copy")).doesNotExist();
    }

    /// Nobody leads any more: the replica is made without a server, and becomes the leader.
    @Test
    void withoutALeaderABackupBringsTheClusterBack() throws Exception {
        TestCluster cluster = cluster();
        TestNode old = cluster.leader();
        old.execute("create table kept as select 1 as one");
        String system = old.query("select system_identifier from pg_control_system()");
        Path backup = old.folder().resolve("backup");
        Processes.Ended taken =
                Processes.runUnprivileged(
                        old.folder(),
                        "env",
                        "PGPASSWORD=sup",
                        POSTGRES.bin().resolve("pg_basebackup").toString(),
                        "-D",
                        backup.toString(),
                        "-d",
                        "host=127.0.0.1 user=postgres port=" + old.postgresPort());
        assertThat(taken.status()).as(taken.output()).isZero();
        script(old, "unpack", "cp -a '" + backup + "/.' \"$1\"\n");
        old.killEverything();
        Processes.run("rm", "-rf", old.data().toString());
        old.extendPostgresql(
                """
                create_replica_methods: [backup, basebackup]
                backup:
                  command: %1$s/unpack %1$s/data
                  no_leader: true
                  no_params: true
                """
                        .formatted(old.folder()));
        old.start();
        TestNode leader = cluster.leader();
        assertThat(leader.log()).contains("running backup without any server");
        assertThat(leader.query("select one from kept")).isEqualTo("1");
        assertThat(leader.query("select system_identifier from pg_control_system()"))
                .isEqualTo(system);
    }

    private static List<String> asides(TestNode node) throws IOException {
        try (var files = Files.list(node.folder())) {
            return files.map(f -> f.getFileName().toString())
                    .filter(name -> name.startsWith("data."))
                    .toList();
        }
    }
}
