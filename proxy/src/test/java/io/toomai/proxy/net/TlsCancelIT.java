package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.wire.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Edge 31, of clients in TLS where TLS is required: their own query ends, and nobody else's.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TlsCancelIT extends TlsGround {
    private static final int SSL_REQUEST = 80877103;
    private static final int CANCEL_REQUEST = 80877102;
    private static final int TLS_HANDSHAKE = 0x16;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private House house;
    private int bystanders;

    @BeforeAll
    void open() throws Exception {
        house = before(with("require") + "server_tls_sslmode = require");
    }

    @AfterAll
    void end() {
        house.proxy().close();
        threads.close();
    }

    /// Somebody else, whose query must go on meanwhile.
    private final class Bystander implements AutoCloseable {
        private final Connection connection = connect(house.port());
        private final Statement statement = connection.createStatement();
        private final String query = "SELECT pg_sleep(%d)".formatted(2000 + bystanders++);
        private final Future<?> asking;

        Bystander() throws SQLException {
            asking =
                    threads.submit(() ->
                            assertThatThrownBy(() -> statement.execute(query))
                                    .hasMessageContaining("canceling statement"));
            untilWorking(query);
        }

        /// Ends its query itself.
        void assertUntouched() throws Exception {
            assertThat(isWorking(query)).isTrue();
            statement.cancel();
            asking.get();
            assertThat(Jdbc.one(connection, "SELECT 'goes on'")).isEqualTo("goes on");
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }

    private static Connection connect(int port) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/postgres?sslmode=require",
                "postgres",
                TestServer.PASSWORD);
    }

    private boolean isWorking(String query) throws IOException {
        return server.sql(
                        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = '"
                                + query
                                + "'")
                .equals("1");
    }

    private void untilWorking(String query) {
        await().atMost(PATIENCE).until(() -> isWorking(query));
    }

    @Test
    void pgjdbcCancels() throws Exception {
        try (Bystander other = new Bystander();
                Wiretap tap = Wiretap.before(house.port());
                Connection connection = connect(tap.port());
                Statement statement = connection.createStatement()) {
            Future<?> asking =
                    threads.submit(() ->
                            assertThatThrownBy(() -> statement.execute("SELECT pg_sleep(1002)"))
                                    .extracting(e -> ((SQLException) e).getSQLState())
                                    .isEqualTo("57014"));
            untilWorking("SELECT pg_sleep(1002)");
            statement.cancel();
            asking.get();
            assertThat(tap.firstWords()).containsExactly(SSL_REQUEST, CANCEL_REQUEST);
            assertThat(Jdbc.one(connection, "SELECT ssl FROM pg_stat_ssl")).isEqualTo("t");
            other.assertUntouched();
        }
    }

    /// Its requests to cancel are in plain, whatever its session is in.
    @Test
    void psqlIsInterrupted() throws Exception {
        try (Bystander other = new Bystander();
                Wiretap tap = Wiretap.before(house.port())) {
            Future<?> asking =
                    threads.submit(() ->
                            assertThatThrownBy(() ->
                                            server.through(tap.port())
                                                    .run(
                                                            "psql",
                                                            "-XAtqc",
                                                            "SELECT pg_sleep(1003)",
                                                            "sslmode=require sslcert=/nowhere"))
                                    .hasMessageContaining("canceling statement due to user"));
            untilWorking("SELECT pg_sleep(1003)");
            interrupt("pg_sleep(1003)");
            asking.get();
            assertThat(tap.firstWords()).containsExactly(SSL_REQUEST, CANCEL_REQUEST);
            other.assertUntouched();
        }
    }

    /// A child of this process.
    private static void interrupt(String word) throws Exception {
        long child =
                ProcessHandle.current()
                        .descendants()
                        .filter(each -> each.info().commandLine().orElse("").contains(word))
                        .findFirst()
                        .orElseThrow()
                        .pid();
        Process kill = new ProcessBuilder("kill", "-INT", Long.toString(child)).start();
        assertThat(kill.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(kill.exitValue()).isZero();
    }

    /// From 17 on its requests to cancel are as encrypted as the session: `dblink` is a client that
    /// sends them so.
    @ParameterizedTest
    @CsvSource({"postgres", "direct"})
    void libpqCancelsInTls(String negotiation) throws Exception {
        Optional<Path> binaries =
                Optional.ofNullable(System.getenv("TOOMAI_PG17_BIN")).map(Path::of);
        assumeTrue(
                binaries.filter(bin -> Files.isExecutable(bin.resolve("postgres"))).isPresent(),
                "TOOMAI_PG17_BIN names no PostgreSQL 17; dev/test prepares it");
        Path home = Files.createDirectory(directory.resolve("client-" + negotiation));
        try (TestServer client =
                        TestServer.create(binaries.orElseThrow(), home.resolve("data"), "");
                Bystander other = new Bystander();
                Wiretap tap = Wiretap.before(house.port())) {
            client.start();
            client.sql("CREATE EXTENSION dblink");
            try (Connection caller =
                    DriverManager.getConnection(
                            "jdbc:postgresql://127.0.0.1:" + client.port() + "/postgres",
                            "postgres",
                            TestServer.PASSWORD)) {
                Jdbc.one(
                        caller,
                        ("SELECT dblink_connect('c', 'host=127.0.0.1 port=%d user=postgres"
                                        + " dbname=postgres sslmode=require sslnegotiation=%s sslcert=/nowhere"
                                        + " password=''%s''')")
                                .formatted(tap.port(), negotiation, TestServer.PASSWORD));
                assertThat(
                                Jdbc.one(
                                        caller,
                                        "SELECT dblink_send_query('c','SELECT pg_sleep(1004)')"))
                        .isEqualTo("1");
                untilWorking("SELECT pg_sleep(1004)");
                assertThat(Jdbc.one(caller, "SELECT dblink_cancel_query('c')")).isEqualTo("OK");
                assertThatThrownBy(() ->
                                Jdbc.one(
                                        caller,
                                        "SELECT * FROM dblink_get_result('c') AS r (line text)"))
                        .hasMessageContaining("canceling statement due to user request");
            }
            if (negotiation.equals("direct")) {
                assertThat(tap.firstBytes()).containsExactly(TLS_HANDSHAKE, TLS_HANDSHAKE);
            } else {
                assertThat(tap.firstWords()).containsExactly(SSL_REQUEST, SSL_REQUEST);
            }
            other.assertUntouched();
        }
    }
}
