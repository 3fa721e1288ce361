package io.toomai.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.ha.PermanentSlot;
import io.toomai.core.ha.SlotPlan;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.create.Cloning;
import io.toomai.postgres.create.ClusterBootstrap;
import io.toomai.postgres.create.NativeClone;
import io.toomai.postgres.create.PgBasebackup;
import io.toomai.postgres.os.ChildProcess;
import io.toomai.postgres.os.Program;
import io.toomai.postgres.sql.SlotOperations;
import io.toomai.postgres.sql.SlotOperations.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Copies of one running primary: good ones, and what goes wrong with them.
class CloneIT {
    private static final Duration BUDGET = Duration.ofSeconds(2);
    private static TestNode source = new TestNode(TestHost.first(), "source");
    private static SystemIdentifier system = new SystemIdentifier("0000000000");

    @BeforeAll
    static void makeSource() {
        // The script gets a connection string and a password file that work.
        Path psql = source.host.install().binDir().resolve("psql");
        String script = psql + " -qc 'CREATE TABLE public.made_by_script(i int)' -d";
        system =
                new ClusterBootstrap(
                                source.layout,
                                source.host.install(),
                                source.data,
                                source.postmaster)
                        .run(source.bootstrapPlan(Optional.of(script)), step -> {});
        source.start();
        source.await(Primary.class::isInstance);
    }

    @AfterAll
    static void removeSource() throws IOException {
        source.close();
    }

    @Test
    void theBootstrapScriptRanAndNoFileWithASecretIsLeft() throws IOException {
        assertThat(
                        source.operations.rows(
                                "SELECT 1 FROM pg_class WHERE relname = 'made_by_script'", BUDGET))
                .hasSize(1);
        try (var files = Files.list(source.directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("data", "start.log");
        }
    }

    @Test
    void aCloneReportsItsProgressAndIsAStandby() throws IOException {
        try (TestNode node = new TestNode(TestHost.first(), "clone")) {
            AtomicLong done = new AtomicLong();
            new Cloning(node.data, new PgBasebackup(node.layout, node.host.install()))
                    .run(node.cloneSource(source), system, (now, total) -> done.set(now));
            assertThat(done).hasPositiveValue();
            assertThat(node.probe.observe(BUDGET))
                    .isInstanceOfSatisfying(
                            LocalPostgres.Stopped.class,
                            it ->
                                    assertThat(it.startsAs())
                                            .isEqualTo(LocalPostgres.StartsAs.STANDBY));
        }
    }

    @Test
    void theNativeCopyStartsToo() throws IOException {
        try (TestNode node = new TestNode(TestHost.first(), "native")) {
            new Cloning(node.data, new NativeClone())
                    .run(node.cloneSource(source), system, (now, total) -> {});
            try (var files = Files.walk(node.data.path())) {
                for (Path file : files.toList()) {
                    node.host.giveToPostgres(file);
                }
            }
            node.follow(source);
            node.start();
            node.await(PostgresIT.TestNodeIs::streaming);
        }
    }

    @Test
    void anotherClusterIsNotCopied() throws IOException {
        try (TestNode node = new TestNode(TestHost.first(), "clone")) {
            assertThatThrownBy(() ->
                            new Cloning(
                                            node.data,
                                            new PgBasebackup(node.layout, node.host.install()))
                                    .run(
                                            node.cloneSource(source),
                                            new SystemIdentifier("1234567890123"),
                                            (now, total) -> {}))
                    .extracting(e -> ((PostgresException) e).code())
                    .isEqualTo(Code.WRONG_SYSTEM);
            assertThat(node.probe.observe(BUDGET))
                    .isInstanceOf(LocalPostgres.NoDataDirectory.class);
        }
    }

    @Test
    void aFullDiskIsNamedAndThePartialCopyIsRemoved() throws IOException {
        assumeThat(System.getProperty("user.name")).as("mounting needs root").isEqualTo("root");
        Path mount = TestHost.first().newDirectory();
        run("mount", "-t", "tmpfs", "-o", "size=20m", "toomai-test", mount.toString());
        try {
            TestHost.first().giveToPostgres(mount);
            TestNode node = new TestNode(TestHost.first(), "full", mount);
            assertThatThrownBy(() -> node.cloneFrom(source, system))
                    .hasMessageContainingAll(node.data.path().toString(), "Free", "removed")
                    .extracting(e -> ((PostgresException) e).code())
                    .isEqualTo(Code.DISK_FULL);
            assertThat(node.probe.observe(BUDGET))
                    .isInstanceOf(LocalPostgres.NoDataDirectory.class);
        } finally {
            run("umount", mount.toString());
            Files.delete(mount);
        }
    }

    private static void run(String... words) {
        Program.Result result =
                ChildProcess.run(Program.of(List.of(words), Duration.ofSeconds(20)));
        assertThat(result.succeeded()).as(result.explanation()).isTrue();
    }

    @Test
    void slotsAndParameters() {
        var operations = source.operations;
        try (var slots =
                new SlotOperations(
                        source.access(TestNode.SUPERUSER), source.host.install().major())) {
            var s1 = new SlotPlan.Creation("s1", new PermanentSlot.Physical());
            assertThat(slots.create(s1)).isEqualTo(Outcome.DONE);
            assertThat(slots.create(s1)).isEqualTo(Outcome.NOTHING_DONE);
            assertThat(slots.drop("s1", SlotPlan.Side.STANDBY)).isEqualTo(Outcome.NOTHING_DONE);
            assertThat(slots.drop("s1", SlotPlan.Side.PRIMARY)).isEqualTo(Outcome.DONE);
            assertThat(slots.drop("s1", SlotPlan.Side.PRIMARY)).isEqualTo(Outcome.NOTHING_DONE);
        }

        var configuration =
                source.configuration(new io.toomai.postgres.config.Recovery.None())
                        .withParameter("synchronous_standby_names", "ANY 1 (\"x\")")
                        .withParameter("max_connections", "77");
        source.files.apply(configuration);
        source.postmaster.reload();
        assertThat(
                        operations.awaitParameter(
                                "synchronous_standby_names", "ANY 1 (\"x\")", TestNode.PATIENCE))
                .isTrue();
        Primary primary =
                (Primary)
                        source.await(p ->
                                p instanceof Primary it && !it.server().pendingRestart().isEmpty());
        assertThat(primary.server().pendingRestart())
                .containsEntry(
                        "max_connections",
                        new io.toomai.core.cluster.Member.PendingValue("40", "77"));
        assertThat(primary.synchronousStandbyNames()).isEqualTo("ANY 1 (\"x\")");
        source.files.apply(source.configuration(new io.toomai.postgres.config.Recovery.None()));
        source.postmaster.reload();
        operations.checkpoint(TestNode.PATIENCE);
    }
}
