package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.wire.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.util.PSQLException;

/// Logins where a file says nothing of `auth_type`, which is md5 then: of real clients, before a
/// server that keeps hashes and asks for them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class Md5IT {
    private static final int MD5 = 5;
    private static final int SASL = 10;

    private TestServer server;
    private Path directory;
    private Proxy proxy;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        this.directory = directory;
        server =
                TestServer.create(
                        TestServer.binaries().orElseThrow(),
                        directory.resolve("data"),
                        "password_encryption = md5\n");
        Files.writeString(
                server.data().resolve("pg_hba.conf"),
                """
                host all postgres,clara 127.0.0.1/32 scram-sha-256
                host all all 127.0.0.1/32 md5
                """);
        server.start();
        server.sql("CREATE ROLE anna LOGIN PASSWORD 'annas'");
        server.sql("CREATE ROLE bert LOGIN PASSWORD 'berts'");
        server.sql(
                "SET password_encryption = 'scram-sha-256'; CREATE ROLE clara LOGIN PASSWORD 'claras'");
        Files.writeString(
                directory.resolve("users"),
                "\"anna\" \"annas\"\n\"bert\" \"%s\"\n\"clara\" \"%s\"\n"
                        .formatted(secret("bert"), secret("clara")));
        Path ini = Files.writeString(directory.resolve("ours.ini"), file() + "listen_port = 0\n");
        proxy = Proxy.start(House.load(ini), Transport.usual());
    }

    @AfterAll
    void close() throws Exception {
        proxy.close();
        server.close();
    }

    private String secret(String role) throws IOException {
        return server.sql("SELECT rolpassword FROM pg_authid WHERE rolname = '" + role + "'");
    }

    private String file() {
        return """
        [databases]
        postgres = host=127.0.0.1 port=%d
        [pgbouncer]
        listen_addr = 127.0.0.1
        unix_socket_dir =
        server_tls_sslmode = disable
        auth_file = %s
        """
                .formatted(server.port(), directory.resolve("users"));
    }

    private int port() {
        return proxy.address().getPort();
    }

    @Test
    void aPasswordInPlainOrItsHashIsEnoughForClientAndServer() throws Exception {
        assertThat(secret("anna")).startsWith("md5");
        assertThat(secret("bert")).startsWith("md5");
        for (String user : List.of("anna", "bert")) {
            assertThat(question(port(), user)).isEqualTo(MD5);
            assertThat(login(port(), user, user + "s")).isEqualTo("in as " + user);
            assertThat(psql(user, user + "s")).isEqualTo(user);
        }
    }

    @Test
    void whoHasAScramSecretIsAskedForScram() throws Exception {
        assertThat(secret("clara")).startsWith("SCRAM-SHA-256$");
        assertThat(question(port(), "clara")).isEqualTo(SASL);
        assertThat(login(port(), "clara", "claras")).isEqualTo("in as clara");
        assertThat(psql("clara", "claras")).isEqualTo("clara");
    }

    private String psql(String user, String password) throws IOException {
        return server.run(
                "psql",
                "-XAtqc",
                "SELECT current_user",
                "postgresql://%s:%s@127.0.0.1:%d/postgres".formatted(user, password, port()));
    }

    @Test
    void whoIsWrongHearsTheWordsOfPostgresql() throws Exception {
        List<String> there = heard(server.port());
        assertThat(there)
                .contains(
                        "5 in as anna",
                        "5 FATAL 28P01 password authentication failed for user \"bert\"",
                        "10 in as clara",
                        "10 FATAL 28P01 password authentication failed for user \"clara\"",
                        "5 FATAL 28P01 password authentication failed for user \"never\"");
        assertThat(heard(port())).isEqualTo(there);
    }

    /// PgBouncer names no user, and has one code for all that is wrong.
    @Test
    void clientsAreAskedAsByPgBouncerAndHearItsWords() throws Exception {
        try (PgBouncer theirs = PgBouncer.start(directory.resolve("theirs.ini"), file())) {
            assertThat(
                            heard(port()).stream()
                                    .map(line ->
                                            line.replaceFirst(
                                                    "5 FATAL 28P01 (.*) for user .*",
                                                    "5 FATAL 08P01 $1"))
                                    .map(line ->
                                            line.replaceFirst(
                                                    "10 FATAL 28P01 password (.*) for user .*",
                                                    "10 FATAL 08P01 SASL $1"))
                                    .toList())
                    .isEqualTo(heard(theirs.port()));
        }
    }

    /// What each is asked for and answered, with the right password and with others.
    private static List<String> heard(int port) throws Exception {
        List<String> all = new ArrayList<>();
        for (String user : List.of("anna", "bert", "clara", "never")) {
            for (String password : List.of(user + "s", "wrong")) {
                all.add(question(port, user) + " " + login(port, user, password));
            }
        }
        return all;
    }

    /// The code of the first question.
    private static int question(int port, String user) throws IOException {
        try (RawClient client = new RawClient(port)) {
            RawClient.Message said = client.send(RawClient.start(user)).read();
            assertThat(said.type()).isEqualTo('R');
            return said.body()[3];
        }
    }

    /// Of pgjdbc.
    private static String login(int port, String user, String password) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        try (Connection connection =
                DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + port + "/postgres", properties)) {
            return "in as " + Jdbc.one(connection, "SELECT current_user");
        } catch (PSQLException e) {
            var said = Objects.requireNonNull(e.getServerErrorMessage(), () -> e.toString());
            return "%s %s %s".formatted(said.getSeverity(), said.getSQLState(), said.getMessage());
        }
    }
}
