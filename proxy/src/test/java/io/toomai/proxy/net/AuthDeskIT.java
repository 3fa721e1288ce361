package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.wire.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The connection by which `auth_query` is asked stays no longer than others.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AuthDeskIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private TestServer server;
    private Path directory;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        this.directory = directory;
        server =
                TestServer.create(
                        TestServer.binaries().orElseThrow(),
                        directory.resolve("data"),
                        "client_connection_check_interval = 100ms\n");
        server.start();
        server.sql("CREATE ROLE anna LOGIN PASSWORD 'annas'");
    }

    @AfterAll
    void close() throws Exception {
        server.close();
    }

    @AfterEach
    void untilThereIsNone() {
        await().atMost(PATIENCE).until(() -> desks() == 0);
    }

    private House before(String from, String settings) throws Exception {
        return House.open(server, directory, settings(from, settings));
    }

    private static String settings(String from, String more) {
        return """
        admin_users = postgres
        auth_user = postgres
        auth_query = SELECT usename, passwd FROM %s WHERE usename = $1
        %s
        """
                .formatted(from, more);
    }

    private void logIn(House house) throws SQLException {
        house.connect("anna", "annas").close();
    }

    private int desks() throws IOException {
        return Integer.parseInt(
                server.sql(
                        "SELECT count(*) FROM pg_stat_activity"
                                + " WHERE application_name = 'toomai auth_query'"));
    }

    @Test
    void aPauseClosesItAndTheNextLoginOpensItAgain() throws Exception {
        House house = before("pg_shadow", "");
        try {
            logIn(house);
            assertThat(desks()).isEqualTo(1);
            house.run("psql", "-d", "pgbouncer", "-c", "PAUSE");
            untilThereIsNone();
            house.run("psql", "-d", "pgbouncer", "-c", "RESUME");
            logIn(house);
            assertThat(desks()).isEqualTo(1);
        } finally {
            house.proxy().close();
        }
    }

    @Test
    void nobodyUsesIt() throws Exception {
        House house = before("pg_shadow", "server_idle_timeout = 0.5");
        try {
            logIn(house);
            untilThereIsNone();
            logIn(house);
        } finally {
            house.proxy().close();
        }
    }

    /// A query that hangs ends after `client_login_timeout`, whatever was read again meanwhile.
    @Test
    void itHangsWhileTheSettingsChange() throws Exception {
        String sleeps = "(SELECT pg_shadow.* FROM pg_shadow, pg_sleep(300)) u";
        House house = before(sleeps, "client_login_timeout = 2");
        try {
            Thread client =
                    Thread.ofVirtual()
                            .start(() ->
                                    assertThatThrownBy(() -> logIn(house))
                                            .isInstanceOf(SQLException.class));
            await().atMost(PATIENCE).until(() -> desks() == 1);
            house.reload(settings("pg_shadow", "client_login_timeout = 2"));
            untilThereIsNone();
            client.join();
        } finally {
            house.proxy().close();
        }
    }

    @Test
    void whoComesToTheConsoleIsLookedUpWhereAuthDbnameSays() throws Exception {
        Path ini = directory.resolve("console.ini");
        Files.writeString(
                ini,
                """
                [databases]
                users = host=127.0.0.1 port=%d dbname=postgres
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = 0
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = %s
                auth_user = postgres
                auth_dbname = users
                admin_users = anna
                """
                        .formatted(server.port(), directory.resolve("console.users")));
        Files.writeString(
                directory.resolve("console.users"),
                "\"postgres\" \"" + TestServer.PASSWORD + "\"\n");
        try (Proxy proxy = Proxy.start(House.load(ini), Transport.usual())) {
            assertThat(
                            server.run(
                                    "psql",
                                    "-XAtc",
                                    "SHOW VERSION",
                                    "postgresql://anna:annas@127.0.0.1:"
                                            + proxy.address().getPort()
                                            + "/pgbouncer"))
                    .contains("PgBouncer");
        }
    }

    /// Whoever owns a database of that name would decide who comes to the console.
    @Test
    void whoComesToTheConsoleIsNotLookedUpInADatabaseThatIsCalledAlike() throws Exception {
        server.sql("CREATE DATABASE pgbouncer");
        House house = before("pg_shadow", "stats_users = anna");
        try (LogLines log = new LogLines()) {
            try (RawClient client = new RawClient(house.port())) {
                client.send(RawClient.packet(3, 0, "user\0anna\0database\0pgbouncer\0\0"));
                assertThat(client.read().text()).contains("08P01|Mbouncer config error");
            }
            assertThat(log.having("cannot use the reserved \"pgbouncer\" database")).isNotEmpty();
            assertThat(desks()).isZero();
            logIn(house);
        } finally {
            house.proxy().close();
        }
    }
}
