package io.toomai.postgres.sql;

import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One connection to the server, made when needed and made again when it broke. Thread-safe: one
/// call at a time, the others wait for their turn within their own deadline.
public final class LocalSql implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration STATEMENT = Duration.ofSeconds(2);

    private final SqlAccess access;
    private final String moreOptions;
    private final ReentrantLock turn = new ReentrantLock();
    private @Nullable Connection connection;

    public LocalSql(SqlAccess access) {
        this(access, "");
    }

    /// @param moreOptions in the form of PGOPTIONS: `-c name=value …`
    public LocalSql(SqlAccess access, String moreOptions) {
        this.access = access;
        this.moreOptions = moreOptions;
    }

    /// Work with a connection.
    @FunctionalInterface
    public interface Work<T> {
        T with(Connection connection) throws SQLException;
    }

    public SqlAccess access() {
        return access;
    }

    /// Runs the work, connecting first when necessary, within the deadline.
    ///
    /// @throws PostgresException with one of the codes `REFUSED`, `NOT_READY`, `TIMEOUT`,
    ///   `AUTHENTICATION`, `SQL`, `CONNECTION_LOST`, `INTERRUPTED`
    public <T> T call(Duration deadline, Work<T> work) {
        long end = System.nanoTime() + deadline.toNanos();
        takeTurn(deadline);
        try {
            Connection now = connected(end);
            now.setNetworkTimeout(Runnable::run, millisUntil(end));
            return work.with(now);
        } catch (SQLException e) {
            PostgresException translated = translate(e);
            if (translated.code() != Code.SQL) {
                drop();
            }
            throw translated;
        } finally {
            turn.unlock();
        }
    }

    /// As `call`, for work that may be done twice: once more where the connection, kept from before
    /// a restart of the server, turns out to be dead.
    public <T> T repeatable(Duration deadline, Work<T> work) {
        try {
            return call(deadline, work);
        } catch (PostgresException e) {
            if (e.code() != Code.CONNECTION_LOST) {
                throw e;
            }
            return call(deadline, work);
        }
    }

    private void takeTurn(Duration deadline) {
        try {
            if (!turn.tryLock(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new PostgresException(
                        Code.TIMEOUT,
                        "the connection to "
                                + access.place()
                                + " was busy with another query for "
                                + deadline);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PostgresException(Code.INTERRUPTED, "a query was told to stop", e);
        }
    }

    private Connection connected(long end) throws SQLException {
        Connection now = connection;
        if (now != null && !now.isClosed()) {
            return now;
        }
        Properties properties = access.properties();
        properties.setProperty(
                "options",
                "-c search_path=pg_catalog -c statement_timeout="
                        + STATEMENT.toMillis()
                        + " -c synchronous_commit=local -c pg_stat_statements.track=none "
                        + moreOptions);
        Connection made = open(access, properties, end);
        connection = made;
        return made;
    }

    /// Connects with bounds on each step.
    static Connection open(SqlAccess access, Properties properties, long end) throws SQLException {
        int seconds = Math.clamp((millisUntil(end) + 999L) / 1000, 1, (int) CONNECT.toSeconds());
        String bound = Integer.toString(seconds);
        properties.setProperty("connectTimeout", bound);
        properties.setProperty("loginTimeout", bound);
        properties.setProperty("socketTimeout", bound);
        properties.setProperty("tcpKeepAlive", "true");
        Connection made = DriverManager.getDriver(access.url()).connect(access.url(), properties);
        if (made == null) {
            throw new SQLException("the driver does not understand " + access.url(), "08001");
        }
        return made;
    }

    static int millisUntil(long end) {
        return Math.clamp((end - System.nanoTime()) / 1_000_000, 1, Integer.MAX_VALUE);
    }

    private void drop() {
        Connection now = connection;
        connection = null;
        if (now != null) {
            try {
                now.abort(Runnable::run);
            } catch (SQLException e) {
                throw new IllegalStateException("a broken connection could not be dropped", e);
            }
        }
    }

    PostgresException translate(SQLException e) {
        return translate(access, e);
    }

    static PostgresException translate(SqlAccess access, SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        String server = "PostgreSQL at " + access.place();
        String user = access.login().user();
        if (state.equals("57P03")) {
            return new PostgresException(
                    Code.NOT_READY, server + " accepts no connections now: " + e.getMessage(), e);
        }
        if (state.equals("28P01") || state.equals("28000")) {
            return new PostgresException(
                    Code.AUTHENTICATION,
                    server
                            + " does not let user "
                            + user
                            + " in ("
                            + e.getMessage()
                            + "); check username and password under postgresql.authentication and"
                            + " the pg_hba rules, or set the password with ALTER ROLE",
                    e);
        }
        if (state.equals("57014") || has(e, SocketTimeoutException.class)) {
            return new PostgresException(
                    Code.TIMEOUT, server + " did not answer in time: " + e.getMessage(), e);
        }
        if (has(e, ConnectException.class) || has(e, UnknownHostException.class)) {
            return new PostgresException(
                    Code.REFUSED, server + " refuses connections: " + e.getMessage(), e);
        }
        if (state.equals("08001")) {
            return new PostgresException(
                    Code.TIMEOUT, server + " let nobody connect in time: " + e.getMessage(), e);
        }
        if (state.startsWith("08") || state.startsWith("57P")) {
            return new PostgresException(
                    Code.CONNECTION_LOST,
                    "connection to " + server + " broke: " + e.getMessage(),
                    e);
        }
        return new PostgresException(
                Code.SQL, server + " answered with error " + state + ": " + e.getMessage(), e);
    }

    private static boolean has(Throwable e, Class<? extends Throwable> kind) {
        Throwable cause = e;
        for (int depth = 0; cause != null && depth < 8; depth++) {
            if (kind.isInstance(cause)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    @Override
    public void close() {
        turn.lock();
        try {
            drop();
        } finally {
            turn.unlock();
        }
    }
}
