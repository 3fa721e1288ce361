package io.toomai.postgres.sql;

import io.toomai.core.citus.NodeAddress;
import io.toomai.core.citus.NodeCall;
import io.toomai.core.citus.NodeRow;
import io.toomai.core.citus.NodeRow.Role;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// `pg_dist_node` of a coordinator, through a connection of its own: a transaction may stay open
/// for long. For one thread. All calls throw [PostgresException]; after that the transaction, if
/// there was one, is gone once [#rollBack] was called.
public final class CitusNodes implements AutoCloseable {
    private static final Duration QUICK = Duration.ofSeconds(5);

    /// Beyond the cooldown: the metadata of the other groups' primaries is changed too.
    private static final Duration CHANGE = Duration.ofSeconds(20);

    private final LocalSql sql;
    private Transaction transaction = Transaction.NONE;

    private enum Transaction {
        NONE,
        OPEN
    }

    /// @param access to the database that has the extension
    public CitusNodes(SqlAccess access) {
        this.sql =
                new LocalSql(
                        access.as("Toomai citus"),
                        "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0");
    }

    /// All rows, as the open transaction sees them.
    public List<NodeRow> rows() {
        return call(
                QUICK,
                connection -> {
                    List<NodeRow> rows = new ArrayList<>();
                    try (PreparedStatement statement =
                                    connection.prepareStatement(
                                            "SELECT nodeid, groupid, nodename, nodeport,"
                                                    + " noderole::text = 'primary'"
                                                    + " FROM pg_catalog.pg_dist_node ORDER BY 1");
                            ResultSet found = statement.executeQuery()) {
                        while (found.next()) {
                            rows.add(
                                    new NodeRow(
                                            found.getInt(1),
                                            found.getInt(2),
                                            new NodeAddress(found.getString(3), found.getInt(4)),
                                            found.getBoolean(5) ? Role.PRIMARY : Role.SECONDARY));
                        }
                    }
                    return rows;
                });
    }

    public boolean isInTransaction() {
        return transaction == Transaction.OPEN;
    }

    /// Does nothing in a transaction.
    public void begin() {
        if (transaction == Transaction.NONE) {
            sql.repeatable(
                    QUICK,
                    connection -> {
                        connection.setAutoCommit(false);
                        try (var statement = connection.createStatement()) {
                            return statement.execute("SELECT 1");
                        }
                    });
            transaction = Transaction.OPEN;
        }
    }

    /// @param cooldown after this long who still uses the node is ended
    public void carryOut(NodeCall change, Duration cooldown) {
        call(
                cooldown.plus(CHANGE),
                connection -> {
                    try (PreparedStatement statement = prepared(connection, change, cooldown)) {
                        return statement.execute();
                    }
                });
    }

    private static PreparedStatement prepared(
            Connection connection, NodeCall change, Duration cooldown) throws SQLException {
        return switch (change) {
            case NodeCall.SetCoordinator(var address) ->
                    with(
                            connection,
                            "SELECT pg_catalog.citus_set_coordinator_host(?, ?, 'primary',"
                                    + " 'default')",
                            address.host(),
                            address.port());
            case NodeCall.Add(int group, var address, var role) ->
                    with(
                            connection,
                            "SELECT pg_catalog.citus_add_node(?, ?, ?, ?::noderole, 'default')",
                            address.host(),
                            address.port(),
                            group,
                            role.text());
            case NodeCall.Update(int id, var address) ->
                    with(
                            connection,
                            "SELECT pg_catalog.citus_update_node(?, ?, ?, true, ?)",
                            id,
                            address.host(),
                            address.port(),
                            Math.toIntExact(cooldown.toMillis()));
            case NodeCall.Remove(var address) ->
                    with(
                            connection,
                            "SELECT pg_catalog.citus_remove_node(?, ?)",
                            address.host(),
                            address.port());
        };
    }

    private static PreparedStatement with(Connection connection, String text, Object... values)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(text);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }

    /// Does nothing without a transaction.
    public void commit() {
        if (transaction == Transaction.OPEN) {
            call(
                    CHANGE,
                    connection -> {
                        connection.commit();
                        connection.setAutoCommit(true);
                        return connection;
                    });
            transaction = Transaction.NONE;
        }
    }

    /// The server ends the transaction with the connection, whatever state either is in. Does
    /// nothing without a transaction.
    public void rollBack() {
        if (transaction == Transaction.OPEN) {
            close();
        }
    }

    private <T> T call(Duration deadline, LocalSql.Work<T> work) {
        if (transaction == Transaction.NONE) {
            return sql.repeatable(deadline, work);
        }
        return sql.call(
                deadline,
                connection -> {
                    if (connection.getAutoCommit()) { // a new one
                        throw new PostgresException(
                                Code.CONNECTION_LOST,
                                "the transaction with which traffic waits has ended with its"
                                        + " connection");
                    }
                    return work.with(connection);
                });
    }

    @Override
    public void close() {
        transaction = Transaction.NONE;
        sql.close();
    }
}
