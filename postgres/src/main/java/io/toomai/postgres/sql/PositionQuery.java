package io.toomai.postgres.sql;

import io.toomai.core.ha.WalEnd;
import io.toomai.core.model.Lsn;
import io.toomai.postgres.PostgresException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Asks a running server where its WAL ends. Thread-safe; its connection is its own, so that the HA
/// loop never waits for those who ask.
public final class PositionQuery {
    private static final String POSITIONS =
            """
            WITH r AS MATERIALIZED (SELECT pg_is_in_recovery() AS standby)
            SELECT r.standby,
              CASE WHEN NOT r.standby THEN pg_current_wal_flush_lsn()::text END,
              CASE WHEN r.standby THEN pg_last_wal_receive_lsn()::text END,
              CASE WHEN r.standby THEN pg_last_wal_replay_lsn()::text END
            FROM r\
            """;

    private final LocalSql sql;

    public PositionQuery(LocalSql sql) {
        this.sql = sql;
    }

    /// @throws PostgresException as `LocalSql.call`
    public WalEnd read(Duration deadline) {
        return sql.repeatable(deadline, PositionQuery::readOn);
    }

    private static WalEnd readOn(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(POSITIONS)) {
            if (!row.next()) {
                throw new SQLException("the server gave no row", "XX000");
            }
            if (!row.getBoolean(1)) {
                return new WalEnd.OfPrimary(lsn(row.getString(2)));
            }
            Lsn replayed = lsn(row.getString(4));
            return new WalEnd.OfStandby(Lsn.max(lsn(row.getString(3)), replayed), replayed);
        }
    }

    private static Lsn lsn(@Nullable String text) {
        return Optional.ofNullable(text).map(Lsn::parse).orElse(Lsn.ZERO);
    }
}
