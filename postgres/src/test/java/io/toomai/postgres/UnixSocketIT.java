package io.toomai.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.ha.LocalPostgres.Primary;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.config.Recovery;
import io.toomai.postgres.config.ServerConfiguration;
import io.toomai.postgres.os.DiskRoom;
import io.toomai.postgres.server.Postmaster;
import io.toomai.postgres.sql.LocalSocket;
import io.toomai.postgres.sql.LocalSql;
import io.toomai.postgres.sql.ServerQuery;
import io.toomai.postgres.sql.ServingCheck;
import io.toomai.postgres.sql.SqlAccess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A server that listens on a Unix socket only and lets in whom the operating system vouches for.
class UnixSocketIT {
    private static final Duration BUDGET = Duration.ofSeconds(10);

    private static final String UNSEEN_ADDRESS = "SELECT inet_server_addr() IS NULL";

    static List<TestHost> hosts() {
        return TestHost.all();
    }

    @ParameterizedTest
    @MethodSource("hosts")
    void theAgentWorksThroughTheSocketAlone(TestHost host) throws IOException {
        try (TestNode node = new TestNode(host, "socket")) {
            SystemIdentifier system = node.bootstrap();
            node.files.apply(socketOnly(node));
            SortedMap<String, String> owned = node.owned();
            owned.put("listen_addresses", "");
            node.postmaster.start(owned);
            assertThat(node.postmaster.awaitReady(TestNode.PATIENCE))
                    .isInstanceOf(Postmaster.Start.Ready.class);
            // Nobody is asked for a password: who the process is decides.
            Login nobodyKnows = Login.of("postgres", "wrong");
            SqlAccess socket =
                    node.access(nobodyKnows)
                            .through(
                                    new LocalSocket(
                                            node.layout.dataDirectory(),
                                            host.install().launch(),
                                            () -> true));
            try (LocalSql sql = new LocalSql(socket)) {
                assertThat(node.newProbe(sql).observe(BUDGET)).isInstanceOf(Primary.class);
                boolean overSocket =
                        sql.<Boolean>call(
                                BUDGET,
                                connection -> {
                                    try (var statement = connection.createStatement();
                                            var row = statement.executeQuery(UNSEEN_ADDRESS)) {
                                        return row.next() && row.getBoolean(1);
                                    }
                                });
                assertThat(overSocket).isTrue();
                assertThat(new ServerQuery(sql).systemOfReplicationSource(BUDGET))
                        .as("the replication protocol")
                        .isEqualTo(system);
            }
            try (ServingCheck check =
                    new ServingCheck(socket, new DiskRoom(node.layout.dataDirectory()))) {
                assertThat(check.check(BUDGET)).isEqualTo(new ServingCheck.Answer.Served());
            }
            try (LocalSql tcp = new LocalSql(node.access(TestNode.SUPERUSER))) {
                assertThatThrownBy(() -> tcp.call(BUDGET, connection -> true))
                        .isInstanceOfSatisfying(
                                PostgresException.class,
                                e -> assertThat(e.code()).isEqualTo(Code.REFUSED));
            }
        }
    }

    private static ServerConfiguration socketOnly(TestNode node) {
        SortedMap<String, String> parameters =
                new TreeMap<>(node.configuration(new Recovery.None()).parameters());
        parameters.put(
                "unix_socket_directories", node.host.install().launch().inside(node.directory));
        parameters.put("listen_addresses", "");
        String me = System.getProperty("user.name");
        return new ServerConfiguration(
                parameters,
                List.of("local all all peer map=agent", "local replication all peer map=agent"),
                List.of("agent " + me + " postgres"),
                Optional.empty(),
                new Recovery.None());
    }
}
