package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.toomai.proxy.console.Lookout.Detail;
import io.toomai.proxy.console.Overview.PoolLine;
import io.toomai.proxy.fuzz.LoginFuzzTest;
import io.toomai.proxy.relay.RelayFuzzTest;
import io.toomai.wire.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Anybody may send anything, on both sides, to a proxy before a real PostgreSQL and one that lies;
/// clients that behave go on beside. `./dev/fuzz` runs it for longer and with other seeds
/// (`-Dtoomai.fuzz.seconds`, `-Dtoomai.fuzz.seed`).
class FuzzIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long MEMORY = 32L << 20;
    private static final int ROUND = 60;
    private static final int AT_ONCE = 6;
    private static final int SHORT_ROUNDS = 5;

    private static final long FIRST_SEED = Long.getLong("toomai.fuzz.seed", 1);

    private static final long SECONDS = Long.getLong("toomai.fuzz.seconds", 0);

    @TempDir Path directory;

    /// Nothing is read from a client whose next message waits for answers, so only `query_timeout`
    /// ends one that has gone while its server is silent for ever.
    private Front front(TestServer server, LyingServer liar, Path own) throws Exception {
        return Front.open(
                own,
                """
                [databases]
                lies = host=127.0.0.1 port=%d
                postgres = host=127.0.0.1 port=%d password='%s'
                [pgbouncer]
                pool_mode = transaction
                event_loops = 3
                default_pool_size = 3
                max_prepared_statements = 5
                client_login_timeout = 2
                query_wait_timeout = 2
                query_timeout = 20
                server_connect_timeout = 30
                server_login_retry = 1
                """
                        .formatted(liar.port(), server.port(), TestServer.PASSWORD));
    }

    private House house(TestServer server) throws Exception {
        Certificates certificates =
                Certificates.create(directory.resolve("tls")).issue("proxy", "IP:127.0.0.1");
        return House.open(
                server,
                directory,
                """
                client_login_timeout = 2
                client_tls_sslmode = allow
                client_tls_cert_file = %s
                client_tls_key_file = %s
                """
                        .formatted(certificates.file("proxy.pem"), certificates.file("proxy.key")));
    }

    @Test
    void nobodyHarmsAnybodyElse() throws Exception {
        System.out.println("fuzz: seed " + FIRST_SEED);
        long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
        try (LogWatch log = new LogWatch();
                TestServer server = server();
                LyingServer liar = new LyingServer(FIRST_SEED << 20);
                Front front = front(server, liar, directory);
                House house = house(server);
                Regular one = new Regular(front.port());
                Regular other = new Regular(front.port())) {
            one.asks();
            other.asks();
            long memory = memory();
            long seed = FIRST_SEED;
            for (int round = 0; round < SHORT_ROUNDS || System.nanoTime() < end; round++) {
                others(seed, front, house, List.of(one, other));
                seed += ROUND;
                awaitOrder(front, house);
                assertThat(log.faults()).as(before(seed)).isEmpty();
                assertThat(memory() - memory).as("bytes, " + before(seed)).isLessThan(MEMORY);
                if (SECONDS > 0) {
                    beside(seed);
                }
            }
            System.gc(); // what is leaked is found when it is collected
            one.asks();
            assertThat(log.faults()).isEmpty();
            System.out.println("fuzz: " + (seed - FIRST_SEED) + " connections, no fault");
        }
    }

    /// What needs no sockets.
    private static void beside(long round) {
        for (long seed = round * 1000; seed < round * 1000 + 500; seed++) {
            RelayFuzzTest.world(seed);
            LoginFuzzTest.stranger(seed);
        }
    }

    private static String before(long seed) {
        return "connections of the " + ROUND + " seeds before " + seed;
    }

    private TestServer server() throws Exception {
        TestServer server =
                TestServer.create(
                        TestServer.binaries().orElseThrow(), directory.resolve("data"), "");
        server.start();
        return server;
    }

    private static long memory() {
        var metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
        return metric.usedDirectMemory() + metric.usedHeapMemory();
    }

    private static void others(long first, Front front, House house, List<Regular> regulars)
            throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int begun = 0; begun < ROUND; begun += AT_ONCE) {
                List<Future<?>> group = new ArrayList<>();
                for (int i = 0; i < AT_ONCE; i++) {
                    Passerby next = new Passerby(first + begun + i);
                    group.add(threads.submit(() -> next.comesBy(front.port(), house.port())));
                }
                for (Regular each : regulars) {
                    each.asks();
                }
                for (Future<?> each : group) {
                    each.get();
                }
            }
        }
    }

    /// Nobody is left but the clients that behave, and no server works for nobody.
    private static void awaitOrder(Front front, House house) {
        awaitCounts(front.proxy(), "2 0 0 0");
        awaitCounts(house.proxy(), "0 0 0 0");
    }

    private static void awaitCounts(Proxy proxy, String expected) {
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(counts(proxy))
                                .as(() -> String.join("\n", proxy.askWings(FuzzIT::present)))
                                .isEqualTo(expected));
    }

    private static String counts(Proxy proxy) {
        List<PoolLine> pools = Front.overview(proxy, Detail.NUMBERS).pools();
        return proxy.askWings(wing -> wing.clients().all().size()).stream()
                        .mapToInt(Integer::intValue)
                        .sum()
                + " "
                + proxy.ask(premises -> premises.newcomers().count())
                + " "
                + pools.stream().mapToInt(pool -> pool.servers().active()).sum()
                + " "
                + pools.stream().mapToInt(pool -> pool.clients().waiting()).sum();
    }

    /// For whoever wants to know why somebody is still there.
    private static String present(Wing wing) {
        return wing.clients().all().stream()
                .map(client -> client.identity() + " " + client.whereabouts())
                .collect(Collectors.joining("\n"));
    }
}
