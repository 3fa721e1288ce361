package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.FreePorts;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Clients come through the proxies of the nodes while a primary dies or gives way: they keep their
/// connections, and each of them knows afterwards what was done and what was not.
class ProxyFailoverIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    /// What dies of the leader's node.
    enum Death {
        POSTMASTER,
        /// Agent and PostgreSQL, as when the machine stops.
        EVERYTHING
    }

    private static String one(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }

    private record Doors(int write, int read) {}

    private static Map<TestNode, Doors> withProxies(TestCluster cluster) {
        Map<TestNode, Doors> doors = new HashMap<>();
        for (TestNode node : cluster.nodes()) {
            Doors own = new Doors(FreePorts.next(), FreePorts.next());
            node.rewriteSettings(
                    "toomai:\n",
                    """
                    toomai:
                      proxy:
                        listen: 127.0.0.1:%d
                        read_port: %d
                        pgbouncer: {pool_mode: transaction, default_pool_size: 8}
                    """
                            .formatted(own.write(), own.read()));
            doors.put(node, own);
        }
        return doors;
    }

    @ParameterizedTest
    @EnumSource(Death.class)
    void edge41ClientsOutliveThePrimary(Death death) throws Exception {
        TestCluster cluster = CLUSTERS.own(Plan.of(Postgres.V15));
        Map<TestNode, Doors> doors = withProxies(cluster);
        cluster.start();
        TestNode old = cluster.leader();
        old.execute("create table kept (n bigint)");
        Doors near = Objects.requireNonNull(doors.get(cluster.others(old).getFirst()));
        try (Connection idle = ProxyClient.through(near.write());
                Connection reading = ProxyClient.through(near.read())) {
            assertThat(one(idle, "select current_setting('port')"))
                    .isEqualTo(String.valueOf(old.postgresPort()));
            // Until a replica is seen to run, reads go to the primary.
            Waiting.until(
                    "reads go to a replica",
                    TestCluster.LONG,
                    () -> one(reading, "select pg_is_in_recovery()").equals("t"));
            List<ProxyClient> clients =
                    List.of(
                            new ProxyClient(near.write(), ProxyClient.Shape.ALONE),
                            new ProxyClient(near.write(), ProxyClient.Shape.ALONE),
                            new ProxyClient(near.write(), ProxyClient.Shape.IN_A_BLOCK),
                            new ProxyClient(near.write(), ProxyClient.Shape.IN_A_BLOCK));
            clients.forEach(ProxyClient::awaitProgress);
            switch (death) {
                case POSTMASTER -> old.killPostmaster();
                case EVERYTHING -> old.killEverything();
            }
            clients.forEach(ProxyClient::awaitProgress);
            assertThat(one(idle, "select pg_is_in_recovery()")).isEqualTo("f");
            assertThat(one(reading, "select 1")).isEqualTo("1");
            for (ProxyClient client : clients) {
                client.stop();
                assertThat(client.trouble).isEmpty();
            }
            ProxyClient.assertThatEachKnows(clients, cluster.leader());
        }
    }

    /// A planned change of the primary: the clients of all nodes' proxies wait, and none of them
    /// hears of it.
    @Test
    void edge40ASwitchoverShowsNoClientAnError() throws Exception {
        TestCluster cluster = CLUSTERS.own(Plan.of(Postgres.V15));
        Map<TestNode, Doors> doors = withProxies(cluster);
        cluster.start();
        cluster.leader().execute("create table kept (n bigint)");
        List<ProxyClient> clients = new ArrayList<>();
        for (Doors each : doors.values()) {
            clients.add(new ProxyClient(each.write(), ProxyClient.Shape.ALONE));
            clients.add(new ProxyClient(each.write(), ProxyClient.Shape.IN_A_BLOCK));
        }
        for (int turn = 0; turn < 3; turn++) {
            clients.forEach(ProxyClient::awaitProgress);
            cluster.switchOverFrom(cluster.leader());
            cluster.awaitHealthy();
        }
        clients.forEach(ProxyClient::awaitProgress);
        long written = 0;
        for (ProxyClient client : clients) {
            client.stop();
            assertThat(client.trouble).isEmpty();
            assertThat(client.rolledBack).isEmpty();
            assertThat(client.unknown).isEmpty();
            written += client.confirmed.size();
        }
        ProxyClient.assertThatEachKnows(clients, cluster.leader());
        assertThat(cluster.leader().query("select count(*) from kept"))
                .isEqualTo(String.valueOf(written));
    }
}
