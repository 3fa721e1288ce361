package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
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

    /// A client with one connection for all its life.
    private static final class Client {
        private static final AtomicLong NEXT = new AtomicLong();

        private final Connection connection;
        private final Shape shape;
        private final Set<Long> confirmed = new ConcurrentSkipListSet<>();
        private final Set<Long> rolledBack = new ConcurrentSkipListSet<>();
        private final Set<Long> unknown = new ConcurrentSkipListSet<>();
        private final List<String> trouble = new ArrayList<>();
        private final Thread thread = Thread.ofPlatform().daemon().unstarted(this::write);
        private volatile boolean stopped;

        /// How a row is written.
        private enum Shape {
            ALONE,
            IN_A_BLOCK
        }

        Client(int port, Shape shape) throws SQLException {
            this.connection = through(port);
            this.shape = shape;
            connection.setAutoCommit(shape == Shape.ALONE);
            thread.start();
        }

        private void write() {
            while (!stopped) {
                long row = NEXT.incrementAndGet();
                try (Statement statement = connection.createStatement()) {
                    statement.execute("insert into kept values (" + row + ")");
                    if (shape == Shape.IN_A_BLOCK) {
                        statement.execute("select pg_sleep(0.005)");
                        connection.commit();
                    }
                    confirmed.add(row);
                } catch (SQLException e) {
                    failed(row, e);
                }
                Processes.pause(2);
            }
        }

        private void failed(long row, SQLException e) {
            switch (String.valueOf(e.getSQLState())) {
                case "57P01", "57P02" -> rolledBack.add(row);
                case "08007" -> unknown.add(row);
                default -> trouble.add(e.getSQLState() + ": " + e.getMessage());
            }
            try {
                if (shape == Shape.IN_A_BLOCK) {
                    connection.rollback();
                }
            } catch (SQLException more) {
                trouble.add("rollback: " + more.getMessage());
                stopped = true;
            }
        }

        void awaitProgress() {
            int before = confirmed.size();
            Waiting.until("writes", TestCluster.LONG, () -> confirmed.size() > before + 20);
        }

        void stop() throws InterruptedException, SQLException {
            stopped = true;
            thread.join(Waiting.scaled(TestCluster.LONG).toMillis());
            connection.close();
            assertThat(thread.isAlive()).isFalse();
        }
    }

    private static Connection through(int port) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:%d/postgres?user=postgres&password=sup&socketTimeout=90"
                        .formatted(port));
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
            Doors own = new Doors(Ports.free(), Ports.free());
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
    void clientsOutliveThePrimary(Death death) throws Exception {
        TestCluster cluster = CLUSTERS.own(Plan.of(Postgres.V15));
        Map<TestNode, Doors> doors = withProxies(cluster);
        cluster.start();
        TestNode old = cluster.leader();
        old.execute("create table kept (n bigint)");
        Doors near = Objects.requireNonNull(doors.get(cluster.others(old).getFirst()));
        try (Connection idle = through(near.write());
                Connection reading = through(near.read())) {
            assertThat(one(idle, "select current_setting('port')"))
                    .isEqualTo(String.valueOf(old.postgresPort()));
            // Until a replica is seen to run, reads go to the primary.
            Waiting.until(
                    "reads go to a replica",
                    TestCluster.LONG,
                    () -> one(reading, "select pg_is_in_recovery()").equals("t"));
            List<Client> clients =
                    List.of(
                            new Client(near.write(), Client.Shape.ALONE),
                            new Client(near.write(), Client.Shape.ALONE),
                            new Client(near.write(), Client.Shape.IN_A_BLOCK),
                            new Client(near.write(), Client.Shape.IN_A_BLOCK));
            clients.forEach(Client::awaitProgress);
            switch (death) {
                case POSTMASTER -> old.killPostmaster();
                case EVERYTHING -> old.killEverything();
            }
            clients.forEach(Client::awaitProgress);
            assertThat(one(idle, "select pg_is_in_recovery()")).isEqualTo("f");
            assertThat(one(reading, "select 1")).isEqualTo("1");
            for (Client client : clients) {
                client.stop();
                assertThat(client.trouble).isEmpty();
            }
            assertThatEachKnows(clients, cluster.leader());
        }
    }

    /// A planned change of the primary: the clients of all nodes' proxies wait, and none of them
    /// hears of it.
    @Test
    void aSwitchoverShowsNoClientAnError() throws Exception {
        TestCluster cluster = CLUSTERS.own(Plan.of(Postgres.V15));
        Map<TestNode, Doors> doors = withProxies(cluster);
        cluster.start();
        cluster.leader().execute("create table kept (n bigint)");
        List<Client> clients = new ArrayList<>();
        for (Doors each : doors.values()) {
            clients.add(new Client(each.write(), Client.Shape.ALONE));
            clients.add(new Client(each.write(), Client.Shape.IN_A_BLOCK));
        }
        for (int turn = 0; turn < 3; turn++) {
            clients.forEach(Client::awaitProgress);
            cluster.switchOverFrom(cluster.leader());
            cluster.awaitHealthy();
        }
        clients.forEach(Client::awaitProgress);
        long written = 0;
        for (Client client : clients) {
            client.stop();
            assertThat(client.trouble).isEmpty();
            assertThat(client.rolledBack).isEmpty();
            assertThat(client.unknown).isEmpty();
            written += client.confirmed.size();
        }
        assertThatEachKnows(clients, cluster.leader());
        assertThat(cluster.leader().query("select count(*) from kept"))
                .isEqualTo(String.valueOf(written));
    }

    /// What was confirmed is there, what was rolled back is not, and nothing is there twice.
    private static void assertThatEachKnows(List<Client> clients, TestNode leader)
            throws SQLException {
        List<Long> there = new ArrayList<>();
        try (Connection connection = leader.connect(20);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select n from kept")) {
            while (rows.next()) {
                there.add(rows.getLong(1));
            }
        }
        Set<Long> distinct = new HashSet<>(there);
        assertThat(there).as("rows that were written twice").hasSameSizeAs(distinct);
        for (Client client : clients) {
            assertThat(distinct).as("confirmed rows").containsAll(client.confirmed);
            assertThat(client.rolledBack).as("rolled back").noneMatch(distinct::contains);
        }
    }
}
