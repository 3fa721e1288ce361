package io.toomai.proxy.net;

import io.toomai.core.model.Lsn;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Where a server is in the WAL: how one asks, and what it says.
final class Position {
    /// Whatever a primary has committed can be read there.
    private static final String PRIMARY = "FFFFFFF/FFFFFFFF";

    /// At or behind the end of each transaction that has ended there. Of a standby it says nothing:
    /// nothing is written there.
    static final String WRITTEN =
            "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN '0/0'::pg_catalog.pg_lsn"
                    + " ELSE pg_catalog.pg_current_wal_insert_lsn() END";

    /// Up to where its transactions can be read.
    static final String READABLE =
            "SELECT CASE WHEN pg_catalog.pg_is_in_recovery()"
                    + " THEN pg_catalog.pg_last_wal_replay_lsn()"
                    + " ELSE '"
                    + PRIMARY
                    + "'::pg_catalog.pg_lsn END";

    private Position() {}

    /// @throws IllegalArgumentException if it is none
    static Lsn of(List<byte[]> row) {
        String text = new String(row.getFirst(), StandardCharsets.US_ASCII);
        return text.isEmpty() ? Lsn.ZERO : Lsn.parse(text);
    }
}
