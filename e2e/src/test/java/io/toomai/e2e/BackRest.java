package io.toomai.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// A real pgBackRest with one repository, as the nodes of a test use it. Each node has its own file
/// `pgbackrest.conf` beside its data.
///
/// @param folder for what it keeps beside the repository
/// @param repository lines that say where the repository is
record BackRest(Release release, Path folder, String repository) {

    /// Which pgBackRest, and where dev/test puts it.
    enum Release {
        V245("TOOMAI_PGBACKREST245_BIN", "/var/cache/toomai-test/pgbackrest245/usr/bin/pgbackrest"),
        V255("TOOMAI_PGBACKREST255_BIN", "/var/cache/toomai-test/pgbackrest255/usr/bin/pgbackrest");

        private final String variable;
        private final String usual;

        Release(String variable, String usual) {
            this.variable = variable;
            this.usual = usual;
        }

        /// Skips the test where it is missing.
        private Path program() {
            Path program = Path.of(Optional.ofNullable(System.getenv(variable)).orElse(usual));
            assumeTrue(
                    Files.isExecutable(program),
                    () -> "no pgBackRest at " + program + " (" + variable + "); dev/test gets it");
            return program;
        }
    }

    /// A repository on disk.
    static BackRest onDisk(Release release, Path folder) {
        release.program();
        Processes.run("chmod", "755", folder.toString());
        Path repository = folder.resolve("repository");
        makeFolder(repository);
        return new BackRest(release, folder, "repo1-path=" + repository + "\n");
    }

    static BackRest onS3(Release release, Path folder, S3 s3) {
        release.program();
        Processes.run("chmod", "755", folder.toString());
        return new BackRest(release, folder, s3.repository());
    }

    private static void makeFolder(Path path) {
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (Processes.isRoot()) {
            Processes.run("chown", "-R", "postgres:postgres", path.toString());
        }
    }

    /// Writes the node's file.
    void configure(TestNode node) {
        Path locks = folder.resolve("locks").resolve(node.folder().getFileName());
        makeFolder(locks);
        String text =
                """
                [global]
                %slog-level-file=off
                log-level-console=info
                lock-path=%s
                spool-path=%s
                archive-timeout=20
                start-fast=y
                compress-level=1
                [e2e]
                pg1-path=%s
                pg1-port=%d
                pg1-socket-path=%s
                pg1-user=postgres
                """
                        .formatted(
                                repository,
                                locks,
                                locks,
                                node.data(),
                                node.postgresPort(),
                                node.folder());
        try {
            Files.writeString(settings(node), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path settings(TestNode node) {
        return node.folder().resolve("pgbackrest.conf");
    }

    /// A command line for that node, as the operator writes it into settings.
    String command(TestNode node, String what) {
        return "%s --config=%s --stanza=e2e %s".formatted(release.program(), settings(node), what);
    }

    /// The same on every node: PostgreSQL runs it in its data directory.
    String archiveCommand() {
        return "%s --config=$PWD/../pgbackrest.conf --stanza=e2e archive-push %%p"
                .formatted(release.program());
    }

    /// Runs a command of the operator's on that node.
    String run(TestNode node, String what) {
        Processes.Ended ended =
                Processes.runUnprivileged(
                        node.folder(),
                        "/bin/sh",
                        "-c",
                        "PGPASSWORD=sup exec " + command(node, what));
        if (ended.status() != 0) {
            throw new AssertionError("pgbackrest " + what + ": " + ended.output());
        }
        return ended.output();
    }

    /// Has the cluster that will be made archive to the repository.
    void archiveFrom(TestNode node) {
        configure(node);
        node.rewriteSettings(
                "max_connections: 50",
                "max_connections: 50\n          archive_mode: 'on'\n          archive_command: '"
                        + archiveCommand()
                        + "'");
    }

    /// Replicas on that node are made from the repository, else copied; standbys read the archive.
    void makeReplicas(TestNode node) {
        node.extendPostgresql(
                "create_replica_methods: [pgbackrest, basebackup]\n" + replicaMethod(node));
    }

    /// The method `pgbackrest` and the archive, for the section `postgresql` of a node whose
    /// `create_replica_methods` name it, be it a replica or the leader of a standby cluster.
    String replicaMethod(TestNode node) {
        return """
        pgbackrest:
          command: %s
          keep_data: true
          no_params: true
        recovery_conf:
          restore_command: %s
        """
                .formatted(
                        command(node, "--delta --type=standby restore"),
                        command(node, "archive-get %f \"%p\""));
    }

    /// The new cluster of that node is restored by these lines below `bootstrap.pgbackrest`.
    void restoreAtBootstrap(TestNode node, String lines) {
        configure(node);
        node.rewriteSettings(
                "bootstrap:\n",
                "bootstrap:\n    method: pgbackrest\n    pgbackrest:\n" + lines.indent(6));
    }

    /// Waits until what was written so far is in the repository.
    void archiveAll(TestNode leader) throws java.sql.SQLException {
        String last = leader.query("select pg_walfile_name(pg_switch_wal())");
        Waiting.until(
                last + " in the archive",
                Duration.ofSeconds(60),
                () ->
                        leader.query("select last_archived_wal from pg_stat_archiver")
                                        .compareTo(last)
                                >= 0);
    }
}
