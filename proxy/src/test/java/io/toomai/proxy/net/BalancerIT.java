package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.core.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A balancer tells for whom it connects, by each form of the PROXY protocol: rules judge that
/// client's address, and the console shows it. Balancers come from 127.0.0.2, all others from
/// 127.0.0.1.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BalancerIT {
    private static final String USUAL = "/var/cache/toomai-test/haproxy/usr/sbin/haproxy";
    private static final byte[] SIGNATURE = {
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
    };
    private static final String BALANCER = "127.0.0.2";
    private static final int CLIENTS_PORT = 4711;

    private Path directory;
    private House house;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        this.directory = directory;
        Path rules = directory.resolve("hba");
        Files.writeString(
                rules,
                """
                host all all 192.0.2.7/32 trust
                host all all 2001:db8::7/128 trust
                host pgbouncer postgres 127.0.0.1/32 trust
                """);
        house =
                House.open(
                        directory,
                        """
                        admin_users = postgres
                        auth_type = hba
                        auth_hba_file = %s
                        proxy_protocol_networks = %s/32
                        """
                                .formatted(rules, BALANCER));
    }

    @AfterAll
    void close() throws Exception {
        house.close();
    }

    /// How a header says it.
    enum Form {
        TEXT {
            @Override
            byte[] header(InetAddress client, InetAddress proxy) {
                return "PROXY TCP%d %s %s %d 6432\r\n"
                        .formatted(
                                client.getAddress().length == 4 ? 4 : 6,
                                client.getHostAddress(),
                                proxy.getHostAddress(),
                                CLIENTS_PORT)
                        .getBytes(StandardCharsets.US_ASCII);
            }
        },
        BINARY {
            @Override
            byte[] header(InetAddress client, InetAddress proxy) {
                int size = client.getAddress().length;
                return ByteBuffer.allocate(16 + 2 * size + 4 + FIELD.length)
                        .put(SIGNATURE)
                        .put((byte) 0x21)
                        .put((byte) (size == 4 ? 0x11 : 0x21))
                        .putShort((short) (2 * size + 4 + FIELD.length))
                        .put(client.getAddress())
                        .put(proxy.getAddress())
                        .putShort((short) CLIENTS_PORT)
                        .putShort((short) 6432)
                        .put(FIELD)
                        .array();
            }
        };

        /// One that may follow the addresses: "no operation", with two bytes.
        private static final byte[] FIELD = {0x04, 0x00, 0x02, 0x00, 0x00};

        abstract byte[] header(InetAddress client, InetAddress proxy);
    }

    @ParameterizedTest
    @CsvSource({
        "TEXT, 192.0.2.7, 192.0.2.9, 192.0.2.8",
        "TEXT, 2001:db8::7, 2001:db8::9, 2001:db8::8",
        "BINARY, 192.0.2.7, 192.0.2.9, 192.0.2.8",
        "BINARY, 2001:db8::7, 2001:db8::9, 2001:db8::8"
    })
    void rulesJudgeWhomItTellsAndTheConsoleShowsIt(
            Form form, String known, String unknown, String proxy) throws Exception {
        InetAddress to = InetAddress.ofLiteral(proxy);
        try (RawClient client = balanced()) {
            client.send(form.header(InetAddress.ofLiteral(known), to), RawClient.start("postgres"));
            assertThat(client.answer().types()).startsWith("RS").endsWith("KZ");
            assertThat(client.ask("SELECT 7").value()).isEqualTo("7");
            assertThat(clients()).containsOnlyOnce("|" + known + "|" + CLIENTS_PORT + "|");
        }
        try (RawClient client = balanced()) {
            client.send(
                    form.header(InetAddress.ofLiteral(unknown), to), RawClient.start("postgres"));
            assertThat(client.refusal())
                    .contains("no pg_hba.conf entry for host \"" + unknown + "\"");
        }
    }

    private RawClient balanced() throws IOException {
        return new RawClient(
                new Socket(
                        InetAddress.getLoopbackAddress(),
                        house.port(),
                        InetAddress.ofLiteral(BALANCER),
                        0));
    }

    private String clients() throws IOException {
        return house.run("psql", "-XAtqc", "SHOW CLIENTS", "-d", "pgbouncer");
    }

    /// The balancer that is meant, with a driver before it.
    @ParameterizedTest
    @CsvSource({
        "send-proxy, ipv4, 192.0.2.7, 192.0.2.9",
        "send-proxy, ipv6, 2001:db8::7, 2001:db8::9",
        "send-proxy-v2, ipv4, 192.0.2.7, 192.0.2.9",
        "send-proxy-v2, ipv6, 2001:db8::7, 2001:db8::9"
    })
    void haproxyIsUnderstood(String word, String kind, String known, String unknown)
            throws Exception {
        Path program =
                Path.of(Optional.ofNullable(System.getenv("TOOMAI_HAPROXY_BIN")).orElse(USUAL));
        assumeTrue(
                Files.isExecutable(program),
                () -> "no HAProxy at " + program + " (TOOMAI_HAPROXY_BIN); dev/test gets it");
        int good = FreePorts.next();
        int bad = FreePorts.next();
        Path file =
                Files.writeString(
                        directory.resolve("haproxy.cfg"),
                        """
                        defaults
                          mode tcp
                          timeout connect 10s
                          timeout client 60s
                          timeout server 60s
                        """
                                + section(good, kind + "(" + known + ")", word)
                                + section(bad, kind + "(" + unknown + ")", word));
        Process haproxy = start(program, file);
        try {
            untilItListens(haproxy, good);
            untilItListens(haproxy, bad);
            try (Connection client = connect(good)) {
                assertThat(Jdbc.one(client, "SELECT 7")).isEqualTo("7");
                assertThat(clients()).containsOnlyOnce("|" + known + "|");
            }
            assertThatThrownBy(() -> connect(bad).close())
                    .hasMessageContaining("no pg_hba.conf entry for host \"" + unknown + "\"");
        } finally {
            haproxy.destroyForcibly().onExit().join();
        }
    }

    private String section(int port, String source, String word) {
        return """
        listen at%1$d
          bind 127.0.0.1:%1$d
          tcp-request connection set-src %2$s
          tcp-request connection set-dst %2$s
          server proxy 127.0.0.1:%3$d %4$s source %5$s
        """
                .formatted(port, source, house.port(), word, BALANCER);
    }

    private Process start(Path program, Path file) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(program.toString(), "-db", "-f", file.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("haproxy.log").toFile());
        Path libraries = program.resolveSibling("../lib/x86_64-linux-gnu").normalize();
        builder.environment().put("LD_LIBRARY_PATH", libraries.toString());
        return builder.start();
    }

    private void untilItListens(Process haproxy, int port) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> {
                    if (!haproxy.isAlive()) {
                        throw new IOException(Files.readString(directory.resolve("haproxy.log")));
                    }
                    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                        return socket.isConnected();
                    } catch (IOException _) {
                        return false;
                    }
                });
    }

    private static Connection connect(int port) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres");
    }
}
