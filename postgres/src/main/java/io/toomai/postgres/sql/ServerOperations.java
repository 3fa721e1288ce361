package io.toomai.postgres.sql;

import io.toomai.core.model.Lsn;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.os.Poll;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What Toomai tells a running server by SQL. Every call is bounded by its deadline. Give it a
/// connection of its own: a long checkpoint must not hold up the heartbeat.
public final class ServerOperations implements AutoCloseable {
    private static final Duration QUICK = Duration.ofSeconds(2);

    private final LocalSql sql;

    public ServerOperations(LocalSql sql) {
        this.sql = sql;
    }

    /// Writes a checkpoint and returns when it is done.
    public void checkpoint(Duration deadline) {
        sql.repeatable(
                deadline,
                connection -> {
                    execute(connection, "SET statement_timeout = " + deadline.toMillis());
                    try {
                        return execute(connection, "CHECKPOINT");
                    } finally {
                        if (!connection.isClosed()) {
                            execute(connection, "RESET statement_timeout");
                        }
                    }
                });
    }

    /// Goes on with a replay that was paused.
    public void resumeReplay(Duration deadline) {
        sql.repeatable(
                deadline, connection -> execute(connection, "SELECT pg_wal_replay_resume()"));
    }

    /// Waits until a parameter has a value in the running server, after files were changed and
    /// reloaded. False when the time is over.
    public boolean awaitParameter(String name, String value, Duration timeout) {
        return Poll.until(timeout, () -> parameter(name).filter(value::equals).isPresent());
    }

    /// The live value; absent when the server does not know the name.
    public Optional<String> parameter(String name) {
        return sql.repeatable(
                QUICK,
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement("SELECT current_setting(?, true)")) {
                        statement.setString(1, name);
                        try (ResultSet row = statement.executeQuery()) {
                            return row.next()
                                    ? Optional.ofNullable(row.getString(1))
                                    : Optional.empty();
                        }
                    }
                });
    }

    /// Waits until the server has left recovery and takes writes. False when the time is over.
    public boolean awaitPrimary(Duration timeout) {
        return Poll.until(timeout, () -> !isInRecovery());
    }

    private boolean isInRecovery() {
        try {
            return sql.repeatable(
                    QUICK, connection -> truth(connection, "SELECT pg_is_in_recovery()"));
        } catch (PostgresException e) {
            // It may restart its processes while it leaves recovery.
            if (e.code() == Code.NOT_READY || e.code() == Code.CONNECTION_LOST) {
                return true;
            }
            throw e;
        }
    }

    /// Waits until no WAL receiver lives any more, and returns the end of what it had received;
    /// absent when the time is over.
    public Optional<Lsn> awaitReceiverGone(Duration timeout) {
        boolean gone =
                Poll.until(
                        timeout,
                        () ->
                                sql.repeatable(
                                        QUICK,
                                        connection ->
                                                truth(
                                                        connection,
                                                        "SELECT NOT EXISTS (SELECT FROM pg_stat_activity"
                                                                + " WHERE backend_type = 'walreceiver')")));
        return gone ? Optional.of(received()) : Optional.empty();
    }

    private Lsn received() {
        return sql.repeatable(
                QUICK,
                connection -> {
                    try (var statement = connection.createStatement();
                            ResultSet row =
                                    statement.executeQuery(
                                            "SELECT greatest(pg_last_wal_receive_lsn(),"
                                                    + " pg_last_wal_replay_lsn())::text")) {
                        String text = row.next() ? row.getString(1) : null;
                        return text == null ? Lsn.ZERO : Lsn.parse(text);
                    }
                });
    }

    /// Rows of a query of the caller's, each as text columns; for what REST shows.
    public List<List<String>> rows(String query, Duration deadline) {
        return sql.repeatable(
                deadline,
                connection -> {
                    List<List<String>> rows = new ArrayList<>();
                    try (var statement = connection.createStatement();
                            ResultSet result = statement.executeQuery(query)) {
                        int columns = result.getMetaData().getColumnCount();
                        while (result.next()) {
                            List<String> row = new ArrayList<>();
                            for (int i = 1; i <= columns; i++) {
                                String value = result.getString(i);
                                row.add(value == null ? "" : value);
                            }
                            rows.add(row);
                        }
                    }
                    return rows;
                });
    }

    private static boolean truth(Connection connection, String query) throws SQLException {
        try (var statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() && row.getBoolean(1);
        }
    }

    static boolean execute(Connection connection, String statementText) throws SQLException {
        try (var statement = connection.createStatement()) {
            return statement.execute(statementText);
        }
    }

    @Override
    public void close() {
        sql.close();
    }
}
