package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// An entry of `[databases]` has its own `auth_user`, `auth_dbname` and `auth_query`. Its users are
/// no roles of PostgreSQL, but rows of a table that is in one database only.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DatabaseLookupIT {
    private static final String QUERY =
            "auth_query='SELECT name, password FROM public.people"
                    + " WHERE name = $1 AND session_user = ''keeper'''";

    private Ground ground;
    private Proxy proxy;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        ground = Ground.trusting(directory, "");
        ground.sql("CREATE ROLE keeper LOGIN SUPERUSER");
        ground.sql("CREATE DATABASE users");
        Files.writeString(directory.resolve("users"), "\"postgres\" \"known\"\n");
        Path ini = directory.resolve("proxy.ini");
        Files.writeString(ini, file(directory));
        proxy = Proxy.start(House.load(ini), Transport.usual());
        try (Connection users = connect("users", "postgres", "known")) {
            Jdbc.run(users, "CREATE TABLE people AS SELECT 'anna' AS name, 'annas' AS password");
        }
    }

    @AfterAll
    void close() throws Exception {
        proxy.close();
        ground.close();
    }

    /// Each but one of the entries is without one of the words.
    private String file(Path directory) {
        return """
        [databases]
        own = %1$s dbname=postgres user=postgres auth_user=keeper auth_dbname=users %2$s
        as_all = %1$s dbname=postgres user=postgres auth_dbname=users %2$s
        here = %1$s dbname=postgres user=postgres auth_user=keeper %2$s
        usual = %1$s dbname=postgres user=postgres auth_user=keeper auth_dbname=users
        none = %1$s dbname=postgres user=postgres
        users = %1$s
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = 0
        unix_socket_dir =
        server_tls_sslmode = disable
        auth_type = scram-sha-256
        auth_file = %3$s
        auth_user = postgres
        """
                .formatted(
                        "host=127.0.0.1 port=" + ground.port(), QUERY, directory.resolve("users"));
    }

    private Connection connect(String database, String user, String password) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:%d/%s".formatted(proxy.address().getPort(), database),
                user,
                password);
    }

    @Test
    void whoIsInItsTableIsLetIn() throws Exception {
        try (Connection anna = connect("own", "anna", "annas")) {
            assertThat(Jdbc.one(anna, "SELECT current_user")).isEqualTo("postgres");
        }
        refused("own", "anna", "no", "password authentication failed");
        refused("own", "bert", "annas", "password authentication failed");
    }

    /// By the words that hold for all.
    @Test
    void anotherDatabasesTableIsNotAsked() {
        refused("none", "anna", "annas", "password authentication failed");
        refused("usual", "anna", "annas", "password authentication failed");
    }

    /// The query gives nobody to anyone but its own user, who finds the table in one database only.
    @Test
    void eachWordCounts() {
        refused("as_all", "anna", "annas", "password authentication failed");
        refused("here", "anna", "annas", "bouncer config error");
    }

    private void refused(String database, String user, String password, String words) {
        assertThatThrownBy(() -> connect(database, user, password).close())
                .isInstanceOf(SQLException.class)
                .hasMessageContaining(words);
    }
}
