package io.toomai.proxy.net;

import static io.toomai.proxy.net.Jdbc.one;
import static io.toomai.proxy.net.Jdbc.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.route.Duty;
import io.toomai.proxy.route.Route;
import io.toomai.wire.TestServer;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sessions that keep their server, when the primary is changed.
final class MovingIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final AtomicInteger open = new AtomicInteger(-1);
    private final List<Connection> connections = new ArrayList<>();
    private Pair pair;

    @BeforeEach
    void open(@TempDir Path directory) throws Exception {
        pair = Pair.open(directory, "pool_mode = session");
        pair.routing().take(pair.picture(1, "a"));
    }

    @AfterEach
    void close() throws Exception {
        for (Connection each : connections) {
            each.close();
        }
        pair.close();
    }

    /// @param threshold after how many executions a statement is prepared under a name
    private Connection connect(int threshold, String options) throws SQLException {
        return connect(Route.WRITE, threshold, options);
    }

    private Connection connect(Route route, int threshold, String options) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "postgres");
        properties.setProperty("password", TestServer.PASSWORD);
        properties.setProperty("options", options);
        properties.setProperty("socketTimeout", "60");
        properties.setProperty("prepareThreshold", String.valueOf(threshold));
        Connection made =
                DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + pair.port(route) + "/postgres",
                        properties);
        connections.add(made);
        return made;
    }

    private void hold(long request) {
        pair.proxy().hold(OptionalLong.of(request), (_, left) -> open.set(left));
        await().atMost(PATIENCE).until(() -> open.get() == 0);
    }

    private void letGo() {
        pair.proxy().hold(OptionalLong.empty(), (_, left) -> open.set(left));
        open.set(-1);
    }

    private void switchOver() throws Exception {
        hold(7);
        pair.crash();
        pair.promote();
        pair.routing().take(pair.picture(2, "b"));
        letGo();
    }

    private int port(Connection connection) throws SQLException {
        return Integer.parseInt(one(connection, "SELECT current_setting('port')"));
    }

    @Test
    void anIdleSessionGoesOnWithWhatItHasSetAndPrepared() throws Exception {
        Connection session = connect(1, "-c lock_timeout=7s -c work_mem=1234kB");
        Connection plain = connect(0, "");
        Connection unused = connect(0, "");
        run(session, "CREATE TABLE t (n int, k numeric)");
        run(session, "SET statement_timeout = '5min'");
        run(session, "SET search_path = pg_temp, public");
        run(session, "SET TimeZone = 'Asia/Tokyo'");
        run(session, "RESET work_mem");
        assertThat(one(plain, "SELECT 1")).isEqualTo("1");
        try (PreparedStatement insert =
                session.prepareStatement("INSERT INTO t VALUES (?, ?) RETURNING n")) {
            for (int i = 0; i < 3; i++) {
                insert.setInt(1, i);
                insert.setBigDecimal(2, BigDecimal.TEN);
                insert.executeQuery().close();
            }
            assertThat(one(session, "SELECT count(*) > 0 FROM pg_prepared_statements"))
                    .isEqualTo("t");
            assertThat(port(session)).isEqualTo(pair.a().port());
            CompletableFuture<Boolean> isThere = replayed("SELECT count(*) FROM t", "3");
            assertThat(isThere.get(60, TimeUnit.SECONDS)).isTrue();
            switchOver();
            insert.setInt(1, 3);
            insert.setBigDecimal(2, BigDecimal.ONE);
            insert.executeQuery().close();
        }
        assertThat(one(session, "SELECT count(*) FROM t")).isEqualTo("4");
        assertThat(port(session)).isEqualTo(pair.b().port());
        assertThat(one(session, "SHOW statement_timeout")).isEqualTo("5min");
        assertThat(one(session, "SHOW lock_timeout")).isEqualTo("7s");
        assertThat(one(session, "SHOW search_path")).isEqualTo("pg_temp, public");
        assertThat(one(session, "SHOW TimeZone")).isEqualTo("Asia/Tokyo");
        assertThat(one(session, "SHOW work_mem")).isEqualTo(one(plain, "SHOW work_mem"));
        assertThat(port(plain)).isEqualTo(pair.b().port());
        assertThat(port(unused)).isEqualTo(pair.b().port());
    }

    /// Those that wait for their first server would keep it for as long as they like.
    @Test
    void aSessionThatHasMovedKeepsItsPlaceBeforeThoseThatWait(@TempDir Path directory)
            throws Exception {
        pair.close();
        pair =
                Pair.open(
                        directory,
                        "pool_mode = session\ndefault_pool_size = 1\nmax_waiting_clients = 1");
        pair.routing().take(pair.picture(1, "a"));
        Connection session = connect(0, "");
        assertThat(one(session, "SELECT 1")).isEqualTo("1");
        CompletableFuture<String> later = firstOfAnother();
        await().atMost(PATIENCE).until(() -> waiting() == 1);
        hold(7);
        letGo();
        assertThat(one(session, "SELECT 2")).isEqualTo("2");
        assertThat(later).isNotDone();
        session.close();
        assertThat(later.get(60, TimeUnit.SECONDS)).isEqualTo("3");
    }

    private CompletableFuture<String> firstOfAnother() {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return one(connect(0, ""), "SELECT 3");
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                },
                Executors.newVirtualThreadPerTaskExecutor());
    }

    private int waiting() {
        return pair
                .proxy()
                .askWings(wing ->
                        wing.pools().all().stream()
                                .mapToInt(pool -> pool.numbers().waiting())
                                .sum())
                .stream()
                .mapToInt(Integer::intValue)
                .sum();
    }

    /// It was led to the primary while no replica was fit; the next that comes is led to a replica.
    @Test
    void aSessionThatReadsFromThePrimaryGoesOnWithAReplica() throws Exception {
        pair.order("b", Duty.DRAIN);
        Connection session = connect(Route.READ, 0, "");
        run(session, "SET statement_timeout = '5min'");
        assertThat(port(session)).isEqualTo(pair.a().port());
        pair.order("b", Duty.READY);
        Connection replica = connect(Route.READ, 0, "");
        run(replica, "SELECT pg_advisory_lock(42)");
        assertThat(port(session)).as("it keeps its server").isEqualTo(pair.a().port());
        hold(7);
        pair.crash();
        assertThat(port(session)).isEqualTo(pair.b().port());
        assertThat(one(session, "SHOW statement_timeout")).isEqualTo("5min");
        assertThat(one(replica, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
                .as("nobody moves it")
                .isEqualTo("1");
    }

    private CompletableFuture<Boolean> replayed(String sql, String answer) {
        return CompletableFuture.supplyAsync(() -> {
            await().atMost(PATIENCE).until(() -> pair.b().sql(sql).equals(answer));
            return true;
        });
    }

    /// By what its server would keep for a session.
    private static Map<String, String> states() {
        Map<String, String> states = new LinkedHashMap<>();
        states.put("temporary objects", "CREATE TEMPORARY TABLE mine (n int)");
        states.put("advisory locks", "SELECT pg_advisory_lock(42)");
        states.put("LISTEN", "LISTEN news");
        states.put("cursors", "DECLARE c CURSOR WITH HOLD FOR SELECT 1");
        states.put("PREPARE", "PREPARE q AS SELECT 1");
        states.put("SET ROLE", "SET ROLE pg_monitor");
        states.put("SET SESSION AUTHORIZATION", "SET SESSION AUTHORIZATION someone");
        states.put("parameters with names of its own", "SET /* a */ SESSION my.tenant TO '1'");
        return states;
    }

    @Test
    void aSessionOfWhichItsServerKeepsMoreIsToldAndEnds() throws Exception {
        run(connect(0, ""), "CREATE ROLE someone");
        Map<String, Connection> sessions = new LinkedHashMap<>();
        for (Map.Entry<String, String> state : states().entrySet()) {
            Connection session = connect(0, "");
            run(session, state.getValue());
            sessions.put(state.getKey(), session);
        }
        hold(3);
        letGo();
        for (Connection session : sessions.values()) {
            assertThat(port(session)).isEqualTo(pair.a().port());
        }
        assertThat(one(sessions.values().iterator().next(), "SELECT count(*) FROM mine"))
                .isEqualTo("0");
        assertThat(one(connections.getLast(), "SHOW my.tenant")).isEqualTo("1");
        switchOver();
        for (Map.Entry<String, Connection> each : sessions.entrySet()) {
            assertThat(failureOf(each.getValue()))
                    .contains("57P01")
                    .contains("its server kept for it: " + each.getKey());
        }
    }

    private static String failureOf(Connection session) {
        try {
            return one(session, "SELECT 1");
        } catch (SQLException e) {
            return e.getSQLState() + " " + e.getMessage();
        }
    }

    /// What a function does is not seen, so where one could set such a parameter nobody moves.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "PERFORM set_config('my.tenant', $1, false)",
                "SET my.tenant = 5",
                "EXECUTE format('SET %I = %L', 'my.tenant', $1)",
                "EXECUTE 'set session ' || 'my.tenant' || ' = 5'",
                "EXECUTE 'RESET work_mem; SET ' || 'my.tenant' || ' = 5'",
                "EXECUTE '/* no UPDATE */;' || E' SET ' || 'my.tenant' || ' = 5'",
                "EXECUTE '' || 'SET ' || 'my.tenant' || ' = 5'",
                "EXECUTE format($q$SET %s = 5$q$, 'my.tenant')"
            })
    void whereAFunctionMaySetAParameterNobodyMoves(String does) throws Exception {
        Connection session = connect(0, "");
        createFunction("tenant", does);
        run(session, "SELECT tenant('5')");
        switchOver();
        assertThat(failureOf(session)).contains("a parameter that a function may have set");
    }

    private void createFunction(String name, String does) throws Exception {
        pair.a()
                .sql(
                        "CREATE FUNCTION "
                                + name
                                + "(text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
                                + does
                                + "; END $$");
    }

    /// PostGIS has one that is put together so.
    @Test
    void anUpdateThatAFunctionPutsTogetherSetsNoParameter() throws Exception {
        Connection session = connect(0, "");
        createFunction("plain", "EXECUTE 'UPDATE ' || quote_ident($1) || ' SET ' || 'n' || '= 2'");
        createFunction(
                "split", "EXECUTE 'UPDATE t' ||\n\t\t\tE' SET ' || quote_ident($1) || '= 3'");
        run(session, "CREATE TABLE t (n int)");
        run(session, "INSERT INTO t VALUES (1)");
        run(session, "SELECT plain('t'), split('n')");
        assertThat(one(session, "SELECT n FROM t")).isEqualTo("3");
        hold(7);
        letGo();
        assertThat(one(session, "SELECT n FROM t")).isEqualTo("3");
        switchOver();
        assertThat(failureOf(session)).doesNotContain("may have set");
        assertThat(port(session)).isEqualTo(pair.b().port());
    }

    @Test
    void aPrimaryThatDiesEndsItsSessions() throws Exception {
        Connection session = connect(0, "");
        assertThat(one(session, "SELECT 1")).isEqualTo("1");
        pair.crash();
        assertThat(failureOf(session)).contains("57P01").contains("is not known");
    }
}
