package io.toomai.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.ha.LocalPostgres.Standby;
import io.toomai.core.ha.LocalPostgres.WalReceiver;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import io.toomai.postgres.config.Recovery;
import io.toomai.postgres.create.Rewinding;
import io.toomai.postgres.data.ControlRead;
import io.toomai.postgres.install.Tool;
import io.toomai.postgres.os.ChildProcess;
import io.toomai.postgres.os.DurableFiles.Change;
import io.toomai.postgres.os.NativeSignals;
import io.toomai.postgres.os.ProcessExit;
import io.toomai.postgres.os.Program;
import io.toomai.postgres.os.Signal;
import io.toomai.postgres.server.Postmaster;
import io.toomai.postgres.sql.LocalSql;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Life of a cluster's nodes with real PostgreSQL of every version that is here.
class PostgresIT {
    private static final Duration BUDGET = Duration.ofSeconds(2);

    static List<TestHost> hosts() {
        return TestHost.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void aNodeIsMadeStartedFoundAgainAndStopped(TestHost host) throws Exception {
        try (TestNode node = new TestNode(host, "pg1")) {
            assertThat(node.probe.observe(BUDGET))
                    .isInstanceOf(LocalPostgres.NoDataDirectory.class);
            SystemIdentifier system = node.bootstrap();
            assertThat(node.probe.observe(BUDGET)).isInstanceOf(LocalPostgres.Stopped.class);
            node.start();
            Primary primary = (Primary) node.await(Primary.class::isInstance);
            assertThat(primary.server().system()).isEqualTo(system);
            assertThat(primary.server().timeline()).isEqualTo(new Timeline(1));
            assertThat(primary.control().system()).isEqualTo(system);
            assertThat(primary.server().serverVersion() / 10000).isEqualTo(host.install().major());

            // An agent that starts anew finds the same server.
            Postmaster again = node.newPostmaster();
            assertThat(again.find()).isEqualTo(node.postmaster.find());
            assertThat(
                            again.stop(
                                    Postmaster.StopMode.FAST,
                                    TestNode.PATIENCE,
                                    Postmaster.Escalation.NONE))
                    .isEqualTo(Postmaster.Stopped.AS_ASKED);
            LocalPostgres.Stopped stopped = (LocalPostgres.Stopped) node.probe.observe(BUDGET);
            assertThat(stopped.control().state())
                    .isEqualTo(io.toomai.core.ha.ControlFacts.State.SHUT_DOWN);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void pgControlIsReadAsPgControldataDoes(TestHost host) throws Exception {
        assumeThat(host.install().has(Tool.PG_CONTROLDATA)).isTrue();
        try (TestNode node = new TestNode(host, "pg1")) {
            node.bootstrap();
            var control = ((ControlRead.Intact) node.data.control()).data();
            String said =
                    ChildProcess.run(
                                    Program.of(
                                                    host.install()
                                                            .command(
                                                                    Tool.PG_CONTROLDATA,
                                                                    List.of(
                                                                            host.install()
                                                                                    .launch()
                                                                                    .inside(
                                                                                            node
                                                                                                    .data
                                                                                                    .path()))),
                                                    TestNode.PATIENCE)
                                            .with("LC_ALL", "C"))
                            .output();
            assertThat(field(said, "Database system identifier"))
                    .isEqualTo(control.facts().system().digits());
            assertThat(field(said, "Database cluster state")).isEqualTo("shut down");
            assertThat(field(said, "Latest checkpoint location"))
                    .isEqualTo(control.facts().checkpoint().toString());
            assertThat(field(said, "Latest checkpoint's TimeLineID"))
                    .isEqualTo(control.facts().timeline().toString());
            assertThat(field(said, "Minimum recovery ending location"))
                    .isEqualTo(control.facts().minRecoveryEnd().toString());
            assertThat(field(said, "max_connections setting"))
                    .isEqualTo(Integer.toString(control.limits().maxConnections()))
                    .isEqualTo("40");
            assertThat(field(said, "max_worker_processes setting"))
                    .isEqualTo(Integer.toString(control.limits().maxWorkerProcesses()));
            assertThat(field(said, "max_wal_senders setting"))
                    .isEqualTo(Integer.toString(control.limits().maxWalSenders()));
            assertThat(field(said, "max_locks_per_xact setting"))
                    .isEqualTo(Integer.toString(control.limits().maxLocksPerTransaction()));
            assertThat(field(said, "Data page checksum version"))
                    .isEqualTo(Integer.toString(control.pageChecksums()));
            assertThat(field(said, "Bytes per WAL segment"))
                    .isEqualTo(Integer.toString(control.walSegmentBytes()));
            assertThat(control.canRewind()).isTrue();

            var file = node.data.path().resolve("global/pg_control");
            byte[] bytes = Files.readAllBytes(file);
            bytes[40] ^= 1;
            Files.write(file, bytes);
            assertThat(node.probe.observe(BUDGET))
                    .isInstanceOfSatisfying(
                            LocalPostgres.Unusable.class,
                            unusable -> assertThat(unusable.why()).contains("checksum"));
        }
    }

    private static String field(String said, String name) {
        return said.lines()
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void aKilledPostmastersChildrenAreEnded(TestHost host) throws Exception {
        try (TestNode node = new TestNode(host, "pg1")) {
            node.bootstrap();
            node.start();
            node.await(Primary.class::isInstance);
            CountDownLatch dead = new CountDownLatch(1);
            long pid = node.postmaster.find().orElseThrow().pid();
            // A backend that computes does not look whether its postmaster lives.
            Thread busy =
                    Thread.ofVirtual()
                            .start(() -> {
                                try (LocalSql sql =
                                        new LocalSql(
                                                node.access(TestNode.SUPERUSER),
                                                "-c statement_timeout=0")) {
                                    sql.call(
                                            Duration.ofMinutes(2),
                                            c ->
                                                    c.createStatement()
                                                            .execute(
                                                                    "SELECT sum(sqrt(i)) FROM"
                                                                            + " generate_series(1,2000000000)"
                                                                            + " i"));
                                } catch (PostgresException e) {
                                    // Its end is the point of the test.
                                    return;
                                }
                            });
            assertThat(
                            io.toomai.postgres.os.Poll.until(
                                    TestNode.PATIENCE,
                                    () ->
                                            !node.operations
                                                    .rows(
                                                            "SELECT 1 FROM pg_stat_activity WHERE state ="
                                                                    + " 'active' AND query LIKE '%sqrt%' AND"
                                                                    + " pid <> pg_backend_pid()",
                                                            BUDGET)
                                                    .isEmpty()))
                    .isTrue();
            ProcessExit.Watch watch = ProcessExit.await(pid, dead::countDown);
            new NativeSignals().send(pid, Signal.KILL);
            assertThat(dead.await(10, TimeUnit.SECONDS)).isTrue();
            watch.close();
            assertThat(node.postmaster.find()).isEmpty();
            assertThat(node.postmaster.killOrphans(Duration.ofSeconds(5)))
                    .isInstanceOfSatisfying(
                            Postmaster.Orphans.Gone.class,
                            gone -> assertThat(gone.killed()).isPositive());
            busy.join(Duration.ofSeconds(10));
            assertThat(busy.isAlive()).isFalse();
            assertThat(node.data.path().resolve("postmaster.pid")).doesNotExist();
            node.start();
            node.await(Primary.class::isInstance);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void aStandbyFollowsPromotesAndTheOldPrimaryRewinds(TestHost host) throws Exception {
        assumeThat(host.install().isComplete()).isTrue();
        try (TestNode a = new TestNode(host, "a");
                TestNode b = new TestNode(host, "b");
                TestNode c = new TestNode(host, "c")) {
            SystemIdentifier system = a.bootstrap();
            a.start();
            b.cloneFrom(a, system);
            c.cloneFrom(a, system);
            b.start();
            c.start();
            Standby standby = (Standby) b.await(TestNodeIs::streaming);
            assertThat(standby.upstream()).isEqualTo(new Upstream.Server("127.0.0.1", a.port));
            assertThat(standby.server().timeline()).isEqualTo(new Timeline(1));
            Primary primary =
                    (Primary)
                            a.await(p -> p instanceof Primary(_, _, var s, _, _) && s.size() == 2);
            assertThat(primary.senders())
                    .extracting(io.toomai.core.ha.WalSender::applicationName)
                    .containsExactlyInAnyOrder("b", "c");

            // The third follows by a reload only; before the promotion, for what the old primary
            // still sends it afterwards would part it from the new one.
            assertThat(c.follow(b)).isEqualTo(Change.CHANGED);
            assertThat(c.follow(b)).isEqualTo(Change.UNCHANGED);
            assertThat(c.postmaster.reload()).isTrue();
            c.await(p ->
                    TestNodeIs.streaming(p)
                            && ((Standby) p)
                                    .upstream()
                                    .equals(new Upstream.Server("127.0.0.1", b.port)));

            // Promotion: the timeline is right at once, long before a checkpoint.
            b.postmaster.promote();
            assertThat(b.operations.awaitPrimary(TestNode.PATIENCE)).isTrue();
            Primary promoted = (Primary) b.await(Primary.class::isInstance);
            assertThat(promoted.server().timeline()).isEqualTo(new Timeline(2));
            assertNoRecoveryParameterWaitsForARestart(b);
            b.update("CREATE TABLE public.after_promotion(i int)");

            Standby followed =
                    (Standby)
                            c.await(p ->
                                    TestNodeIs.streaming(p)
                                            && ((Standby) p)
                                                    .server()
                                                    .timeline()
                                                    .equals(new Timeline(2)));
            assertThat(followed.upstream()).isEqualTo(new Upstream.Server("127.0.0.1", b.port));

            // Without a receiver the timeline is still known, also to a new agent.
            c.files.apply(
                    c.configuration(
                            new Recovery.Standby(
                                    Optional.empty(), Optional.empty(), new TreeMap<>())));
            c.postmaster.reload();
            assertThat(c.operations.awaitReceiverGone(TestNode.PATIENCE)).isPresent();
            Standby alone =
                    (Standby)
                            c.await(p ->
                                    p instanceof Standby s
                                            && s.upstream() instanceof Upstream.None);
            assertThat(alone.walReceiver()).isEqualTo(WalReceiver.NOT_STREAMING);
            assertThat(alone.server().timeline()).isEqualTo(new Timeline(2));
            try (LocalSql sql = new LocalSql(c.access(TestNode.SUPERUSER))) {
                Standby anew = (Standby) c.newProbe(sql).observe(BUDGET);
                assertThat(anew.server().timeline()).isEqualTo(new Timeline(2));
            }

            // The old primary wrote on: rewind, then follow.
            a.update("CREATE TABLE public.lost(i int)");
            b.operations.checkpoint(TestNode.PATIENCE);
            a.postmaster.kill(Duration.ofSeconds(5));
            assertThat(a.rewindFrom(b)).isEqualTo(new Rewinding.Result.Done());
            a.follow(b);
            a.start();
            a.await(TestNodeIs::streaming);
            assertThat(
                            a.postmaster.stop(
                                    Postmaster.StopMode.FAST,
                                    TestNode.PATIENCE,
                                    Postmaster.Escalation.FORCE))
                    .isEqualTo(Postmaster.Stopped.AS_ASKED);
            assertThat(a.rewindFrom(b)).isEqualTo(new Rewinding.Result.NotNeeded());
            assertThat(((LocalPostgres.Stopped) a.probe.observe(BUDGET)).startsAs())
                    .isEqualTo(LocalPostgres.StartsAs.STANDBY);
        }
    }

    /// The files of a primary do not have them; PostgreSQL calls that a change for each.
    private static void assertNoRecoveryParameterWaitsForARestart(TestNode promoted) {
        promoted.files.apply(
                promoted.configuration(new Recovery.None())
                        .withParameter("synchronous_standby_names", "none_here")
                        .withParameter("max_connections", "78"));
        promoted.postmaster.reload();
        Primary primary =
                (Primary)
                        promoted.await(p ->
                                p instanceof Primary it && !it.server().pendingRestart().isEmpty());
        assertThat(primary.server().pendingRestart()).containsOnlyKeys("max_connections");
        promoted.files.apply(promoted.configuration(new Recovery.None()));
        promoted.postmaster.reload();
        assertThat(
                        promoted.operations.awaitParameter(
                                "synchronous_standby_names", "", TestNode.PATIENCE))
                .isTrue();
    }

    /// What a node can be, as conditions.
    static final class TestNodeIs {
        private TestNodeIs() {}

        static boolean streaming(LocalPostgres postgres) {
            return postgres instanceof Standby standby
                    && standby.walReceiver() == WalReceiver.STREAMING;
        }
    }

    @Test
    void aWrongPasswordIsToldApart() throws Exception {
        try (TestNode node = new TestNode(TestHost.first(), "pg1")) {
            node.bootstrap();
            node.start();
            try (LocalSql sql = new LocalSql(node.access(Login.of("postgres", "wrong")))) {
                assertThat(node.newProbe(sql).observe(BUDGET))
                        .isInstanceOfSatisfying(
                                LocalPostgres.Unresponsive.class,
                                it -> {
                                    assertThat(it.why()).contains("postgresql.authentication");
                                    assertThat(it.last()).isEqualTo(LocalPostgres.LastRole.PRIMARY);
                                });
                assertThatThrownBy(() -> sql.call(BUDGET, c -> true))
                        .extracting(e -> ((PostgresException) e).code())
                        .isEqualTo(PostgresException.Code.AUTHENTICATION);
            }
            assertThat(Files.readString(node.layout.log()))
                    .doesNotContain(TestNode.REPLICATION.password().orElseThrow().reveal())
                    .doesNotContain("SCRAM-SHA-256$");
        }
    }

    @Test
    void aFrozenServerIsUnresponsiveAndRecovers() throws Exception {
        try (TestNode node = new TestNode(TestHost.first(), "pg1")) {
            node.bootstrap();
            node.start();
            node.await(Primary.class::isInstance);
            String backend =
                    node.operations
                            .rows(
                                    "SELECT pid FROM pg_stat_activity WHERE application_name ="
                                            + " 'Toomai heartbeat' AND pid <> pg_backend_pid()",
                                    BUDGET)
                            .getFirst()
                            .getFirst();
            NativeSignals signals = new NativeSignals();
            signals.send(Long.parseLong(backend), Signal.STOP);
            LocalPostgres seen = node.probe.observe(Duration.ofMillis(300));
            signals.send(Long.parseLong(backend), Signal.CONT);
            assertThat(seen)
                    .isInstanceOfSatisfying(
                            LocalPostgres.Unresponsive.class,
                            it -> assertThat(it.last()).isEqualTo(LocalPostgres.LastRole.PRIMARY));
            node.await(Primary.class::isInstance);
        }
    }
}
