package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.wire.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// `scram_iterations`: the count that real clients are told where the proxy has no verifier but
/// makes one.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class IterationsIT {
    private static final Pattern COUNT = Pattern.compile(",s=[A-Za-z0-9+/=]+,i=(\\d+)");

    private TestServer server;
    private Path directory;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        this.directory = directory;
        server =
                TestServer.create(
                        TestServer.binaries().orElseThrow(), directory.resolve("data"), "");
        server.start();
        server.sql("CREATE ROLE clara LOGIN PASSWORD 'claras'");
    }

    @AfterAll
    void close() throws Exception {
        server.close();
    }

    @Test
    void whoseVerifierIsMadeHereIsToldTheCountThatIsSet() throws Exception {
        Path users = directory.resolve("mixed.users");
        Files.writeString(
                users,
                "\"postgres\" \"%s\"\n\"clara\" \"%s\"\n"
                        .formatted(
                                TestServer.PASSWORD,
                                server.sql(
                                        "SELECT rolpassword FROM pg_authid WHERE rolname = 'clara'")));
        String settings = "auth_file = " + users + "\n";
        House house = House.open(server, directory, settings + "scram_iterations = 5000");
        try {
            assertThat(toldByPsql(house)).containsExactly("5000");
            assertThat(toldByPgjdbc(house, "postgres", TestServer.PASSWORD))
                    .containsExactly("5000");
            house.reload(settings + "scram_iterations = 7001");
            assertThat(toldByPsql(house)).containsExactly("7001");
            assertThat(toldByPgjdbc(house, "postgres", TestServer.PASSWORD))
                    .containsExactly("7001");
            assertThat(toldToNobody(house)).containsExactly("7001");
            assertThat(toldByPgjdbc(house, "clara", "claras")).containsExactly("4096");
            house.reload(settings);
            assertThat(toldByPsql(house)).containsExactly("4096");
        } finally {
            house.proxy().close();
        }
    }

    private List<String> toldByPsql(House house) throws IOException {
        try (Wiretap tap = Wiretap.before(house.port())) {
            assertThat(server.through(tap.port()).sql("SELECT 7")).isEqualTo("7");
            return counts(tap);
        }
    }

    private static List<String> toldByPgjdbc(House house, String user, String password)
            throws Exception {
        try (Wiretap tap = Wiretap.before(house.port())) {
            logIn(tap.port(), user, password);
            return counts(tap);
        }
    }

    /// To one who does not exist, and is told the same as others.
    private static List<String> toldToNobody(House house) throws IOException {
        try (Wiretap tap = Wiretap.before(house.port())) {
            assertThatThrownBy(() -> logIn(tap.port(), "never", "nevers"))
                    .hasMessageContaining("password authentication failed");
            return counts(tap);
        }
    }

    private static void logIn(int port, String user, String password) throws Exception {
        DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + port + "/postgres", user, password)
                .close();
    }

    private static List<String> counts(Wiretap tap) {
        return COUNT.matcher(tap.said()).results().map(found -> found.group(1)).toList();
    }
}
