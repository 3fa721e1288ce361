package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.core.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A real HAProxy with the checks that Patroni's users have in their files, before a Toomai
/// cluster.
class HaproxyIT {
    private static final String USUAL = "/var/cache/toomai-test/haproxy/usr/sbin/haproxy";

    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    /// How HAProxy asks, and whom it must find.
    private enum Check {
        GET_PRIMARY("option httpchk GET /primary", Found.PRIMARY),
        GET_LEADER("option httpchk GET /leader", Found.PRIMARY),
        OPTIONS("option httpchk OPTIONS /", Found.PRIMARY),
        /// As in Patroni's own template.
        PLAIN("option httpchk", Found.PRIMARY),
        GET_REPLICA("option httpchk GET /replica", Found.STANDBY);

        private final String line;
        private final Found found;

        Check(String line, Found found) {
            this.line = line;
            this.found = found;
        }
    }

    private enum Found {
        PRIMARY,
        STANDBY
    }

    private static Path program() {
        Path program =
                Path.of(Optional.ofNullable(System.getenv("TOOMAI_HAPROXY_BIN")).orElse(USUAL));
        assumeTrue(
                Files.isExecutable(program),
                () -> "no HAProxy at " + program + " (TOOMAI_HAPROXY_BIN); dev/test gets it");
        return program;
    }

    private static String section(Check check, int port, TestCluster cluster) {
        StringBuilder text = new StringBuilder();
        text.append("listen ").append(check).append('\n');
        text.append("  bind 127.0.0.1:").append(port).append('\n');
        text.append("  ").append(check.line).append('\n');
        text.append("  http-check expect status 200\n");
        text.append(
                "  default-server inter 250ms fall 2 rise 1 on-marked-down shutdown-sessions\n");
        for (TestNode node : cluster.nodes()) {
            text.append(
                    "  server %s 127.0.0.1:%d check port %d\n"
                            .formatted(node.name(), node.postgresPort(), node.rest().port()));
        }
        return text.toString();
    }

    private Process start(Path program, TestCluster cluster, Map<Check, Integer> ports)
            throws IOException {
        StringBuilder text =
                new StringBuilder(
                        """
                        defaults
                          mode tcp
                          timeout connect 3s
                          timeout client 60s
                          timeout server 60s
                          timeout check 2s
                        """);
        ports.forEach((check, port) -> text.append(section(check, port, cluster)));
        Path file = Files.writeString(dir.resolve("haproxy.cfg"), text.toString());
        ProcessBuilder builder =
                new ProcessBuilder(program.toString(), "-db", "-f", file.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(dir.resolve("haproxy.log").toFile());
        Path libraries = program.resolveSibling("../lib/x86_64-linux-gnu").normalize();
        builder.environment().put("LD_LIBRARY_PATH", libraries.toString());
        return builder.start();
    }

    /// The port of the PostgreSQL that answers there, if it is what must be found.
    private static Optional<Integer> answering(int port, Found wanted) {
        String url =
                ("jdbc:postgresql://127.0.0.1:%d/postgres?user=postgres&password=sup"
                                + "&connectTimeout=3&loginTimeout=5&socketTimeout=10")
                        .formatted(port);
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT pg_is_in_recovery(), current_setting('port')::int")) {
            row.next();
            boolean right = row.getBoolean(1) == (wanted == Found.STANDBY);
            return right ? Optional.of(row.getInt(2)) : Optional.empty();
        } catch (SQLException e) {
            return Optional.empty(); // HAProxy knows nobody fit, or he has just died
        }
    }

    private static void assertFollows(TestCluster cluster, Map<Check, Integer> ports) {
        TestNode leader = cluster.leader();
        ports.forEach((check, port) ->
                Waiting.untilAsserted(
                        check.line + " leads to the right server",
                        Duration.ofSeconds(60),
                        () -> {
                            Optional<Integer> found = answering(port, check.found);
                            assertThat(found).isPresent();
                            assertThat(found.get() == leader.postgresPort())
                                    .isEqualTo(check.found == Found.PRIMARY);
                        }));
    }

    @Test
    void followsASwitchoverAndAFailover() throws IOException {
        Path program = program();
        TestCluster cluster = CLUSTERS.own(new Plan(Postgres.V15, 3, "true", 10)).start();
        Map<Check, Integer> ports = new EnumMap<>(Check.class);
        for (Check check : Check.values()) {
            ports.put(check, FreePorts.next());
        }
        Process haproxy = start(program, cluster, ports);
        try {
            assertFollows(cluster, ports);
            TestNode first = cluster.leader();
            TestNode second = cluster.switchOverFrom(first);
            assertFollows(cluster, ports);
            cluster.awaitHealthy();
            second.killEverything();
            cluster.leaderAfter(second);
            assertFollows(cluster, ports);
        } finally {
            haproxy.destroyForcibly().onExit().join();
        }
    }
}
