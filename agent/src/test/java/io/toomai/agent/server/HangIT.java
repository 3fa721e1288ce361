package io.toomai.agent.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.Serving;
import io.toomai.core.ha.Serving.Trouble;
import io.toomai.core.model.MonoTime;
import io.toomai.postgres.os.Poll;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What keeps a living primary from serving is told apart, and a server that hangs can be ended, on
/// real PostgreSQL of every version that is here.
class HangIT {
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration LOOP_WAIT = Duration.ofSeconds(1);

    static List<PledgeNode.Host> hosts() {
        return PledgeNode.hosts();
    }

    private static PledgeNode primary(PledgeNode.Host host) throws IOException {
        PledgeNode node = new PledgeNode(host, "pg1");
        try {
            node.server.bootstrap(step -> {});
            node.await(LocalPostgres.Primary.class::isInstance);
            node.ask("CREATE TABLE public.t(i int)");
            await(node, Serving.Serves.class::isInstance);
            return node;
        } catch (RuntimeException | AssertionError e) {
            node.close();
            throw e;
        }
    }

    private static Serving await(PledgeNode node, Predicate<Serving> expected) {
        Serving[] last = {new Serving.NotProbed()};
        boolean came =
                Poll.until(
                        PledgeNode.PATIENCE,
                        () -> {
                            last[0] = node.server.serving(PROBE_TIMEOUT, LOOP_WAIT);
                            return expected.test(last[0]);
                        });
        assertThat(came).as("serving is " + last[0]).isTrue();
        return last[0];
    }

    private static Predicate<Serving> hungBy(Trouble trouble) {
        return serving ->
                serving instanceof Serving.Troubled(var now, _, _, _)
                        && now == trouble
                        && serving.isHung(new MonoTime(System.nanoTime()), PROBE_TIMEOUT);
    }

    private static Predicate<Serving> troubledBy(Trouble trouble) {
        return serving -> serving instanceof Serving.Troubled(var now, _, _, _) && now == trouble;
    }

    @ParameterizedTest
    @MethodSource("hosts")
    void aFrozenServerIsNoticedAndServesAgainWhenItIsThawed(PledgeNode.Host host)
            throws IOException {
        try (PledgeNode node = primary(host)) {
            node.signal("STOP", node.processes());
            await(node, hungBy(Trouble.FROZEN));
            assertThat(node.observe()).isInstanceOf(LocalPostgres.Unresponsive.class);

            node.signal("CONT", node.processes());
            await(node, Serving.Serves.class::isInstance);
            node.await(LocalPostgres.Primary.class::isInstance);
        }
    }

    /// Those who are connected are served, and the loop's own connection as well.
    @ParameterizedTest
    @MethodSource("hosts")
    void aFrozenPostmasterAloneIsNoticedAndAFrozenServerEnds(PledgeNode.Host host)
            throws IOException {
        try (PledgeNode node = primary(host)) {
            node.signal("STOP", List.of(node.postmaster()));
            await(node, hungBy(Trouble.FROZEN));
            assertThat(node.observe()).isInstanceOf(LocalPostgres.Primary.class);

            node.signal("STOP", node.processes());
            node.server.fence();

            assertThat(node.processes()).isEmpty();
            assertThat(node.observe()).isInstanceOf(LocalPostgres.Stopped.class);
        }
    }

    /// Takes what is free now. The server's own probes come and go and may have had the last place
    /// for a moment, so that once is not enough.
    private static void takeAll(PledgeNode node, List<Connection> all) {
        assertThatThrownBy(
                        () -> {
                            while (true) {
                                all.add(
                                        DriverManager.getConnection(
                                                node.url(), "postgres", "secret"));
                            }
                        })
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("53300"));
    }

    @Test
    void connectionsThatAreUsedUpAreNoHang() throws IOException, SQLException {
        List<Connection> all = new ArrayList<>();
        try (PledgeNode node = primary(PledgeNode.hosts().getFirst())) {
            Serving seen =
                    await(
                            node,
                            serving -> {
                                takeAll(node, all);
                                return troubledBy(Trouble.TOO_MANY_CONNECTIONS).test(serving);
                            });
            assertThat(seen.isDoubtful()).isFalse();
            assertThat(node.observe()).isInstanceOf(LocalPostgres.Primary.class);

            for (Connection one : all) {
                one.close();
            }
            await(node, Serving.Serves.class::isInstance);
        }
    }

    @Test
    void aFullDiskIsNoticedUntilThereIsRoom() throws IOException, InterruptedException {
        PledgeNode.Host host = PledgeNode.hosts().getFirst();
        try (LoopDisk disk = LoopDisk.make(LoopDisk.SMALL);
                PledgeNode node =
                        primary(new PledgeNode.Host(host.bin(), host.launch(), disk.path()))) {
            await(node, Serving.Serves.class::isInstance);
            disk.fill();
            Serving seen = await(node, hungBy(Trouble.FULL_DISK));
            assertThat(seen.toString()).contains("no space is left on the file system of");
            disk.makeRoom();
            await(node, Serving.Serves.class::isInstance);
        }
    }

    /// The invariant before a key is released: after the fence nothing of the old server is ever
    /// confirmed, though its processes hang in the kernel and the disk comes back.
    @Test
    void aStalledDiskIsNoticedAndTheServerEndsAlthoughItsProcessesCannot()
            throws IOException, InterruptedException {
        PledgeNode.Host host = PledgeNode.hosts().getFirst();
        try (LoopDisk disk = LoopDisk.make(LoopDisk.LARGE);
                ExecutorService client = Executors.newVirtualThreadPerTaskExecutor();
                PledgeNode node =
                        primary(new PledgeNode.Host(host.bin(), host.launch(), disk.path()))) {
            disk.freeze();
            Future<String> commit =
                    client.submit(() -> node.ask("INSERT INTO public.t VALUES (1)"));
            Serving seen = await(node, hungBy(Trouble.STALLED_DISK));
            assertThat(node.observe()).isInstanceOf(LocalPostgres.Primary.class);
            assertThat(seen.toString()).contains("small write");

            node.server.fence();
            List<Long> hanging = node.processes();
            assertThat(hanging).isNotEmpty();
            assertThatThrownBy(() -> node.server.startAsPrimary(LocalServer.Permission.ALWAYS))
                    .isInstanceOf(ServerException.class)
                    .hasMessageMatching(".*(hang in the kernel|runs already).*");

            disk.thaw();
            assertThat(Poll.until(PledgeNode.PATIENCE, () -> node.processes().isEmpty())).isTrue();
            assertThat(commit.state()).isNotEqualTo(Future.State.SUCCESS);
            node.server.startAsPrimary(LocalServer.Permission.ALWAYS);
            await(node, Serving.Serves.class::isInstance);
        }
    }
}
