package io.toomai.cli.demo;

import io.toomai.cli.demo.DemoPlan.NodePlan;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.BitSet;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A client that never gives up: one row every 20 ms, to whichever node takes it. One thread per
/// node, so a frozen node delays nobody.
final class Writer implements AutoCloseable {
    private static final long INTERVAL_MILLIS = 20;

    private final DemoPlan plan;
    private final Ledger ledger;
    private final CountDownLatch closed = new CountDownLatch(1);

    Writer(DemoPlan plan, Ledger ledger) {
        this.plan = plan;
        this.ledger = ledger;
    }

    void start() {
        for (NodePlan node : plan.nodes()) {
            Thread.ofPlatform()
                    .daemon()
                    .name(node.name() + "-writer")
                    .start(() -> writeForever(node));
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }

    private void writeForever(NodePlan node) {
        while (pause()) {
            try (Connection connection = connect(node, 10)) {
                writeWhilePrimary(node, connection);
            } catch (SQLException _) {
                // The node is down, stops or is no primary any more: try again.
            }
        }
    }

    /// Whether to go on, after a short wait.
    private boolean pause() {
        try {
            return !closed.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void writeWhilePrimary(NodePlan node, Connection connection) throws SQLException {
        try (PreparedStatement role =
                connection.prepareStatement("SELECT pg_catalog.pg_is_in_recovery()")) {
            while (isStandby(role)) {
                if (!pause()) {
                    return;
                }
            }
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS toomai_demo"
                            + " (id bigint PRIMARY KEY, at timestamptz DEFAULT clock_timestamp())");
        }
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO toomai_demo (id) VALUES (?)")) {
            do {
                int id = ledger.nextId();
                insert.setLong(1, id);
                insert.executeUpdate();
                // With a warning the server says that no replica confirmed the row.
                if (insert.getWarnings() == null) {
                    ledger.confirm(node.name(), id, System.nanoTime());
                }
                insert.clearWarnings();
            } while (pause());
        }
    }

    private static boolean isStandby(PreparedStatement role) throws SQLException {
        try (ResultSet answer = role.executeQuery()) {
            return answer.next() && answer.getBoolean(1);
        }
    }

    private Connection connect(NodePlan node, int socketSeconds) throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", DemoPlan.SUPERUSER);
        properties.setProperty("password", plan.passwords().superuser().reveal());
        properties.setProperty("connectTimeout", "1");
        properties.setProperty("loginTimeout", "2");
        properties.setProperty("socketTimeout", Integer.toString(socketSeconds));
        properties.setProperty("ApplicationName", "toomai demo");
        return DriverManager.getConnection(DemoPlan.jdbcUrl(node), properties);
    }

    /// How many of the confirmed rows that node does not hold; nothing when it cannot be asked.
    Optional<Integer> missingOn(NodePlan node) {
        BitSet confirmed = ledger.confirmedIds();
        var stored = new BitSet();
        try (Connection connection = connect(node, 30);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT id FROM toomai_demo")) {
            while (rows.next()) {
                stored.set((int) rows.getLong(1));
            }
            return Optional.of(Ledger.missing(confirmed, stored));
        } catch (SQLException e) {
            return Optional.empty();
        }
    }
}
