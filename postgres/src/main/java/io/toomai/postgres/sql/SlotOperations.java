package io.toomai.postgres.sql;

import io.toomai.core.ha.PermanentSlot;
import io.toomai.core.ha.SlotPlan;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.postgres.PostgresException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/// What Toomai does with the replication slots of a server by SQL. Every call is bounded; none is
/// for the HA loop's thread: making or moving a logical slot reads WAL and waits for transactions.
/// What logical slots need is done on connections of their own, to their databases.
public final class SlotOperations implements AutoCloseable {
    private static final Duration QUICK = Duration.ofSeconds(2);

    /// For logical decoding: it waits for running transactions.
    private static final Duration SLOW = Duration.ofSeconds(10);

    /// WAL that the slot needs is gone, or the slot cannot be used any more.
    private static final Set<String> USELESS = Set.of("58P01", "55000");

    private static final int SYNCHRONIZES_SLOTS = 17;

    private final SqlAccess access;
    private final int major;
    private final LocalSql sql;

    /// @param major of that server, e.g. 17
    public SlotOperations(SqlAccess access, int major) {
        this.access = access;
        this.major = major;
        this.sql = new LocalSql(access);
    }

    /// What a call did to a slot.
    public enum Outcome {
        DONE,
        /// It was so already, or somebody streams from the slot, or the server is not on the side
        /// that the plan was made for.
        NOTHING_DONE,
        /// A logical slot that can neither be moved nor used.
        USELESS
    }

    /// Makes a slot; a physical one keeps WAL at once. A logical one begins at the present end of
    /// WAL.
    public Outcome create(SlotPlan.Creation slot) {
        try {
            switch (slot.kind()) {
                case PermanentSlot.Physical _ ->
                        sql.repeatable(
                                QUICK,
                                connection ->
                                        call(
                                                connection,
                                                "SELECT pg_create_physical_replication_slot(?,"
                                                        + " true)",
                                                slot.name()));
                case PermanentSlot.Logical logical -> create(slot.name(), logical);
            }
            return Outcome.DONE;
        } catch (PostgresException e) {
            if (isState(e, Set.of("42710"))) {
                return Outcome.NOTHING_DONE;
            }
            throw e;
        }
    }

    private void create(String name, PermanentSlot.Logical logical) {
        boolean carried =
                major >= SYNCHRONIZES_SLOTS && logical.carrier() == PermanentSlot.Carrier.SERVER;
        String statement =
                carried
                        ? "SELECT pg_create_logical_replication_slot(?, ?, false, false, true)"
                        : "SELECT pg_create_logical_replication_slot(?, ?)";
        inDatabase(
                logical.database(),
                connection -> call(connection, statement, name, logical.plugin()));
    }

    /// Only while nobody streams from it and the server is on that side: a slot that a standby has
    /// too many may be the one that the primary it has become needs.
    public Outcome drop(String name, SlotPlan.Side side) {
        return sql.repeatable(
                QUICK,
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "SELECT pg_drop_replication_slot(slot_name) FROM"
                                            + " pg_replication_slots WHERE slot_name = ? AND NOT"
                                            + " active AND pg_is_in_recovery() = ?")) {
                        statement.setString(1, name);
                        statement.setBoolean(2, side == SlotPlan.Side.STANDBY);
                        try (ResultSet row = statement.executeQuery()) {
                            return row.next() ? Outcome.DONE : Outcome.NOTHING_DONE;
                        }
                    }
                });
    }

    /// Moves a slot that nobody streams from forward.
    public Outcome advance(SlotPlan.Move move) {
        LocalSql.Work<Boolean> work =
                connection ->
                        call(
                                connection,
                                "SELECT pg_replication_slot_advance(?, ?::pg_lsn)",
                                move.name(),
                                move.to().toString());
        if (move.database().isEmpty()) {
            sql.repeatable(QUICK, work);
            return Outcome.DONE;
        }
        try {
            inDatabase(move.database().get(), work);
            return Outcome.DONE;
        } catch (PostgresException e) {
            if (isState(e, USELESS)) {
                return Outcome.USELESS;
            }
            throw e;
        }
    }

    /// Has PostgreSQL 17 bring an existing logical slot, that nobody streams from, to the standbys.
    public void carry(String name) {
        Properties properties = access.properties();
        properties.setProperty("replication", "true");
        properties.setProperty("preferQueryMode", "simple");
        properties.setProperty("assumeMinServerVersion", "14");
        long end = System.nanoTime() + QUICK.toNanos();
        try (Connection connection = LocalSql.open(access, properties, end)) {
            connection.setNetworkTimeout(Runnable::run, LocalSql.millisUntil(end));
            ServerOperations.execute(
                    connection, "ALTER_REPLICATION_SLOT " + name + " ( FAILOVER true )");
        } catch (SQLException e) {
            throw sql.translate(e);
        }
    }

    /// The oldest transaction whose effects on catalogs each of these slots keeps, modulo 2^32;
    /// without those that keep none.
    ///
    /// @param side empty where the server is on the other one
    public Map<String, Long> catalogHorizons(List<String> slots, SlotPlan.Side side) {
        return sql.repeatable(
                QUICK,
                connection -> {
                    Map<String, Long> horizons = new TreeMap<>();
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "SELECT slot_name, catalog_xmin::text::bigint FROM"
                                            + " pg_replication_slots WHERE catalog_xmin IS NOT NULL"
                                            + " AND slot_name = ANY (?) AND pg_is_in_recovery() ="
                                            + " ?")) {
                        Array names = connection.createArrayOf("text", slots.toArray());
                        statement.setArray(1, names);
                        statement.setBoolean(2, side == SlotPlan.Side.STANDBY);
                        try (ResultSet rows = statement.executeQuery()) {
                            while (rows.next()) {
                                horizons.put(rows.getString(1), rows.getLong(2));
                            }
                        }
                    }
                    return horizons;
                });
    }

    /// The state files of these logical slots, as far as the server has them; none where it is not
    /// the primary of that system.
    public Map<String, byte[]> states(List<String> slots, SystemIdentifier system) {
        return sql.repeatable(
                QUICK,
                connection -> {
                    Map<String, byte[]> states = new TreeMap<>();
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "SELECT slot_name, pg_read_binary_file('pg_replslot/' ||"
                                            + " slot_name || '/state') FROM pg_replication_slots,"
                                            + " pg_control_system() WHERE slot_type = 'logical' AND"
                                            + " NOT temporary AND slot_name = ANY (?) AND NOT"
                                            + " pg_is_in_recovery() AND system_identifier ="
                                            + " ?::numeric")) {
                        statement.setArray(1, connection.createArrayOf("text", slots.toArray()));
                        statement.setString(2, system.digits());
                        try (ResultSet rows = statement.executeQuery()) {
                            while (rows.next()) {
                                states.put(rows.getString(1), rows.getBytes(2));
                            }
                        }
                    }
                    return states;
                });
    }

    private void inDatabase(String database, LocalSql.Work<Boolean> work) {
        SqlAccess there =
                new SqlAccess(access.server(), database, access.login(), access.applicationName());
        try (LocalSql own = new LocalSql(there)) {
            own.call(
                    SLOW.plus(QUICK),
                    connection -> {
                        ServerOperations.execute(
                                connection, "SET statement_timeout = " + SLOW.toMillis());
                        return work.with(connection);
                    });
        }
    }

    private static boolean call(Connection connection, String statementText, String... arguments)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(statementText)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setString(i + 1, arguments[i]);
            }
            return statement.execute();
        }
    }

    private static boolean isState(PostgresException e, Set<String> states) {
        return e.getCause() instanceof SQLException cause
                && Optional.ofNullable(cause.getSQLState()).filter(states::contains).isPresent();
    }

    @Override
    public void close() {
        sql.close();
    }
}
