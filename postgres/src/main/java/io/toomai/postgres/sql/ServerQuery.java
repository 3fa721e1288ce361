package io.toomai.postgres.sql;

import io.toomai.core.cluster.Member.PendingValue;
import io.toomai.core.ha.LocalPostgres.Replay;
import io.toomai.core.ha.SlotFacts;
import io.toomai.core.ha.SlotFacts.Trait;
import io.toomai.core.ha.WalSender;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Asks a running server for everything the HA loop wants, in one statement and one round trip.
public final class ServerQuery {
    /// Functions that raise errors on the wrong side stand behind CASE. A promotion between two of
    /// them can still raise one; then the whole is asked again.
    private static final String EVERYTHING =
            """
            WITH r AS MATERIALIZED (SELECT pg_is_in_recovery() AS standby)
            SELECT r.standby,
              (SELECT system_identifier FROM pg_control_system()),
              current_setting('server_version_num')::int,
              to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC',
                'YYYY-MM-DD HH24:MI:SS.US+00:00'),
              CASE WHEN NOT r.standby
                THEN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END,
              CASE WHEN NOT r.standby THEN pg_current_wal_flush_lsn()::text END,
              CASE WHEN r.standby THEN pg_last_wal_receive_lsn()::text END,
              CASE WHEN r.standby THEN pg_last_wal_replay_lsn()::text END,
              CASE WHEN r.standby THEN pg_is_wal_replay_paused() END,
              CASE WHEN r.standby THEN to_char(pg_last_xact_replay_timestamp()
                AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US+00:00') END,
              CASE WHEN r.standby THEN (SELECT ARRAY[w.status, w.received_tli::text]
                FROM pg_stat_wal_receiver w) END,
              current_setting('primary_conninfo'),
              current_setting('synchronous_standby_names'),
              (SELECT array_agg(ARRAY[usename::text, application_name, host(client_addr),
                  state, sync_state, sync_priority::text,
                  write_lsn::text, flush_lsn::text, replay_lsn::text])
                FROM pg_stat_replication),
              (SELECT array_agg(ARRAY[slot_name::text, slot_type, active::text, restart_lsn::text,
                  confirmed_flush_lsn::text, database::text, plugin::text, xmin::text, wal_status,
                  to_jsonb(s) ->> 'failover', to_jsonb(s) ->> 'synced'])
                FROM pg_replication_slots s WHERE NOT temporary),
              (SELECT array_agg(ARRAY[s.name, current_setting(s.name),
                  (SELECT f.setting FROM pg_file_settings f WHERE f.name = s.name
                    ORDER BY f.seqno DESC LIMIT 1)])
                FROM pg_settings s WHERE s.pending_restart
                  AND (r.standby OR s.name !~ '^(recovery_|restore_command$)'))
            FROM r\
            """;

    private final LocalSql sql;
    private final SqlAccess replication;

    public ServerQuery(LocalSql sql) {
        this(sql, sql.access());
    }

    /// @param replication for what only the replication protocol tells
    public ServerQuery(LocalSql sql, SqlAccess replication) {
        this.sql = sql;
        this.replication = replication;
    }

    /// @throws PostgresException as `LocalSql.call`
    public ServerReading read(Duration deadline) {
        long end = System.nanoTime() + deadline.toNanos();
        try {
            return sql.repeatable(deadline, ServerQuery::readOn);
        } catch (PostgresException e) {
            if (e.code() != Code.SQL) {
                throw e;
            }
            return sql.repeatable(
                    Duration.ofNanos(Math.max(1, end - System.nanoTime())), ServerQuery::readOn);
        }
    }

    private static ServerReading readOn(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(EVERYTHING);
                ResultSet row = statement.executeQuery()) {
            if (!row.next()) {
                throw new SQLException("the server gave no row", "XX000");
            }
            return new ServerReading(
                    row.getBoolean(1) ? standby(row) : primary(row),
                    new SystemIdentifier(Long.toUnsignedString(row.getLong(2))),
                    row.getInt(3),
                    row.getString(4),
                    slots(matrix(row.getArray(15))),
                    pending(matrix(row.getArray(16))),
                    senders(matrix(row.getArray(14))));
        }
    }

    private static ServerReading.Side primary(ResultSet row) throws SQLException {
        return new ServerReading.Side.Primary(
                new Timeline(Integer.parseInt(row.getString(5), 16)),
                lsn(row.getString(6)).orElse(Lsn.ZERO),
                row.getString(13));
    }

    private static ServerReading.Side standby(ResultSet row) throws SQLException {
        Array receiverRow = row.getArray(11);
        Optional<ServerReading.Receiver> receiver = Optional.empty();
        if (receiverRow != null) {
            @Nullable String[] columns = (@Nullable String[]) receiverRow.getArray();
            String timeline = columns[1];
            receiver =
                    Optional.of(
                            new ServerReading.Receiver(
                                    text(columns[0]),
                                    timeline == null
                                            ? Timeline.UNKNOWN
                                            : new Timeline(Integer.parseInt(timeline))));
        }
        return new ServerReading.Side.Standby(
                lsn(row.getString(7)).orElse(Lsn.ZERO),
                lsn(row.getString(8)).orElse(Lsn.ZERO),
                receiver,
                row.getString(12),
                row.getBoolean(9) ? Replay.PAUSED : Replay.RUNNING,
                Optional.ofNullable(row.getString(10)));
    }

    private static List<WalSender> senders(@Nullable String[][] rows) {
        List<WalSender> senders = new ArrayList<>();
        for (@Nullable String[] row : rows) {
            senders.add(
                    new WalSender(
                            text(row[0]),
                            text(row[1]),
                            text(row[2]),
                            text(row[3]),
                            text(row[4]),
                            Integer.parseInt(row[5] == null ? "0" : row[5]),
                            lsn(row[6]),
                            lsn(row[7]),
                            lsn(row[8])));
        }
        return senders;
    }

    private static List<SlotFacts> slots(@Nullable String[][] rows) {
        List<SlotFacts> slots = new ArrayList<>();
        for (@Nullable String[] row : rows) {
            Set<Trait> traits = EnumSet.noneOf(Trait.class);
            if (row[7] != null) {
                traits.add(Trait.HOLDS_ROWS);
            }
            if (text(row[8]).equals("lost")) {
                traits.add(Trait.WAL_LOST);
            }
            if (text(row[9]).equals("true")) {
                traits.add(Trait.FAILOVER);
            }
            if (text(row[10]).equals("true")) {
                traits.add(Trait.SYNCED);
            }
            boolean logical = text(row[1]).equals("logical");
            slots.add(
                    new SlotFacts(
                            text(row[0]),
                            logical ? SlotFacts.Kind.LOGICAL : SlotFacts.Kind.PHYSICAL,
                            text(row[2]).equals("true")
                                    ? SlotFacts.Activity.ACTIVE
                                    : SlotFacts.Activity.INACTIVE,
                            lsn(row[3]),
                            lsn(row[4]),
                            logical
                                    ? Optional.of(
                                            new SlotFacts.Decoding(text(row[5]), text(row[6])))
                                    : Optional.empty(),
                            traits));
        }
        return slots;
    }

    private static Map<String, PendingValue> pending(@Nullable String[][] rows) {
        Map<String, PendingValue> pending = new TreeMap<>();
        for (@Nullable String[] row : rows) {
            pending.put(text(row[0]), new PendingValue(text(row[1]), text(row[2])));
        }
        return pending;
    }

    private static @Nullable String[][] matrix(@Nullable Array array) throws SQLException {
        return array == null ? new @Nullable String[0][] : (@Nullable String[][]) array.getArray();
    }

    private static Optional<Lsn> lsn(@Nullable String text) {
        return Optional.ofNullable(text).map(Lsn::parse);
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }

    /// The timeline that a standby replays, asked by `IDENTIFY_SYSTEM` on a replication connection:
    /// no SQL function tells it. Dearer than `read`, as it connects.
    public Timeline replayTimeline(Duration deadline) {
        return new Timeline(Integer.parseInt(identifySystem(deadline).get(1)));
    }

    /// The system identifier, asked as a user who may only replicate.
    public SystemIdentifier systemOfReplicationSource(Duration deadline) {
        return new SystemIdentifier(identifySystem(deadline).get(0));
    }

    private List<String> identifySystem(Duration deadline) {
        long end = System.nanoTime() + deadline.toNanos();
        Properties properties = replication.properties();
        properties.setProperty("replication", "true");
        properties.setProperty("preferQueryMode", "simple");
        properties.setProperty("assumeMinServerVersion", "14");
        try (Connection connection = LocalSql.open(replication, properties, end);
                var statement = connection.createStatement()) {
            connection.setNetworkTimeout(Runnable::run, LocalSql.millisUntil(end));
            try (ResultSet row = statement.executeQuery("IDENTIFY_SYSTEM")) {
                if (!row.next()) {
                    throw new SQLException("IDENTIFY_SYSTEM gave no row", "XX000");
                }
                return List.of(row.getString(1), row.getString(2));
            }
        } catch (SQLException e) {
            throw LocalSql.translate(replication, e);
        }
    }
}
