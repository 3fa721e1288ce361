package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.Channel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.uring.IoUring;
import io.toomai.proxy.console.Lookout.Detail;
import io.toomai.proxy.console.Overview;
import io.toomai.proxy.console.Overview.PoolLine;
import io.toomai.proxy.route.Route;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// One proxy with several event loops (decision 0039). All other tests of a proxy run so with
/// `-Dtoomai.proxy.loops=3`.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WingsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LOOPS = 3;
    private static final List<String> USERS = List.of("postgres", "one", "two");

    private Ground ground;

    @BeforeAll
    void open(@TempDir Path home) throws Exception {
        ground = Ground.trusting(home, "max_connections = 60\n");
        ground.sql("CREATE ROLE one LOGIN");
        ground.sql("CREATE ROLE two LOGIN");
    }

    @AfterAll
    void close() throws Exception {
        ground.close();
    }

    private Front front(String settings) throws Exception {
        return ground.front("event_loops = " + LOOPS + "\nadmin_users = postgres\n" + settings);
    }

    private static RawClient client(Front front, String user) throws IOException {
        return new RawClient(front.port()).login(0, "user", user, "database", "postgres");
    }

    private static RawClient console(Front front) throws IOException {
        return new RawClient(front.port()).login(0, "user", "postgres", "database", "pgbouncer");
    }

    /// Each has a loop of its own, which all their clients and servers are on.
    @Test
    void aPoolIsOnOneLoopWithItsClientsAndServers() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        try (Front front = front("")) {
            for (int i = 0; i < 12; i++) {
                RawClient client = client(front, USERS.get(i % USERS.size()));
                clients.add(client);
                assertThat(client.ask("BEGIN").types()).isEqualTo("CZ");
            }
            List<Integer> each =
                    front.proxy()
                            .askWings(wing -> {
                                for (ServerPool pool : wing.pools().all()) {
                                    assertThat(pool.clients())
                                            .allMatch(client -> isOn(wing, client.channel()));
                                    assertThat(pool.connections())
                                            .allMatch(server -> isOn(wing, server.channel()));
                                }
                                return wing.clients().all().size();
                            });
            assertThat(each).containsExactly(4, 4, 4);
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    private static boolean isOn(Wing wing, Channel channel) {
        return channel.eventLoop().equals(wing.loop());
    }

    /// What a client sends without waiting for its login, whole or in two parts, comes with it.
    @ParameterizedTest
    @EnumSource(Transport.class)
    void nothingIsLostOnTheWay(Transport transport) throws Exception {
        assumeTrue(transport != Transport.IO_URING || IoUring.isAvailable(), "no io_uring here");
        assumeTrue(transport != Transport.EPOLL || Epoll.isAvailable(), "no epoll here");
        try (Front front =
                ground.front(ground.database("*", ""), "event_loops = " + LOOPS, transport)) {
            ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
            List<Thread> threads =
                    IntStream.range(0, 8)
                            .mapToObj(who ->
                                    Thread.ofPlatform().start(() -> hurry(front, who, wrong)))
                            .toList();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(wrong).isEmpty();
            await().atMost(PATIENCE)
                    .untilAsserted(() -> {
                        int newcomers = front.proxy().ask(all -> all.newcomers().count());
                        int clients = front.proxy().ask(all -> all.crowd().all());
                        assertThat(newcomers + clients).isZero();
                    });
        }
    }

    private static void hurry(Front front, int who, ConcurrentLinkedQueue<String> wrong) {
        for (int i = 0; i < 60; i++) {
            String own = who + " " + i;
            try (RawClient client = new RawClient(front.port())) {
                byte[] query = RawClient.query("SELECT '" + own + "'");
                byte[] start = RawClient.start(USERS.get(i % USERS.size()));
                switch (i % 4) {
                    case 0 -> client.send(start, query);
                    case 1 -> {
                        client.send(start);
                        client.send(Arrays.copyOf(query, 4));
                        client.send(Arrays.copyOfRange(query, 4, query.length));
                    }
                    case 2 -> client.send(start).send(query);
                    default -> {
                        client.send(start); // and is gone
                        continue;
                    }
                }
                client.answer();
                RawClient.Answer answer = client.answer();
                if (!answer.types().equals("TDCZ") || !answer.value().equals(own)) {
                    wrong.add(own + ": " + answer.words());
                }
            } catch (IOException e) {
                wrong.add(own + ": " + e);
            }
        }
    }

    /// There a read is under way when the client waits for its welcome.
    @Test
    void clientsOfUnixSocketsGetThereToo(@TempDir Path directory) throws Exception {
        Path sockets = Files.createTempDirectory(Path.of("/tmp"), "toomai-s");
        Files.setPosixFilePermissions(sockets, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (House house =
                House.open(
                        directory, "unix_socket_dir = " + sockets + "\nevent_loops = " + LOOPS)) {
            for (String database : List.of("postgres", "template1", "postgres", "template1")) {
                assertThat(
                                house.run(
                                        "psql",
                                        "-XAtqc",
                                        "SELECT current_database()",
                                        "-h",
                                        sockets.toString(),
                                        database))
                        .isEqualTo(database);
            }
        } finally {
            Files.deleteIfExists(sockets);
        }
    }

    /// And by TLS, where what is read is more than what the login needs.
    @Test
    void clientsGetThereByTls(@TempDir Path directory) throws Exception {
        Certificates own =
                Certificates.create(directory.resolve("tls")).issue("proxy", "IP:127.0.0.1");
        String settings =
                """
                event_loops = %d
                client_tls_sslmode = require
                client_tls_cert_file = %s
                client_tls_key_file = %s
                """
                        .formatted(LOOPS, own.file("proxy.pem"), own.file("proxy.key"));
        try (House house = House.open(directory, settings)) {
            for (int i = 0; i < 20; i++) {
                try (Connection client = house.connect(Map.of("sslmode", "require"))) {
                    assertThat(Jdbc.one(client, "SELECT " + i)).isEqualTo(String.valueOf(i));
                }
            }
        }
    }

    @Test
    void aCancelFindsItsClientOnAnotherLoop() throws Exception {
        try (Front front = front("")) {
            for (String user : USERS) {
                try (RawClient client = client(front, user)) {
                    client.send(RawClient.query("SELECT pg_sleep(60)"));
                    front.awaitPool(pool -> true);
                    await().atMost(PATIENCE).until(() -> sleepers(user).equals("1"));
                    RawClient.cancel(front.port(), client.cancelRequest());
                    assertThat(client.answer().words()).contains("57014");
                }
            }
        }
    }

    private String sleepers(String user) throws IOException {
        return ground.sql(
                        "SELECT count(*) FROM pg_stat_activity WHERE usename = '"
                                + user
                                + "' AND query LIKE '%pg_sleep(60)' AND state = 'active'"
                                + " AND pid <> pg_backend_pid()")
                .strip();
    }

    /// Orders reach every loop, and are done when they are on all.
    @Test
    void ordersAreForAllLoops() throws Exception {
        try (Front front = front("");
                RawClient console = console(front);
                RawClient one = client(front, "postgres");
                RawClient two = client(front, "one");
                RawClient three = client(front, "two")) {
            List<RawClient> all = List.of(one, two, three);
            three.ask("BEGIN");
            console.send(RawClient.query("PAUSE"));
            await().atMost(PATIENCE).until(() -> front.proxy().ask(WingsIT::isPaused));
            for (RawClient client : all) {
                client.send(RawClient.query("COMMIT"));
            }
            assertThat(three.answer().types()).isEqualTo("CZ");
            assertThat(console.answer().words()).contains("PAUSE");
            assertThat(console.ask("RESUME").words()).contains("RESUME");
            one.answer();
            two.answer();
            assertThat(console.ask("KILL_CLIENT " + number(front, "two")).words())
                    .contains("KILL_CLIENT");
            assertThat(three.rest().words()).contains("admin forced disconnect");
            assertThat(console.ask("KILL_CLIENT 4711").words()).contains("client not found");
            assertThat(console.ask("KILL").words()).contains("KILL");
            assertThat(one.rest().words()).contains("admin forced disconnect");
            assertThat(two.rest().words()).contains("admin forced disconnect");
            assertThat(console.ask("RESUME postgres").words()).contains("RESUME");
            try (RawClient again = client(front, "two")) {
                assertThat(again.ask("SELECT 1").types()).isEqualTo("TDCZ");
            }
        }
    }

    private static boolean isPaused(Premises premises) {
        return premises.steering().halting().condition() == Overview.Condition.PAUSED;
    }

    private static long number(Front front, String user) {
        return front.overview(Detail.CONNECTIONS).clients().stream()
                .filter(line -> line.user().equals(user))
                .findFirst()
                .orElseThrow()
                .id();
    }

    /// Tables and sums are of all loops.
    @Test
    void whatIsSeenIsOfAllLoops() throws Exception {
        try (Front front = front("");
                RawClient one = client(front, "postgres");
                RawClient two = client(front, "one");
                RawClient three = client(front, "two")) {
            one.ask("SELECT 1");
            two.ask("SELECT 1");
            three.ask("SELECT 1");
            Overview seen = front.overview(Detail.CONNECTIONS);
            assertThat(seen.pools().stream().map(PoolLine::user))
                    .containsExactlyInAnyOrder("pgbouncer", "postgres", "one", "two");
            assertThat(seen.clients()).extracting(line -> line.id()).isSorted().hasSize(3);
            assertThat(seen.servers())
                    .hasSize(3)
                    .extracting(line -> line.id())
                    .doesNotHaveDuplicates();
            assertThat(seen.serverCount()).isEqualTo(3);
            assertThat(seen.clientCount()).isEqualTo(3);
            assertThat(seen.traffic())
                    .singleElement()
                    .satisfies(line -> assertThat(line.total().queries()).isEqualTo(3));
            assertThat(front.proxy().metrics())
                    .contains("pgbouncer_stats_queries_pooled_total{database=\"postgres\"} 3");
            assertThat(front.proxy().statistics()).contains("postgres");
        }
    }

    /// A limit is one for all loops, not one for each.
    @Test
    void limitsHoldForAllLoopsTogether() throws Exception {
        try (Front front = front("max_db_connections = 2\nmax_db_client_connections = 3");
                RawClient one = client(front, "postgres");
                RawClient two = client(front, "one");
                RawClient three = client(front, "two")) {
            try (RawClient fourth = new RawClient(front.port())) {
                fourth.send(RawClient.start("two"));
                assertThat(fourth.refusal()).contains("max_db_client_connections");
            }
            one.ask("BEGIN");
            two.ask("BEGIN");
            three.send(RawClient.query("SELECT 1"));
            await().atMost(PATIENCE).until(() -> waiting(front) == 1);
            assertThat(front.overview(Detail.NUMBERS).serverCount()).isEqualTo(2);
            one.ask("COMMIT");
            assertThat(three.answer().types()).isEqualTo("TDCZ");
            assertThat(front.overview(Detail.NUMBERS).serverCount()).isLessThanOrEqualTo(2);
            two.ask("COMMIT");
        }
    }

    private static int waiting(Front front) {
        return front.overview(Detail.NUMBERS).pools().stream()
                .mapToInt(pool -> pool.clients().waiting())
                .sum();
    }

    /// Nothing is said to be left before it is so on each loop (I12).
    @Test
    void aSwitchoverIsHeldForOnAllLoops(@TempDir Path directory) throws Exception {
        try (Pair pair = Pair.open(directory, "auth_type = trust\nevent_loops = " + LOOPS)) {
            pair.routing().take(pair.picture(1, "a"));
            int port = pair.port(Route.WRITE);
            try (RawClient idle = login(port, "postgres");
                    RawClient working = login(port, "template1")) {
                idle.ask("SELECT 1");
                working.ask("BEGIN");
                AtomicInteger open = new AtomicInteger(-1);
                pair.proxy().hold(OptionalLong.of(7), (_, left) -> open.set(left));
                await().atMost(PATIENCE).until(() -> open.get() == 1);
                idle.send(RawClient.query("SELECT 2"));
                assertThat(working.ask("COMMIT").types()).isEqualTo("CZ");
                await().atMost(PATIENCE).until(() -> open.get() == 0);
                working.send(RawClient.query("SELECT 3"));
                await().atMost(PATIENCE)
                        .until(() ->
                                pair
                                                .proxy()
                                                .askWings(wing ->
                                                        wing.pools().all().stream()
                                                                .mapToInt(pool ->
                                                                        pool.numbers().waiting())
                                                                .sum())
                                                .stream()
                                                .mapToInt(Integer::intValue)
                                                .sum()
                                        == 2);
                assertThat(open.get()).isZero();
                pair.proxy().hold(OptionalLong.empty(), (_, left) -> open.set(left));
                assertThat(idle.answer().value()).isEqualTo("2");
                assertThat(working.answer().value()).isEqualTo("3");
            }
        }
    }

    private static RawClient login(int port, String database) {
        try {
            return new RawClient(port).login(0, "user", "postgres", "database", database);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
