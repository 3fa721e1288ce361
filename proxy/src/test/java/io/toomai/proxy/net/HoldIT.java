package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.route.Duty;
import io.toomai.proxy.route.Route;
import io.toomai.wire.TestServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients that wait for a switchover (I12).
final class HoldIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long REQUEST = 7;
    private static final String OF_GROUP = "-c toomai.causal_group=app";

    private static Connection connect(Pair pair) throws SQLException {
        return connect(pair, Route.WRITE);
    }

    private static Connection connect(Pair pair, Route route) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + pair.port(route) + "/postgres",
                "postgres",
                TestServer.PASSWORD);
    }

    private static int ask(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT 42")) {
            row.next();
            return row.getInt(1);
        }
    }

    private static CompletableFuture<Integer> begin(Connection connection) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return ask(connection);
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                },
                Executors.newVirtualThreadPerTaskExecutor());
    }

    /// Who is between two transactions begins none, whoever keeps a server or not; who is in one
    /// ends it first.
    @ParameterizedTest
    @ValueSource(strings = {"transaction", "session"})
    void nobodyBeginsAndWhatRunsMayEnd(String mode, @TempDir Path directory) throws Exception {
        try (Pair pair = Pair.open(directory, "pool_mode = " + mode)) {
            pair.routing().take(pair.picture(1, "a"));
            try (Connection idle = connect(pair);
                    Connection working = connect(pair)) {
                assertThat(ask(idle)).isEqualTo(42);
                working.setAutoCommit(false);
                assertThat(ask(working)).isEqualTo(42);
                AtomicInteger open = hold(pair, REQUEST);
                await().atMost(PATIENCE).until(() -> open.get() == 1);
                CompletableFuture<Integer> held = begin(idle);
                assertThat(ask(working)).isEqualTo(42);
                working.commit();
                await().atMost(PATIENCE).until(() -> open.get() == 0);
                assertThat(isDone(held)).isFalse();
                letGo(pair);
                assertThat(held.get(60, TimeUnit.SECONDS)).isEqualTo(42);
            }
        }
    }

    /// Who only reads goes on reading from a replica; where the primary serves instead of one, its
    /// end is waited for as by all.
    @ParameterizedTest
    @ValueSource(strings = {"transaction", "session"})
    void whoReadsFromThePrimaryWaits(String mode, @TempDir Path directory) throws Exception {
        try (Pair pair = Pair.open(directory, "pool_mode = " + mode)) {
            pair.routing().take(pair.picture(1, "a"));
            try (Connection reader = connect(pair, Route.READ)) {
                assertThat(ask(reader)).isEqualTo(42);
                pair.proxy().hold(OptionalLong.of(REQUEST), (_, _) -> {});
                assertThat(ask(reader)).isEqualTo(42);
                letGo(pair);
            }
            pair.order("b", Duty.DRAIN);
            try (Connection idle = connect(pair, Route.READ);
                    Connection working = connect(pair, Route.READ)) {
                assertThat(ask(idle)).isEqualTo(42);
                working.setAutoCommit(false);
                assertThat(ask(working)).isEqualTo(42);
                AtomicInteger open = hold(pair, REQUEST + 1);
                await().atMost(PATIENCE).until(() -> open.get() == 1);
                CompletableFuture<Integer> held = begin(idle);
                working.commit();
                await().atMost(PATIENCE).until(() -> open.get() == 0);
                assertThat(isDone(held)).isFalse();
                letGo(pair);
                assertThat(held.get(60, TimeUnit.SECONDS)).isEqualTo(42);
            }
        }
    }

    /// What the read is to see is known only when the held writer has ended. Then the primary,
    /// which the read was promised, may stop at any moment.
    @Test
    void whoWaitsForWhatItsGroupWritesWaitsForTheSwitchoverToo(@TempDir Path directory)
            throws Exception {
        try (Pair pair = Pair.open(directory, "causal_reads_timeout = 60")) {
            pair.routing().take(pair.picture(1, "a"));
            pair.order("b", Duty.DRAIN);
            try (Connection writer = pair.connect(Route.WRITE, "postgres", OF_GROUP);
                    Connection reader = pair.connect(Route.READ, "postgres", OF_GROUP)) {
                Jdbc.run(writer, "CREATE TABLE t (n int); COMMIT; BEGIN");
                CompletableFuture<Integer> read = begin(reader);
                assertThat(isDone(read)).isFalse();
                AtomicInteger open = hold(pair, REQUEST);
                await().atMost(PATIENCE).until(() -> open.get() == 1);
                Jdbc.run(writer, "COMMIT");
                await().atMost(PATIENCE).until(() -> open.get() == 0);
                assertThat(isDone(read)).isFalse();
                letGo(pair);
                assertThat(read.get(60, TimeUnit.SECONDS)).isEqualTo(42);
            }
        }
    }

    /// Who was led to the primary while no replica was fit is still there when one is again.
    @Test
    void whoStillReadsFromThePrimaryIsWaitedForThoughOthersGoOn(@TempDir Path directory)
            throws Exception {
        try (Pair pair = Pair.open(directory, "")) {
            pair.routing().take(pair.picture(1, "a"));
            pair.order("b", Duty.DRAIN);
            try (Connection late = connect(pair, Route.READ);
                    Connection reader = connect(pair, Route.READ)) {
                late.setAutoCommit(false);
                assertThat(port(late)).isEqualTo(pair.a().port());
                pair.order("b", Duty.READY);
                AtomicInteger open = hold(pair, REQUEST);
                await().atMost(PATIENCE).until(() -> open.get() >= 0);
                assertThat(open).hasValue(1);
                assertThat(port(reader)).isEqualTo(pair.b().port());
                late.commit();
                await().atMost(PATIENCE).until(() -> open.get() == 0);
                assertThat(port(late)).isEqualTo(pair.b().port());
            }
        }
    }

    /// The last replica is lost while clients wait.
    @Test
    void whoWouldBeLedToThePrimaryMeanwhileWaits(@TempDir Path directory) throws Exception {
        try (Pair pair = Pair.open(directory, "")) {
            pair.routing().take(pair.picture(1, "a"));
            try (Connection reader = connect(pair, Route.READ)) {
                AtomicInteger open = hold(pair, REQUEST);
                await().atMost(PATIENCE).until(() -> open.get() == 0);
                assertThat(port(reader)).isEqualTo(pair.b().port());
                pair.order("b", Duty.DRAIN);
                await().atMost(PATIENCE).until(() -> clientsOf(pair.b()).equals("0"));
                CompletableFuture<Integer> held = begin(reader);
                assertThat(isDone(held)).isFalse();
                letGo(pair);
                assertThat(held.get(60, TimeUnit.SECONDS)).isEqualTo(42);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"transaction", "session"})
    void whatRunsOnAReplicaIsNotWaitedFor(String mode, @TempDir Path directory) throws Exception {
        try (Pair pair = Pair.open(directory, "pool_mode = " + mode)) {
            pair.routing().take(pair.picture(1, "a"));
            pair.order("a", Duty.DRAIN);
            try (Connection any = pair.connect(Route.WRITE, "any", "");
                    Connection report = pair.connect(Route.WRITE, "preferring", "");
                    Connection next = pair.connect(Route.WRITE, "preferring", "")) {
                any.setAutoCommit(false);
                report.setAutoCommit(false);
                assertThat(port(any)).isEqualTo(pair.b().port());
                assertThat(port(report)).isEqualTo(pair.b().port());
                pair.order("a", Duty.READY);
                AtomicInteger open = hold(pair, REQUEST);
                await().atMost(PATIENCE).until(() -> open.get() >= 0);
                assertThat(open).hasValue(0);
                assertThat(port(next)).isEqualTo(pair.b().port());
                any.commit();
                report.commit();
                assertThat(port(report)).isEqualTo(pair.b().port());
            }
        }
    }

    /// What was begun on the primary is there, wherever the file leads its database meanwhile.
    @ParameterizedTest
    @ValueSource(strings = {"transaction", "session"})
    void aDatabaseThatLeadsElsewhereIsWaitedForOnThePrimary(String mode, @TempDir Path directory)
            throws Exception {
        try (Pair pair = Pair.open(directory, "pool_mode = " + mode)) {
            pair.routing().take(pair.picture(1, "a"));
            try (Connection working = connect(pair)) {
                working.setAutoCommit(false);
                assertThat(port(working)).isEqualTo(pair.a().port());
                pair.configure(Map.of("*", "host=127.0.0.1 port=" + pair.b().port()));
                AtomicInteger open = hold(pair, REQUEST);
                await().atMost(PATIENCE).until(() -> open.get() >= 0);
                assertThat(open).hasValue(1);
                working.commit();
                await().atMost(PATIENCE).until(() -> open.get() == 0);
                assertThat(port(working)).isEqualTo(pair.b().port());
            }
        }
    }

    /// Beside the one who asks.
    private static String clientsOf(TestServer server) throws Exception {
        return server.sql(
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
                        + " AND pid <> pg_backend_pid()");
    }

    private static int port(Connection connection) throws SQLException {
        return Integer.parseInt(Jdbc.one(connection, "SELECT current_setting('port')"));
    }

    /// @return what is left under way; -1 until that is told
    private static AtomicInteger hold(Pair pair, long request) {
        AtomicInteger open = new AtomicInteger(-1);
        pair.proxy().hold(OptionalLong.of(request), (_, left) -> open.set(left));
        return open;
    }

    private static void letGo(Pair pair) {
        pair.proxy().hold(OptionalLong.empty(), (_, _) -> {});
    }

    /// Long enough for an answer that nobody holds back.
    private static boolean isDone(CompletableFuture<Integer> answer) throws Exception {
        try {
            answer.get(300, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException _) {
            return false;
        }
    }
}
