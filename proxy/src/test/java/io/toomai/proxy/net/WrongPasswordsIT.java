package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.PooledByteBufAllocator;
import io.toomai.proxy.console.Lookout.Detail;
import io.toomai.proxy.console.Overview;
import io.toomai.wire.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Programs that try a wrong password again and again do not harm others, and nothing is left of
/// them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WrongPasswordsIT {
    private static final int PROGRAMS = 8;
    private static final int TIMES = 40;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// So many connections at once, and fewer than there will have been.
    private static final int MOST = 100;

    /// Of a connection within this process.
    private static final int ENDS = 2;

    /// In the words of `/proc/net/tcp`: it waits for what is on its way of a connection that has
    /// ended; it listens.
    private static final Set<String> NOT_OPEN = Set.of("06", "0A");

    private TestServer server;
    private Path directory;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        this.directory = directory;
        server =
                TestServer.create(
                        TestServer.binaries().orElseThrow(), directory.resolve("data"), "");
        server.start();
    }

    @AfterAll
    void close() throws Exception {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"md5", "scram-sha-256"})
    void nothingIsLeftOfThem(String type) throws Exception {
        House house =
                House.open(
                        server, directory, "auth_type = " + type + "\nmax_client_conn = " + MOST);
        try {
            tryWrongOnesBesideOneThatAsks(house);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> {
                        Overview seen = Front.overview(house.proxy(), Detail.CONNECTIONS);
                        assertThat(seen.logins()).isEmpty();
                        assertThat(seen.clientCount()).isZero();
                        assertThat(sockets(house.port())).isZero();
                    });
            house.connect().close();
        } finally {
            house.proxy().close();
        }
    }

    private void tryWrongOnesBesideOneThatAsks(House house) throws Exception {
        try (Connection wellBehaved = house.connect();
                ExecutorService threads = Executors.newFixedThreadPool(PROGRAMS)) {
            assertThat(Jdbc.one(wellBehaved, "SELECT 'first'")).isEqualTo("first");
            String backends = backends();
            assertThat(sockets(house.port())).isEqualTo(ENDS);
            long buffers = buffers();
            List<Future<?>> programs = new ArrayList<>();
            for (int i = 0; i < PROGRAMS; i++) {
                String user = i % 4 == 3 ? "never" + i : "postgres";
                programs.add(
                        threads.submit(() -> {
                            for (int turn = 0; turn < TIMES; turn++) {
                                assertRefused(house, user);
                            }
                        }));
            }
            int answered = 0;
            while (!programs.stream().allMatch(Future::isDone)) {
                assertThat(Jdbc.one(wellBehaved, "SELECT " + answered)).isEqualTo("" + answered);
                answered++;
            }
            for (Future<?> each : programs) {
                each.get();
            }
            assertThat(answered).isPositive();
            await().atMost(PATIENCE)
                    .untilAsserted(() -> {
                        Overview seen = Front.overview(house.proxy(), Detail.CONNECTIONS);
                        assertThat(seen.logins()).isEmpty();
                        assertThat(seen.clientCount()).isEqualTo(1);
                        assertThat(sockets(house.port())).isEqualTo(ENDS);
                        assertThat(buffers()).isLessThanOrEqualTo(buffers);
                    });
            assertThat(backends()).isEqualTo(backends);
            house.connect().close();
        }
    }

    private static void assertRefused(House house, String user) {
        assertThatThrownBy(() -> house.connect(user, "wrong").close())
                .hasMessageContaining("password authentication failed")
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("28P01");
    }

    private String backends() throws IOException {
        return server.sql(
                "SELECT count(*) FROM pg_stat_activity"
                        + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
    }

    /// Bytes of those that are in use.
    private static long buffers() {
        var pool = (PooledByteBufAllocator) Buffers.POOL;
        return pool.pinnedDirectMemory() + pool.pinnedHeapMemory();
    }

    /// Ends of connections with the proxy, both of this process.
    private static long sockets(int port) throws IOException {
        String there = ":%04X".formatted(port);
        long open = 0;
        for (String table : List.of("tcp", "tcp6")) {
            open +=
                    Files.readAllLines(Path.of("/proc/self/net", table)).stream()
                            .skip(1)
                            .map(line -> line.strip().split("\\s+"))
                            .filter(words -> words[1].endsWith(there) || words[2].endsWith(there))
                            .filter(words -> !NOT_OPEN.contains(words[3]))
                            .count();
        }
        return open;
    }
}
