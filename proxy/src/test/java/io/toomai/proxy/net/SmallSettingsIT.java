package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.net.PlainClient.Heard;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Settings of which each does one small thing.
class SmallSettingsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir Path directory;

    private Front front(FakeServer server, String settings) throws Exception {
        return Front.open(
                directory,
                """
                [databases]
                * = host=127.0.0.1 port=%d
                [pgbouncer]
                pool_mode = transaction
                %s
                """
                        .formatted(server.port(), settings));
    }

    private static List<Heard> welcome(Front front) throws Exception {
        try (PlainClient client = new PlainClient(front.port(), "postgres", "postgres")) {
            return client.untilReady();
        }
    }

    @Test
    void loginNotifyMessageIsANoticeAtTheLogin() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "login_notify_message = closed on Sunday")) {
            assertThat(welcome(front))
                    .anyMatch(heard ->
                            heard.type() == 'N' && heard.body().contains("closed on Sunday"));
        }
    }

    @Test
    void maxDbClientConnectionsRefusesOneMore() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "max_db_client_connections = 1");
                PlainClient _ = front.client()) {
            assertThat(welcome(front))
                    .anyMatch(heard ->
                            heard.type() == 'E'
                                    && heard.body().contains("max_db_client_connections"));
        }
    }

    @Test
    void serverRoundRobinUsesTheOneThatRestedLongest() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "server_round_robin = 1\nmin_pool_size = 2");
                PlainClient client = front.client()) {
            ServerPool pool = front.pool("postgres");
            await().atMost(PATIENCE)
                    .until(() -> front.proxy().ask(_ -> pool.numbers().idle() == 2));
            String first = client.ask("SELECT 1").toString();
            String second = client.ask("SELECT 1").toString();
            assertThat(second).isNotEqualTo(first);
            assertThat(client.ask("SELECT 1").toString()).isEqualTo(first);
            front.reload(
                    """
                    [databases]
                    * = host=127.0.0.1 port=%d
                    [pgbouncer]
                    pool_mode = transaction
                    min_pool_size = 2
                    """
                            .formatted(server.port()));
            String last = client.ask("SELECT 1").toString();
            assertThat(client.ask("SELECT 1").toString()).isEqualTo(last);
        }
    }

    @Test
    void applicationNameAddHostTellsTheServerWhoItIs() throws Exception {
        try (House house = House.open(directory, "application_name_add_host = 1");
                // else pgjdbc sets it only after its login
                Connection connection =
                        house.connect(
                                Map.of(
                                        "ApplicationName",
                                        "books",
                                        "assumeMinServerVersion",
                                        "12"));
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT current_setting('application_name')")) {
            row.next();
            assertThat(row.getString(1)).startsWith("books - 127.0.0.1");
        }
    }
}
