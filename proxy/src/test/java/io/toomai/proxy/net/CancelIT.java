package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.toomai.proxy.console.Lookout.Detail;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Edge 31: what a CancelRequest hits, and what it never hits.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CancelIT {
    private House house;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        house = House.open(directory, "default_pool_size = 1\nauth_type = plain");
    }

    @AfterAll
    void close() throws Exception {
        house.close();
    }

    private RawClient client() throws Exception {
        return RawClient.postgres(house.port());
    }

    private void untilWorking(String query) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(40))
                .until(() ->
                        house.server()
                                .sql(
                                        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                                                + " AND query = '"
                                                + query
                                                + "'")
                                .equals("1"));
    }

    @Test
    void edge31WhatIsUnderWayIsCanceledAndTheSessionGoesOn() throws Exception {
        try (RawClient anna = client()) {
            anna.send(RawClient.query("SELECT pg_sleep(300)"));
            untilWorking("SELECT pg_sleep(300)");
            RawClient.cancel(house.port(), anna.cancelRequest());
            assertThat(anna.answer().words()).contains("C57014").endsWith("Z I\n");
            assertThat(anna.ask("SELECT 7").words()).contains("7");
        }
    }

    @Test
    void edge31WhoWaitsForAServerIsCanceledAtOnce() throws Exception {
        try (RawClient anna = client();
                RawClient bert = client()) {
            assertThat(anna.ask("BEGIN").words()).endsWith("Z T\n");
            bert.send(RawClient.query("SELECT 'simple'"));
            RawClient.cancel(house.port(), bert.cancelRequest());
            assertThat(bert.answer().words()).contains("C57014").endsWith("Z I\n");
            bert.send(RawClient.parse("s", "SELECT 'prepared'"));
            bert.send(RawClient.bind("s"));
            RawClient.cancel(house.port(), bert.cancelRequest());
            assertThat(bert.read().text()).contains("C57014");
            bert.send(RawClient.execute());
            bert.send(RawClient.sync());
            assertThat(bert.answer().words()).isEqualTo("Z I\n");
            bert.send(RawClient.query("SELECT 'afterwards'"));
            assertThat(anna.ask("COMMIT").words()).endsWith("Z I\n");
            assertThat(bert.answer().words()).contains("afterwards");
            bert.send(RawClient.message('D', "Ss\0"));
            bert.send(RawClient.sync());
            assertThat(bert.answer().words()).as("was never prepared").contains("C26000");
        }
    }

    @Test
    void edge31AnIdleClientAndAWrongKeyAreNothing() throws Exception {
        try (RawClient anna = client();
                RawClient bert = client()) {
            anna.send(RawClient.query("SELECT pg_sleep(300)"));
            untilWorking("SELECT pg_sleep(300)");
            RawClient.cancel(house.port(), bert.cancelRequest());
            byte[] wrong = anna.cancelRequest();
            wrong[wrong.length - 1] ^= 1;
            RawClient.cancel(house.port(), wrong);
            assertThat(
                            house.server()
                                    .sql(
                                            "SELECT count(*) FROM pg_stat_activity"
                                                    + " WHERE state = 'active' AND query = 'SELECT pg_sleep(300)'"))
                    .isEqualTo("1");
            RawClient.cancel(house.port(), anna.cancelRequest());
            assertThat(anna.answer().words()).contains("C57014");
        }
    }

    @Test
    void edge31TheLongKeyOfProtocol32() throws Exception {
        try (RawClient anna =
                new RawClient(house.port()).login(2, "user", "postgres", "database", "postgres")) {
            assertThat(anna.key()).hasSize(4 + 32);
            anna.send(RawClient.query("SELECT pg_sleep(301)"));
            untilWorking("SELECT pg_sleep(301)");
            RawClient.cancel(house.port(), anna.cancelRequest());
            assertThat(anna.answer().words()).contains("C57014");
        }
    }

    /// There is one server for both: a cancel that comes late would hit the other's query.
    @Test
    void edge31ALateCancelNeverHitsSomebodyElse() throws Exception {
        AtomicBoolean ends = new AtomicBoolean();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try (threads;
                RawClient anna = client();
                RawClient bert = client()) {
            Future<Integer> canceling =
                    threads.submit(() -> {
                        int canceled = 0;
                        while (!ends.get()) {
                            RawClient.cancel(house.port(), anna.cancelRequest());
                            canceled++;
                        }
                        return canceled;
                    });
            Future<Integer> asking =
                    threads.submit(() -> {
                        int answered = 0;
                        while (!ends.get()) {
                            anna.ask("SELECT pg_sleep(0.001)");
                            answered++;
                        }
                        return answered;
                    });
            for (int i = 0; i < 2000; i++) {
                assertThat(bert.ask("SELECT 'bert " + i + "'").words()).contains("bert " + i);
            }
            ends.set(true);
            assertThat(canceling.get()).isPositive();
            assertThat(asking.get()).isPositive();
        }
    }

    @Test
    void edge31AStormOfRequests() throws Exception {
        try (RawClient anna = client();
                RawClient bert = client();
                ExecutorService threads = Executors.newFixedThreadPool(20)) {
            anna.send(RawClient.query("SELECT pg_sleep(302)"));
            untilWorking("SELECT pg_sleep(302)");
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                byte[] request = (i % 2 == 0 ? anna : bert).cancelRequest();
                request[9] ^= (byte) (i % 3);
                all.add(
                        threads.submit(() -> {
                            RawClient.cancel(house.port(), request);
                            return null;
                        }));
            }
            for (Future<?> each : all) {
                each.get();
            }
            assertThat(anna.answer().words()).contains("C57014");
            assertThat(bert.ask("SELECT 'still here'").words()).contains("still here");
        }
    }

    /// The server takes the request, and its end is not known until it hangs up.
    @Test
    void aRequestThatIsUnderWayIsCounted(@TempDir Path directory) throws Exception {
        try (FakeServer server = new FakeServer((_, _, _) -> {});
                Front front = before(server, directory);
                RawClient anna = RawClient.postgres(front.port());
                RawClient asker = new RawClient(front.port())) {
            beginsToCancel(front, anna, "SELECT 1", asker);
            server.peers().getFirst().say(FakeServer.complete("SELECT 1"), FakeServer.ready('I'));
            untilPools(front, "clients 1 0 servers 1 1 1");
            server.peers().getLast().hangUp();
            untilPools(front, "clients 0 0 servers 0 0 0");
            assertThat(asker.oneByte()).isEqualTo(-1);
        }
    }

    /// Until it is known that nothing can be canceled any more, the server is not asked to what its
    /// client listens. If it is lost meanwhile nobody would ever ask.
    @Test
    void whoWaitsToListenHearsThatTheServerIsLost(@TempDir Path directory) throws Exception {
        try (FakeServer server = new FakeServer((_, _, _) -> {});
                Front front = before(server, directory);
                RawClient anna = RawClient.postgres(front.port());
                RawClient asker = new RawClient(front.port())) {
            beginsToCancel(front, anna, "LISTEN news", asker);
            FakeServer.Peer listened = server.peers().getFirst();
            listened.say(FakeServer.complete("LISTEN"), FakeServer.ready('I'));
            untilPools(front, "clients 1 0 servers 1 1 1");
            listened.hangUp();
            assertThat(anna.answer().words()).contains("LISTEN", "57P03");
        }
    }

    private static Front before(FakeServer server, Path directory) throws Exception {
        return Front.open(directory, "* = host=127.0.0.1 port=" + server.port(), "");
    }

    private static void beginsToCancel(Front front, RawClient who, String query, RawClient asker)
            throws Exception {
        who.send(RawClient.query(query));
        untilPools(front, "clients 0 0 servers 1 0 0");
        asker.send(who.cancelRequest());
        untilPools(front, "clients 1 0 servers 1 1 0");
    }

    private static void untilPools(Front front, String numbers) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> assertThat(numbers(front)).isEqualTo(numbers));
    }

    private static String numbers(Front front) {
        var pool = front.overview(Detail.NUMBERS).pools().getLast();
        return "clients %d %d servers %d %d %d"
                .formatted(
                        pool.clients().activeCancels(),
                        pool.clients().waitingCancels(),
                        pool.servers().active(),
                        pool.servers().cancels(),
                        pool.servers().beingCanceled());
    }

    @Test
    void edge31APeerHandsItOn(@TempDir Path directory) throws Exception {
        try (House first = peer(directory, 1, "");
                House second =
                        peer(directory, 2, "[peers]\n1 = host=127.0.0.1 port=" + first.port())) {
            handsOn(second, first);
        }
    }

    /// As in PgBouncer's own example: processes behind one port reach each other by their sockets.
    @Test
    void aPeerWithAUnixSocketHandsItOn(@TempDir Path directory) throws Exception {
        Path sockets = Files.createTempDirectory(Path.of("/tmp"), "toomai-s");
        try (House first = peer(directory, 1, "unix_socket_dir = " + sockets);
                House second =
                        peer(
                                directory,
                                2,
                                "[peers]\n1 = host=" + sockets + " port=" + first.port())) {
            handsOn(second, first);
        } finally {
            Files.deleteIfExists(sockets);
        }
    }

    /// Nobody is left waiting for it, and the log says so.
    @Test
    void aPeerThatIsNotThereIsNoHarm(@TempDir Path directory) throws Exception {
        try (LogLines log = new LogLines();
                House first = peer(directory, 1, "");
                House second = peer(directory, 2, "[peers]\n1 = host=" + directory);
                RawClient anna = RawClient.postgres(first.port())) {
            RawClient.cancel(second.port(), anna.cancelRequest());
            assertThat(log.having("a request to cancel is lost"))
                    .singleElement(STRING)
                    .contains("peer 1", "no such socket");
        }
    }

    private House peer(Path directory, int id, String more) throws Exception {
        return House.open(
                house.server(),
                Files.createDirectory(directory.resolve("peer" + id)),
                "auth_type = plain\npeer_id = " + id + "\n" + more);
    }

    private void handsOn(House asked, House busy) throws Exception {
        try (RawClient anna = RawClient.postgres(busy.port())) {
            anna.send(RawClient.query("SELECT pg_sleep(303)"));
            untilWorking("SELECT pg_sleep(303)");
            RawClient.cancel(asked.port(), anna.cancelRequest());
            assertThat(anna.answer().words()).contains("C57014");
        }
    }
}
