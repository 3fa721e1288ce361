package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;

/// A client that inserts numbered rows, one transaction each, goes to the next node when one does
/// not take them, and remembers what was acknowledged. Afterwards it proves that all of it is
/// there.
final class RowWriter implements AutoCloseable {
    private static final AtomicLong NEXT = new AtomicLong();

    private final List<TestNode> nodes;
    private final int patience;
    private final Set<Long> acknowledged = new ConcurrentSkipListSet<>();
    private final Thread thread;
    private volatile boolean stopped;

    private RowWriter(List<TestNode> nodes, int patience) {
        this.nodes = nodes;
        this.patience = patience;
        this.thread = Thread.ofPlatform().name("writer").daemon().unstarted(this::write);
    }

    /// Writes to whichever node takes it, waiting three seconds for an answer.
    static RowWriter on(TestCluster cluster) throws SQLException {
        return on(cluster.leader(), cluster.nodes(), 3);
    }

    static RowWriter on(TestNode leader, List<TestNode> nodes, int patience) throws SQLException {
        leader.execute("create table if not exists written (n bigint primary key)");
        RowWriter writer = new RowWriter(nodes, patience);
        writer.thread.start();
        return writer;
    }

    private void write() {
        for (int turn = 0; !stopped; turn++) {
            try (Connection connection = nodes.get(turn % nodes.size()).connect(patience);
                    PreparedStatement insert =
                            connection.prepareStatement("insert into written values (?)")) {
                while (!stopped) {
                    long row = NEXT.incrementAndGet();
                    insert.setLong(1, row);
                    insert.executeUpdate();
                    // PostgreSQL warns when a commit was not replicated; then it is no promise.
                    if (insert.getWarnings() == null) {
                        acknowledged.add(row);
                    }
                    insert.clearWarnings();
                    Processes.pause(5);
                }
            } catch (SQLException e) {
                Processes.pause(30); // not this one, or not now
            }
        }
    }

    int count() {
        return acknowledged.size();
    }

    /// Waits until new rows are acknowledged.
    void awaitProgress() {
        int before = count();
        Waiting.until("writes", TestCluster.LONG, () -> count() > before + 10);
    }

    void stop() {
        stopped = true;
        try {
            thread.join(Waiting.scaled(TestCluster.LONG).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        assertThat(thread.isAlive()).as("the writer still runs").isFalse();
    }

    /// Stops, and checks on that node that no acknowledged row is missing.
    void assertNothingLost(TestNode leader) throws SQLException {
        stop();
        var missing = new ArrayList<>(acknowledged);
        try (Connection connection = leader.connect(20);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select n from written")) {
            Set<Long> there = new ConcurrentSkipListSet<>();
            while (rows.next()) {
                there.add(rows.getLong(1));
            }
            missing.removeIf(there::contains);
        }
        assertThat(missing).as("acknowledged rows that are missing on " + leader).isEmpty();
        assertThat(acknowledged).as("acknowledged rows").isNotEmpty();
    }

    @Override
    public void close() {
        stopped = true;
    }
}
