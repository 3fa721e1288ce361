package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Settings of which each does one small thing.
class SmallSettingsIT {
    @TempDir Path directory;

    private Front front(FakeServer server, String settings) throws Exception {
        return Front.open(directory, databases(server), settings);
    }

    private static String databases(FakeServer server) {
        return "* = host=127.0.0.1 port=" + server.port();
    }

    @Test
    void loginNotifyMessageIsANoticeAtTheLogin() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "login_notify_message = closed on Sunday");
                RawClient client = front.newcomer()) {
            assertThat(client.answer().messages())
                    .anyMatch(heard ->
                            heard.type() == 'N' && heard.text().contains("closed on Sunday"));
        }
    }

    @Test
    void maxDbClientConnectionsRefusesOneMore() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "max_db_client_connections = 1");
                RawClient _ = front.client();
                RawClient client = front.newcomer()) {
            assertThat(client.rest().messages())
                    .anyMatch(heard ->
                            heard.type() == 'E'
                                    && heard.text().contains("max_db_client_connections"));
        }
    }

    @Test
    void serverRoundRobinUsesTheOneThatRestedLongest() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "server_round_robin = 1\nmin_pool_size = 2");
                RawClient client = front.client()) {
            front.awaitPool(pool -> pool.numbers().idle() == 2);
            String first = client.ask("SELECT 1").words();
            String second = client.ask("SELECT 1").words();
            assertThat(second).isNotEqualTo(first);
            assertThat(client.ask("SELECT 1").words()).isEqualTo(first);
            front.reload(databases(server), "min_pool_size = 2");
            String last = client.ask("SELECT 1").words();
            assertThat(client.ask("SELECT 1").words()).isEqualTo(last);
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
