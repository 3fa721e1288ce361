package io.toomai.postgres.sql;

import io.toomai.postgres.os.Poll;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongConsumer;

/// Proves that a standby whose `primary_conninfo` was emptied receives no WAL, now and later.
///
/// That no WAL receiver lives is not enough: the startup process may just ask for one, by the
/// connection string that it read before. So, after the running server shows the empty parameter:
///
/// - A connection made now was forked by a postmaster that had finished passing the reload on, also
///   to the startup process, which reads it before it asks for a receiver again.
/// - While the startup process sleeps in `RecoveryRetrieveRetryInterval`, no receiver lives and
///   none is being started: it has ended the last one itself, and reads the reload on waking.
///
/// A startup process that is busy (replaying, paused, waiting in a conflict) does not get there.
/// Then a receiver that lives on is ended by a signal, and reception has ended when no receiver was
/// seen for [#QUIET]: the rest of doubt is a startup process that stood still for that long between
/// reading its configuration and asking for a receiver.
public final class WalReception {
    static final Duration QUIET = Duration.ofMillis(200);
    private static final Duration OWN_WAY = Duration.ofMillis(50);
    private static final Duration QUERY = Duration.ofSeconds(1);

    private final SqlAccess access;

    public WalReception(SqlAccess access) {
        this.access = access;
    }

    /// @param receiver process number of the WAL receiver
    private record Look(Optional<Long> receiver, String startupWaits) {
        boolean isProof() {
            return receiver.isEmpty() && startupWaits.equals("RecoveryRetrieveRetryInterval");
        }
    }

    /// For after a reload whose empty `primary_conninfo` the running server has shown. False when
    /// the time is over.
    ///
    /// @param end ends the process with that number; for a receiver that lives on
    public boolean awaitEnd(Duration timeout, LongConsumer end) {
        try (LocalSql fresh = new LocalSql(access)) {
            long begun = System.nanoTime();
            long[] seen = {begun};
            return Poll.until(
                    timeout,
                    () -> {
                        Look look = look(fresh);
                        long now = System.nanoTime();
                        if (look.receiver().isPresent()) {
                            seen[0] = now;
                            if (now - begun > OWN_WAY.toNanos()) {
                                end.accept(look.receiver().get());
                            }
                        }
                        return look.isProof() || now - seen[0] > QUIET.toNanos();
                    });
        }
    }

    private static Look look(LocalSql sql) {
        return sql.call(
                QUERY,
                connection -> {
                    try (var statement = connection.createStatement();
                            ResultSet row =
                                    statement.executeQuery(
                                            "SELECT coalesce(max(pid) FILTER (WHERE backend_type ="
                                                    + " 'walreceiver'), 0),"
                                                    + " coalesce(max(wait_event) FILTER (WHERE"
                                                    + " backend_type = 'startup'), '')"
                                                    + " FROM pg_stat_activity")) {
                        row.next();
                        long receiver = row.getLong(1);
                        return new Look(
                                receiver == 0 ? Optional.empty() : Optional.of(receiver),
                                row.getString(2));
                    }
                });
    }
}
