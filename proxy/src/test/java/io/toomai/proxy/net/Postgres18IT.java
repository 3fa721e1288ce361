package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.proxy.session.Belongings;
import io.toomai.wire.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// What is new in PostgreSQL 18: its cancel keys of 32 bytes, and `search_path`, which it reports.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class Postgres18IT {
    private TestServer server;
    private House house;
    private Path directory;
    private Certificates certificates;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        Optional<Path> binaries =
                Optional.ofNullable(System.getenv("TOOMAI_PG18_BIN")).map(Path::of);
        assumeTrue(
                binaries.filter(bin -> Files.isExecutable(bin.resolve("postgres"))).isPresent(),
                "TOOMAI_PG18_BIN names no PostgreSQL 18; dev/test prepares it");
        this.directory = directory;
        certificates =
                Certificates.create(directory.resolve("tls")).issue("server", "IP:127.0.0.1");
        server =
                TestServer.create(
                        binaries.orElseThrow(),
                        directory.resolve("data"),
                        "ssl = on\nssl_cert_file = '%s'\nssl_key_file = '%s'\n"
                                .formatted(
                                        certificates.file("server.pem"),
                                        certificates.file("server.key")));
        server.start();
        house =
                House.open(
                        server,
                        directory,
                        "default_pool_size = 1\nauth_type = plain\npool_mode = transaction");
    }

    @AfterAll
    void close() throws Exception {
        if (house != null) {
            house.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private RawClient client(int minor) throws Exception {
        return new RawClient(house.port()).login(minor, "user", "postgres", "database", "postgres");
    }

    /// What a session takes along when it moves.
    @Test
    void transactionTimeoutIsAmongWhatASessionHasSet() throws Exception {
        try (RawClient client = client(0)) {
            client.ask("BEGIN");
            client.ask("SET transaction_timeout = '5s'");
            client.ask("SET transaction_read_only = on");
            assertThat(client.ask(Belongings.QUESTION).words())
                    .contains("transaction_timeout", "5000")
                    .doesNotContain("transaction_read_only");
            client.ask("ROLLBACK");
        }
    }

    @Test
    void aLongKeyCancels() throws Exception {
        try (RawClient anna = client(2);
                RawClient bert = client(0)) {
            assertThat(anna.ask("SHOW server_version_num").value()).startsWith("18");
            for (RawClient each : new RawClient[] {anna, bert}) {
                each.send(RawClient.query("SELECT pg_sleep(300)"));
                Awaitility.await()
                        .atMost(Duration.ofSeconds(40))
                        .until(() -> isWorking("SELECT pg_sleep(300)"));
                RawClient.cancel(house.port(), each.cancelRequest());
                assertThat(each.answer().words()).contains("C57014").endsWith("Z I\n");
            }
        }
    }

    /// Nothing goes to the server in plain, not even the question whether it has TLS; nor does a
    /// request to cancel.
    @Test
    void aServerIsGreetedInTls() throws Exception {
        try (Wiretap tap = Wiretap.before(server.port())) {
            House direct =
                    House.open(
                            server,
                            directory,
                            "auth_type = plain\nserver_tls_negotiation = direct\n"
                                    + "server_tls_sslmode = verify-full\nserver_tls_ca_file = "
                                    + certificates.file("ca.pem")
                                    + "\n[databases]\n* = host=127.0.0.1 port="
                                    + tap.port());
            try (RawClient anna = RawClient.postgres(direct.port())) {
                assertThat(
                                anna.ask(
                                                "SELECT ssl FROM pg_stat_ssl"
                                                        + " WHERE pid = pg_backend_pid()")
                                        .value())
                        .isEqualTo("t");
                anna.send(RawClient.query("SELECT pg_sleep(301)"));
                Awaitility.await()
                        .atMost(Duration.ofSeconds(40))
                        .until(() -> isWorking("SELECT pg_sleep(301)"));
                RawClient.cancel(direct.port(), anna.cancelRequest());
                assertThat(anna.answer().words()).contains("C57014");
            } finally {
                direct.proxy().close();
            }
            assertThat(tap.firstBytes()).hasSizeGreaterThan(1).containsOnly(TLS_HANDSHAKE);
        }
    }

    private static final int TLS_HANDSHAKE = 0x16;

    private boolean isWorking(String query) throws Exception {
        try (RawClient other =
                new RawClient(house.port()).login(0, "user", "postgres", "database", "template1")) {
            return other.ask(
                            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = '"
                                    + query
                                    + "'")
                    .value()
                    .equals("1");
        }
    }

    @Test
    void theSearchPathIsTheClients() throws Exception {
        try (RawClient anna = client(2);
                RawClient bert = client(0)) {
            anna.ask("SET search_path = annas, public");
            assertThat(bert.ask("SHOW search_path").value()).isEqualTo("\"$user\", public");
            bert.ask("SET search_path = berts");
            assertThat(anna.ask("SHOW search_path").value()).isEqualTo("annas, public");
            assertThat(bert.ask("SHOW search_path").value()).isEqualTo("berts");
        }
    }
}
