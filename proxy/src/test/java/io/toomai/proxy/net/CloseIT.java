package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.wire.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// A proxy that is closed leaves no connection behind in a process that goes on.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CloseIT {
    private static final int CLIENTS = 40;

    private TestServer server;

    @TempDir private Path directory;

    @BeforeAll
    void open(@TempDir Path data) throws Exception {
        server = TestServer.create(TestServer.binaries().orElseThrow(), data.resolve("data"), "");
        server.start();
        server.sql("CREATE ROLE anna LOGIN PASSWORD 'annas'");
    }

    @AfterAll
    void close() throws Exception {
        server.close();
    }

    private int connections() throws IOException {
        return Integer.parseInt(
                server.sql(
                        "SELECT count(*) FROM pg_stat_activity"
                                + " WHERE usename = 'anna' OR application_name = 'toomai auth_query'"));
    }

    /// One of fifty left a connection where the loops ended at once, on a machine with much to do.
    @RepeatedTest(10)
    void nothingIsLeftOpen() throws Exception {
        House house =
                House.open(
                        server,
                        directory,
                        """
                        auth_user = postgres
                        auth_query = SELECT usename, passwd FROM pg_shadow WHERE usename = $1
                        default_pool_size = %d
                        """
                                .formatted(CLIENTS));
        List<Connection> clients = new ArrayList<>();
        try {
            for (int i = 0; i < CLIENTS; i++) {
                Connection client = house.connect("anna", "annas");
                clients.add(client);
                client.setAutoCommit(false);
                client.createStatement().execute("SELECT 1");
            }
            assertThat(connections()).isEqualTo(CLIENTS + 1);
        } finally {
            house.proxy().close();
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> connections() == 0);
        for (Connection client : clients) {
            client.close();
        }
    }
}
