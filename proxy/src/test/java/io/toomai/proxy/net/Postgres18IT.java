package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        Optional<Path> binaries =
                Optional.ofNullable(System.getenv("TOOMAI_PG18_BIN")).map(Path::of);
        assumeTrue(
                binaries.filter(bin -> Files.isExecutable(bin.resolve("postgres"))).isPresent(),
                "TOOMAI_PG18_BIN names no PostgreSQL 18; dev/test prepares it");
        server = TestServer.create(binaries.orElseThrow(), directory.resolve("data"), "");
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
