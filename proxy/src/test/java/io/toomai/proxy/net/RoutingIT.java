package io.toomai.proxy.net;

import static io.toomai.proxy.net.Jdbc.one;
import static io.toomai.proxy.net.Jdbc.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.route.Route;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients are led to a real primary and its real standby, and keep their connections when these
/// change places.
final class RoutingIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Pair pair;

    @BeforeEach
    void open(@TempDir Path directory) throws Exception {
        pair = Pair.open(directory, "default_pool_size = 5\nadmin_users = postgres\n");
    }

    @AfterEach
    void close() throws Exception {
        pair.close();
    }

    private String port(Connection connection) throws SQLException {
        String port = one(connection, "SELECT current_setting('port')");
        return port.equals(String.valueOf(pair.a().port())) ? "a" : "b";
    }

    private static CompletableFuture<String> failing(Callable<?> work) {
        CompletableFuture<String> code = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                code.complete("answered: " + work.call());
            } catch (SQLException e) {
                code.complete(String.valueOf(e.getSQLState()));
            } catch (Exception e) {
                code.completeExceptionally(e);
            }
        });
        return code;
    }

    private void awaitActive(String what, int count) {
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(
                                        pair.a()
                                                .sql(
                                                        "SELECT count(*) FROM"
                                                                + " pg_stat_activity WHERE"
                                                                + " state = 'active' AND query"
                                                                + " LIKE '"
                                                                + what
                                                                + "%'"))
                                .isEqualTo(String.valueOf(count)));
    }

    /// While a standby is about to be promoted a connection to it stays, so that no login has to be
    /// waited for after that.
    private void awaitOneThatIsAskedAgain() {
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(
                                        pair.b()
                                                .sql(
                                                        "SELECT count(*) > 0 FROM pg_stat_activity"
                                                                + " WHERE pid <> pg_backend_pid() AND"
                                                                + " backend_type = 'client backend' AND"
                                                                + " state_change > backend_start +"
                                                                + " interval '0.5 s'"))
                                .isEqualTo("t"));
    }

    @Test
    void portAliasAndOptionSayWhereTo() throws Exception {
        pair.routing().take(pair.picture(1, "a"));
        try (Connection write = pair.connect(Route.WRITE);
                Connection read = pair.connect(Route.READ);
                Connection alias = pair.connect(Route.WRITE, "aliased", "");
                Connection option =
                        pair.connect(Route.WRITE, "postgres", "-c toomai.route=standby");
                Connection back = pair.connect(Route.READ, "aliased", "-ctoomai.route=primary")) {
            assertThat(port(write)).isEqualTo("a");
            assertThat(port(read)).isEqualTo("b");
            assertThat(port(alias)).isEqualTo("b");
            assertThat(port(option)).isEqualTo("b");
            assertThat(port(back)).isEqualTo("a");
        }
        assertThatThrownBy(
                        () -> pair.connect(Route.WRITE, "postgres", "-c toomai.route=up").close())
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("it is one of write, read-write")
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("22023");
    }

    @Test
    void clientsOfADeadPrimaryGoOnWithTheNext() throws Exception {
        pair.routing().take(pair.picture(7, "a"));
        try (Connection idle = pair.connect(Route.WRITE);
                Connection idleInTransaction = pair.connect(Route.WRITE);
                Connection busyInTransaction = pair.connect(Route.WRITE);
                Connection single = pair.connect(Route.WRITE);
                Connection committing = pair.connect(Route.WRITE)) {
            run(idle, "CREATE TABLE t (n int)");
            run(idle, "CREATE TABLE u (n int)");
            idleInTransaction.setAutoCommit(false);
            run(idleInTransaction, "INSERT INTO t VALUES (1)");
            busyInTransaction.setAutoCommit(false);
            run(busyInTransaction, "INSERT INTO t VALUES (2)");
            committing.setAutoCommit(false);
            run(
                    committing,
                    "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
                            + " 'BEGIN PERFORM pg_sleep(600); RETURN NULL; END'");
            run(
                    committing,
                    "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON u INITIALLY DEFERRED"
                            + " FOR EACH ROW EXECUTE FUNCTION slow()");
            committing.commit();
            run(committing, "INSERT INTO u VALUES (3)");
            run(idleInTransaction, "SET IntervalStyle = 'iso_8601'");
            run(single, "SET IntervalStyle = 'iso_8601'");

            var busy = failing(() -> one(busyInTransaction, "SELECT pg_sleep(600), 'busy'"));
            var alone = failing(() -> one(single, "SELECT pg_sleep(600), 'single'"));
            var commit =
                    failing(() -> {
                        committing.commit();
                        return "";
                    });
            awaitActive("SELECT pg_sleep", 2);
            awaitActive("COMMIT", 1);
            pair.crash();
            assertThat(busy.get(60, TimeUnit.SECONDS)).isEqualTo("57P01");
            assertThat(alone.get(60, TimeUnit.SECONDS)).isEqualTo("08007");
            assertThat(commit.get(60, TimeUnit.SECONDS)).isEqualTo("08007");

            var waiting = failing(() -> one(idle, "SELECT count(*) FROM t"));
            pair.routing().take(pair.picture(8, "b")); // it does not lead yet: it says so itself
            awaitOneThatIsAskedAgain();
            pair.promote();
            assertThat(waiting.get(60, TimeUnit.SECONDS)).isEqualTo("answered: 0");
            assertThat(failing(() -> one(idleInTransaction, "SELECT 1")).get(60, TimeUnit.SECONDS))
                    .isEqualTo("57P01");
            idleInTransaction.rollback();
            busyInTransaction.rollback();
            committing.rollback();
            assertThat(one(idleInTransaction, "SHOW IntervalStyle")).isEqualTo("postgres");
            assertThat(one(single, "SHOW IntervalStyle")).isEqualTo("iso_8601");
            for (Connection each :
                    new Connection[] {idleInTransaction, busyInTransaction, committing, single}) {
                assertThat(one(each, "SELECT count(*) FROM t")).isEqualTo("0");
                assertThat(port(each)).isEqualTo("b");
            }

            pair.routing().take(pair.picture(7, "a"));
            pair.routing().take(pair.picture(8, ""));
            pair.routing().take(pair.picture(8, "b"));
            pair.routing().take(pair.picture(9, "b"));
            assertThat(port(idle)).isEqualTo("b");
        }
    }

    @Test
    void clientsWaitUntilThereIsAPrimary() throws Exception {
        var early =
                failing(() -> {
                    try (Connection connection = pair.connect(Route.WRITE)) {
                        return port(connection);
                    }
                });
        pair.routing().take(pair.picture(1, "b")); // a standby
        pair.routing().take(pair.picture(2, ""));
        assertThat(early).isNotDone();
        pair.routing().take(pair.picture(3, "a"));
        assertThat(early.get(60, TimeUnit.SECONDS)).isEqualTo("answered: a");
    }

    /// What a server refuses for its settings is no reason to lead anybody elsewhere.
    @Test
    void aPrimaryThatIsToTakeNoWritesRefusesThemItself() throws Exception {
        pair.routing().take(pair.picture(1, "a"));
        pair.a().sql("ALTER DATABASE postgres SET default_transaction_read_only = on");
        try (Connection write = pair.connect(Route.WRITE)) {
            assertThat(failing(() -> one(write, "CREATE TABLE no ()")).get(60, TimeUnit.SECONDS))
                    .isEqualTo("25006");
            assertThat(port(write)).isEqualTo("a");
        }
    }

    @Test
    void aMemberThatIsTakenOutIsLeft() throws Exception {
        pair.routing().take(pair.picture(1, "a"));
        try (Connection read = pair.connect(Route.READ)) {
            assertThat(port(read)).isEqualTo("b");
            assertThat(console("MAINTENANCE b")).isEqualTo("MAINTENANCE");
            assertThat(console("SHOW ROUTES"))
                    .contains("b|127.0.0.1|", "|replica|running|maintenance|0|");
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(port(read)).isEqualTo("a"));
            assertThat(console("READY b")).isEqualTo("READY");
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(port(read)).isEqualTo("b"));
        }
    }

    private String console(String command) throws IOException {
        return pair.a()
                .through(pair.port(Route.WRITE))
                .run("psql", "-XAtc", command, "-d", "pgbouncer");
    }
}
