package io.toomai.postgres.sql;

import io.toomai.core.ha.Serving.Trouble;
import io.toomai.core.model.Lsn;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.os.DiskRoom;
import io.toomai.postgres.os.ProcessTable;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// Does to a primary what its clients do: connects anew, asks, and makes a little WAL durable. For
/// one thread at a time, but for `close`.
///
/// The write is made by a connection that is kept, so that clients who fill `max_connections`
/// because their commits do not return cannot hide why. It is made only where it tells something
/// new: not while others make WAL durable, and on an idle server, where nobody waits, every
/// [#IDLE_WRITE] at most, because each write gives `archive_timeout` a segment to archive. A write
/// that is not answered is left to its backend, and there is no other before that one has ended.
public final class ServingCheck implements AutoCloseable {
    /// How old a proof that WAL becomes durable may be on an idle server.
    static final Duration IDLE_WRITE = Duration.ofMinutes(5);

    /// A record and a commit, no table and so no bloat. The record matters: a transaction that has
    /// only a transaction number is not waited for (`RecordTransactionCommit` flushes at once only
    /// where the transaction wrote WAL before), nor is a message outside of a transaction before
    /// version 17. With `synchronous_commit=local` the commit waits for this disk and for no
    /// standby. Logical decoding shows the message only to who asks for messages of this database.
    private static final String WRITE = "SELECT pg_logical_emit_message(true, 'toomai', '')";

    private static final String LOOK =
            "SELECT pg_backend_pid(), pg_current_wal_insert_lsn(), pg_current_wal_flush_lsn()";

    private static final String TOO_MANY_CONNECTIONS = "53300";
    private static final String DISK_FULL = "53100";
    private static final String QUERY_CANCELED = "57014";

    private final SqlAccess access;
    private final LocalSql translator;
    private final DiskRoom room;
    private final Object lock = new Object();
    private @Nullable Writer writer;
    private boolean closed;
    private Optional<Unanswered> unanswered = Optional.empty();
    private Optional<Proof> proof = Optional.empty();

    /// @param room closed with the check
    public ServingCheck(SqlAccess access, DiskRoom room) {
        this.access = access;
        this.room = room;
        this.translator = new LocalSql(access);
    }

    /// What came of one check.
    public sealed interface Answer {
        record Served() implements Answer {}

        record Failed(Trouble trouble, String why) implements Answer {}
    }

    /// @param pid of its backend
    private record Writer(Connection connection, long pid) {}

    /// A write whose backend has not come back.
    ///
    /// @param startTicks tells the backend from a later process of that number
    private record Unanswered(long pid, long startTicks) {
        boolean goesOn() {
            return ProcessTable.find(pid)
                    .filter(p -> p.isAlive() && p.startTicks() == startTicks)
                    .isPresent();
        }
    }

    /// WAL was durable up to there.
    private record Proof(Lsn flushed, long at) {}

    private record Look(Lsn inserted, Lsn flushed) {}

    /// Checks once; returns within about three times the deadline, whatever the server does.
    public Answer check(Duration deadline) {
        Optional<Look> look = Optional.empty();
        Optional<Answer.Failed> refusal = Optional.empty();
        try {
            look = Optional.of(askAnew(deadline));
        } catch (SQLException e) {
            refusal = Optional.of(failure(e));
            if (refusal.get().trouble() != Trouble.TOO_MANY_CONNECTIONS) {
                return refusal.get();
            }
        }
        Optional<Answer.Failed> stall = stall(look, deadline);
        if (stall.isPresent()) {
            return stall.get();
        }
        return refusal.<Answer>map(r -> r).orElseGet(() -> room(deadline));
    }

    /// After the disk has answered.
    private Answer room(Duration deadline) {
        try {
            return room.full(deadline)
                    .<Answer>map(where ->
                            new Answer.Failed(
                                    Trouble.FULL_DISK,
                                    "no space is left on the file system of " + where))
                    .orElseGet(Answer.Served::new);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer.Served();
        }
    }

    private Answer.Failed failure(SQLException e) {
        PostgresException told = translator.translate(e);
        String why = String.valueOf(told.getMessage());
        if (TOO_MANY_CONNECTIONS.equals(e.getSQLState())) {
            return new Answer.Failed(Trouble.TOO_MANY_CONNECTIONS, why);
        }
        if (DISK_FULL.equals(e.getSQLState())) {
            return new Answer.Failed(Trouble.FULL_DISK, why);
        }
        // Who says that it was too slow is slow, not frozen.
        boolean silent = told.code() == Code.TIMEOUT && !QUERY_CANCELED.equals(e.getSQLState());
        return new Answer.Failed(silent ? Trouble.FROZEN : Trouble.ERROR, why);
    }

    /// On a connection of its own: one that is kept would hide a postmaster that lets nobody in.
    private Look askAnew(Duration deadline) throws SQLException {
        long end = System.nanoTime() + deadline.toNanos();
        try (Connection connection = open(deadline, end);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(LOOK)) {
            row.next();
            return new Look(Lsn.parse(row.getString(2)), Lsn.parse(row.getString(3)));
        }
    }

    private Connection open(Duration deadline, long end) throws SQLException {
        Properties properties = access.properties();
        properties.setProperty(
                "options",
                "-c search_path=pg_catalog -c synchronous_commit=local"
                        + " -c default_transaction_read_only=off -c idle_session_timeout=0"
                        + " -c pg_stat_statements.track=none -c statement_timeout="
                        + deadline.toMillis());
        Connection made = LocalSql.open(access, properties, end);
        made.setNetworkTimeout(Runnable::run, LocalSql.millisUntil(end));
        return made;
    }

    // ---- the write

    private Optional<Answer.Failed> stall(Optional<Look> look, Duration deadline) {
        if (unanswered.filter(Unanswered::goesOn).isPresent()) {
            return Optional.of(
                    new Answer.Failed(
                            Trouble.STALLED_DISK,
                            "a small write is still not durable, and its backend still waits"));
        }
        unanswered = Optional.empty();
        if (look.isPresent() && isProven(look.get())) {
            return Optional.empty();
        }
        boolean kept = hasWriter();
        Optional<Answer.Failed> failure = write(deadline);
        // Somebody may have ended the connection that was kept: that is no trouble.
        return kept && failure.filter(f -> f.trouble() == Trouble.ERROR).isPresent()
                ? write(deadline)
                : failure;
    }

    private boolean hasWriter() {
        synchronized (lock) {
            return writer != null;
        }
    }

    /// Others have made WAL durable since the last look, or nobody waits for it.
    private boolean isProven(Look look) {
        Optional<Proof> last = proof;
        if (last.isEmpty()) {
            return false;
        }
        if (last.get().flushed().isBehind(look.flushed())) {
            proof = Optional.of(new Proof(look.flushed(), System.nanoTime()));
            return true;
        }
        boolean idle = !look.flushed().isBehind(look.inserted());
        return idle && System.nanoTime() - last.get().at() < IDLE_WRITE.toNanos();
    }

    private Optional<Answer.Failed> write(Duration deadline) {
        long end = System.nanoTime() + deadline.toNanos();
        Optional<Writer> used = Optional.empty();
        try {
            Writer kept = writer(deadline, end);
            used = Optional.of(kept);
            kept.connection().setNetworkTimeout(Runnable::run, LocalSql.millisUntil(end));
            try (Statement statement = kept.connection().createStatement()) {
                statement.execute(WRITE);
            }
            try (Statement statement = kept.connection().createStatement();
                    ResultSet row = statement.executeQuery(LOOK)) {
                row.next();
                proof = Optional.of(new Proof(Lsn.parse(row.getString(3)), System.nanoTime()));
            }
            return Optional.empty();
        } catch (SQLException e) {
            drop();
            Answer.Failed failure = failure(e);
            if (used.isPresent() && failure.trouble() == Trouble.FROZEN) {
                unanswered =
                        ProcessTable.find(used.get().pid())
                                .map(p -> new Unanswered(p.pid(), p.startTicks()));
                return Optional.of(
                        new Answer.Failed(
                                Trouble.STALLED_DISK,
                                "queries are answered, but a small write was not durable after "
                                        + deadline.toMillis()
                                        + " ms"));
            }
            return Optional.of(failure);
        }
    }

    private Writer writer(Duration deadline, long end) throws SQLException {
        synchronized (lock) {
            Writer kept = writer;
            if (kept != null && !kept.connection().isClosed()) {
                return kept;
            }
        }
        Connection made = open(deadline, end);
        long pid;
        try (Statement statement = made.createStatement();
                ResultSet row = statement.executeQuery(LOOK)) {
            row.next();
            pid = row.getLong(1);
        } catch (SQLException e) {
            made.abort(Runnable::run);
            throw e;
        }
        Writer fresh = new Writer(made, pid);
        synchronized (lock) {
            if (closed) {
                made.abort(Runnable::run);
                throw new SQLException("the check was closed", "08003");
            }
            writer = fresh;
        }
        return fresh;
    }

    private void drop() {
        Writer kept;
        synchronized (lock) {
            kept = writer;
            writer = null;
        }
        if (kept != null) {
            try {
                kept.connection().abort(Runnable::run);
            } catch (SQLException e) {
                throw new IllegalStateException("a broken connection could not be dropped", e);
            }
        }
    }

    /// Ends the kept connection, also while a check waits on it.
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
        }
        drop();
        room.close();
    }
}
