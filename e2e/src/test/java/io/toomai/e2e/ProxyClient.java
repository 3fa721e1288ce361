package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;

/// A client of a proxy with one connection for all its life. It writes rows into the table `kept`,
/// and knows afterwards what was done and what was not.
final class ProxyClient {
    private static final AtomicLong NEXT = new AtomicLong();

    private final Connection connection;
    private final Shape shape;
    final Set<Long> confirmed = new ConcurrentSkipListSet<>();
    final Set<Long> rolledBack = new ConcurrentSkipListSet<>();
    final Set<Long> unknown = new ConcurrentSkipListSet<>();
    final List<String> trouble = new ArrayList<>();
    private final Thread thread = Thread.ofPlatform().daemon().unstarted(this::write);
    private volatile boolean stopped;

    /// How a row is written.
    enum Shape {
        ALONE,
        IN_A_BLOCK
    }

    ProxyClient(int port, Shape shape) throws SQLException {
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

    /// To the console of the proxy.
    static Connection toConsole(int port) throws SQLException {
        return DriverManager.getConnection(
                ("jdbc:postgresql://127.0.0.1:%d/pgbouncer?user=postgres&password=sup"
                                + "&preferQueryMode=simple&socketTimeout=90")
                        .formatted(port));
    }

    static Connection through(int port) throws SQLException {
        return through(port, "postgres", "sup");
    }

    static Connection through(int port, String user, String password) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:%d/postgres?user=%s&password=%s&socketTimeout=90"
                        .formatted(port, user, password));
    }

    /// What the console says of one of PgBouncer's settings.
    static String setting(int port, String name) throws SQLException {
        try (Connection console = toConsole(port);
                Statement statement = console.createStatement();
                ResultSet rows = statement.executeQuery("SHOW CONFIG")) {
            while (rows.next()) {
                if (rows.getString(1).equals(name)) {
                    return rows.getString(2);
                }
            }
            return "";
        }
    }

    /// What was confirmed is there, what was rolled back is not, and nothing is there twice.
    static void assertThatEachKnows(List<ProxyClient> clients, TestNode leader)
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
        for (ProxyClient client : clients) {
            assertThat(distinct).as("confirmed rows").containsAll(client.confirmed);
            assertThat(client.rolledBack).as("rolled back").noneMatch(distinct::contains);
        }
    }
}
