package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.console.Column;
import io.toomai.proxy.console.Subject;
import io.toomai.wire.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGStatement;

/// The admin console through real clients.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ConsoleIT {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private House house;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        house =
                House.open(
                        directory,
                        "default_pool_size = 3\nadmin_users = postgres\nstats_users = nobody\n");
    }

    @AfterAll
    void close() throws Exception {
        house.close();
    }

    private String psql(String line) throws Exception {
        return house.run("psql", "-XAtq", "-d", "pgbouncer", "-c", line);
    }

    private Connection console(String user, String password) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("preferQueryMode", "simple");
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + house.port() + "/pgbouncer", properties);
    }

    private Connection console() throws SQLException {
        return console("postgres", TestServer.PASSWORD);
    }

    @Test
    void psqlShows() throws Exception {
        assertThat(psql("SHOW VERSION;")).startsWith("PgBouncer 1.");
        assertThat(psql("show pools")).contains("pgbouncer|pgbouncer|1|0|");
        assertThat(psql("SHOW CONFIG")).contains("default_pool_size|3|20|yes");
        assertThat(psql("SHOW HELP")).contains("Console usage").contains("SHUTDOWN");
        assertThatThrownBy(() -> psql("SHOW nothing"))
                .hasMessageContaining("invalid command 'SHOW nothing', use SHOW HELP;");
    }

    @Test
    void pgjdbcReadsNumbersAsNumbers() throws Exception {
        try (Connection console = console();
                Statement statement = console.createStatement();
                Connection client = house.connect()) {
            ask(client, "SELECT 1");
            try (ResultSet row = statement.executeQuery("SHOW DATABASES")) {
                boolean found = false;
                while (row.next()) {
                    if (row.getString("name").equals("postgres")) {
                        found = true;
                        assertThat(row.getInt("port")).isEqualTo(house.server().port());
                        assertThat(row.getObject("pool_size")).isEqualTo(3);
                    }
                }
                assertThat(found).isTrue();
            }
            try (ResultSet row = statement.executeQuery("SHOW STATS")) {
                while (row.next()) {
                    assertThat(row.getBigDecimal("total_xact_count")).isNotNegative();
                }
            }
        }
    }

    private List<String> row(String show, String database) throws Exception {
        return psql("SHOW " + show)
                .lines()
                .map(line -> List.of(line.split("\\|", -1)))
                .filter(row -> row.contains(database))
                .reduce((_, last) -> last)
                .orElseThrow();
    }

    private static String cell(Subject table, List<String> row, String name) {
        List<String> names = table.columns().stream().map(Column::name).toList();
        return row.get(names.indexOf(name));
    }

    @Test
    void connectionsShowStatementsTimesAndTheServersProcess() throws Exception {
        try (Connection client = house.connect()) {
            ask(client, "SELECT 1");
            try (var prepared = client.prepareStatement("SELECT 'prepared', ?::int")) {
                prepared.unwrap(PGStatement.class).setPrepareThreshold(1);
                for (int i = 0; i < 3; i++) {
                    prepared.setInt(1, i);
                    prepared.executeQuery().close();
                }
                List<String> mine = row("CLIENTS", "postgres");
                assertThat(cell(Subject.CLIENTS, mine, "prepared_statements")).isEqualTo("1");
                assertThat(cell(Subject.CLIENTS, mine, "request_time"))
                        .isGreaterThanOrEqualTo(cell(Subject.CLIENTS, mine, "connect_time"));
                List<String> theirs = row("SERVERS", "postgres");
                assertThat(cell(Subject.SERVERS, theirs, "prepared_statements")).isNotEqualTo("0");
                assertThat(cell(Subject.SERVERS, theirs, "remote_pid"))
                        .isEqualTo(ask(client, "SELECT pg_backend_pid()"));
            }
        }
    }

    @Test
    void whoHasNotLoggedInYetIsASocket() throws Exception {
        try (RawClient client = new RawClient(house.port())) {
            client.send(RawClient.SSL).oneByte();
            assertThat(psql("SHOW SOCKETS")).contains("C|(nouser)|(nodb)|none|cl_login|127.0.0.1|");
            assertThat(psql("SHOW LISTS")).contains("login_clients|1");
        }
    }

    @Test
    void namesThatWereLookedUpAreShown(@TempDir Path directory) throws Exception {
        try (House named =
                        House.open(
                                house.server(),
                                directory,
                                "admin_users = postgres\n[databases]\n* = host=localhost port="
                                        + house.server().port());
                Connection client = named.connect()) {
            ask(client, "SELECT 1");
            String[] line =
                    named.run("psql", "-XAtq", "-d", "pgbouncer", "-c", "SHOW DNS_HOSTS")
                            .strip()
                            .split("\\|", -1);
            assertThat(line[0]).isEqualTo("localhost");
            assertThat(Integer.parseInt(line[1])).isBetween(0, 15);
            assertThat(line[2]).contains("127.0.0.1");
            assertThat(named.run("psql", "-XAtq", "-d", "pgbouncer", "-c", "SHOW LISTS"))
                    .contains("dns_names|1");
        }
    }

    @Test
    void theExtendedProtocolIsRefusedAndTheSessionGoesOn() throws Exception {
        Properties properties = new Properties();
        properties.setProperty("user", "postgres");
        properties.setProperty("password", TestServer.PASSWORD);
        properties.setProperty("preferQueryMode", "extendedForPrepared");
        try (Connection console =
                        DriverManager.getConnection(
                                "jdbc:postgresql://127.0.0.1:" + house.port() + "/pgbouncer",
                                properties);
                Statement statement = console.createStatement()) {
            assertThatThrownBy(() -> console.prepareStatement("SHOW STATE").executeQuery())
                    .hasMessageContaining("extended query protocol not supported by admin console");
            assertThat(first(statement, "SHOW STATE")).isEqualTo("active");
        }
    }

    @Test
    void whoIsInNoListIsNotAllowedIn() throws Exception {
        try (Connection console = console("nobody", "wrong");
                Statement statement = console.createStatement()) {
            assertThat(first(statement, "SHOW STATE")).isEqualTo("active");
            assertThatThrownBy(() -> statement.execute("RELOAD"))
                    .hasMessageContaining("admin access needed");
            assertThatThrownBy(() -> statement.execute("KILL_CLIENT 1"))
                    .hasMessageContaining("admin access needed");
        }
        psql("SET stats_users = ''");
        assertThatThrownBy(() -> console("nobody", "wrong").close())
                .hasMessageContaining("not allowed");
        psql("SET stats_users = 'nobody'");
    }

    /// Edge case 38.
    @Test
    void pauseWaitsForTheTransactionAndHoldsTheNext() throws Exception {
        try (Connection client = house.connect()) {
            client.setAutoCommit(false);
            ask(client, "SELECT 1");
            CompletableFuture<String> pause = inBackground("PAUSE postgres");
            await().atMost(PATIENCE)
                    .until(() -> psql("SHOW PAUSES").startsWith("postgres|waiting|postgres@"));
            assertThat(pause).isNotDone();
            client.commit();
            pause.join();
            assertThat(psql("SHOW PAUSES")).startsWith("postgres|paused|postgres@");
            CompletableFuture<String> held =
                    CompletableFuture.supplyAsync(() -> unchecked(() -> ask(client, "SELECT 2")));
            await().atMost(PATIENCE).until(() -> psql("SHOW CLIENTS").contains("|waiting|"));
            assertThat(held).isNotDone();
            assertThatThrownBy(() -> psql("RESUME"))
                    .hasMessageContaining("pooler is not paused/suspended");
            psql("RESUME postgres");
            assertThat(held.join()).isEqualTo("2");
            assertThat(psql("SHOW PAUSES")).isEmpty();
            client.commit();
        }
    }

    /// Edge case 38.
    @Test
    void aPauseWhoseConsoleLeavesBeforeItIsCompleteIsUndone() throws Exception {
        try (Connection client = house.connect()) {
            client.setAutoCommit(false);
            ask(client, "SELECT 1");
            Connection console = console();
            CompletableFuture<Boolean> paused =
                    CompletableFuture.supplyAsync(
                            () -> unchecked(() -> console.createStatement().execute("PAUSE")));
            await().atMost(PATIENCE).until(() -> psql("SHOW STATE").contains("paused|yes"));
            console.abort(Runnable::run);
            assertThat(paused).failsWithin(PATIENCE);
            await().atMost(PATIENCE).until(() -> psql("SHOW STATE").contains("active|yes"));
            client.commit();
            assertThat(ask(client, "SELECT 3")).isEqualTo("3");
            client.commit();
        }
    }

    /// Edge case 38.
    @Test
    void aResumeEndsAPauseThatStillWaits() throws Exception {
        try (Connection client = house.connect()) {
            client.setAutoCommit(false);
            ask(client, "SELECT 1");
            CompletableFuture<String> pause = inBackground("PAUSE");
            await().atMost(PATIENCE).until(() -> psql("SHOW STATE").contains("paused|yes"));
            psql("RESUME");
            assertThat(pause).failsWithin(PATIENCE);
            assertThat(ask(client, "SELECT 4")).isEqualTo("4");
            client.commit();
        }
    }

    @Test
    void aDisabledDatabaseLetsNobodyIn() throws Exception {
        psql("DISABLE postgres");
        assertThat(psql("SHOW DATABASES")).contains("|1\n".strip());
        assertThatThrownBy(() -> house.connect().close())
                .hasMessageContaining("database \"postgres\" is disabled");
        psql("ENABLE postgres");
        house.connect().close();
    }

    @Test
    void aClientIsKilledByItsNumber() throws Exception {
        try (Connection client = house.connect()) {
            ask(client, "SELECT set_config('application_name', 'victim', false)");
            String line =
                    psql("SHOW CLIENTS")
                            .lines()
                            .filter(row -> row.contains("|postgres|postgres|"))
                            .reduce((_, last) -> last)
                            .orElseThrow();
            psql("KILL_CLIENT " + line.substring(line.lastIndexOf('|') + 1));
            assertThatThrownBy(() -> ask(client, "SELECT 1"))
                    .hasMessageContaining("admin forced disconnect");
        }
        assertThatThrownBy(() -> psql("KILL_CLIENT 987654")).hasMessageContaining("not found");
    }

    @Test
    void aKilledDatabaseServesAgainAfterResume() throws Exception {
        try (Connection client = house.connect()) {
            ask(client, "SELECT 1");
            psql("KILL postgres");
            assertThatThrownBy(() -> ask(client, "SELECT 1"))
                    .hasMessageContaining("admin forced disconnect");
            assertThat(psql("SHOW PAUSES")).startsWith("postgres|killed|postgres@");
            psql("RESUME postgres");
            try (Connection next = house.connect()) {
                assertThat(ask(next, "SELECT 5")).isEqualTo("5");
            }
        }
    }

    @Test
    void whoSuspendsAndLeavesHasResumed() throws Exception {
        try (Connection client = house.connect()) {
            ask(client, "SELECT 1");
            Connection console = console();
            console.createStatement().execute("SUSPEND");
            assertThat(psql("SHOW STATE")).contains("suspended|yes");
            CompletableFuture<String> held =
                    CompletableFuture.supplyAsync(() -> unchecked(() -> ask(client, "SELECT 6")));
            assertThat(psql("SHOW PAUSES")).contains("|suspended|");
            assertThat(held).isNotDone();
            console.close();
            assertThat(held).succeedsWithin(PATIENCE).isEqualTo("6");
        }
    }

    @Test
    void waitCloseWaitsForTheServersThatWereThere() throws Exception {
        try (Connection client = house.connect()) {
            client.setAutoCommit(false);
            ask(client, "SELECT 1");
            psql("RECONNECT postgres");
            CompletableFuture<String> closed = inBackground("WAIT_CLOSE postgres");
            assertThat(psql("SHOW SERVERS")).contains("|active|");
            assertThat(closed).isNotDone();
            client.commit();
            assertThat(closed).succeedsWithin(PATIENCE);
        }
    }

    /// The in-process proxy runs as the test's user, and psql as PostgreSQL's where that is root.
    @Test
    void theProcessesOwnUserNeedsNoPasswordOverAUnixSocket(@TempDir Path sockets) throws Exception {
        Path program = TestServer.binaries().orElseThrow().resolve("psql");
        try (House local =
                House.open(house.server(), sockets, "unix_socket_dir = " + sockets + "\n")) {
            ProcessBuilder psql =
                    new ProcessBuilder(
                                    program.toString(),
                                    "-XAtq",
                                    "-h",
                                    sockets.toString(),
                                    "-p",
                                    Integer.toString(local.port()),
                                    "-U",
                                    "pgbouncer",
                                    "-w",
                                    "-c",
                                    "RECONNECT",
                                    "-c",
                                    "SHOW STATE",
                                    "pgbouncer")
                            .redirectErrorStream(true);
            Process process = psql.start();
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
            assertThat(said).contains("active|yes");
        }
        assertThatThrownBy(() -> console("pgbouncer", "x").close())
                .hasMessageContaining("password");
    }

    @Test
    void reconnectReplacesTheServers() throws Exception {
        try (Connection client = house.connect()) {
            String before = ask(client, "SELECT pg_backend_pid()");
            psql("RECONNECT postgres");
            assertThat(ask(client, "SELECT pg_backend_pid()")).isNotEqualTo(before);
        }
    }

    @Test
    void whatDoesNotExistIsNamed() {
        assertThatThrownBy(() -> psql("PAUSE pgbouncer"))
                .hasMessageContaining("cannot pause admin db: pgbouncer");
        assertThatThrownBy(() -> psql("SHOW POOL"))
                .hasMessageContaining("invalid command 'SHOW POOL', use SHOW HELP;")
                .hasMessageContaining("HINT:  did you mean SHOW POOLS?");
        assertThatThrownBy(() -> psql("SET nothing = 1")).hasMessageContaining("SET failed");
        assertThatThrownBy(() -> psql("SET pool_mod = 1"))
                .hasMessageContaining("SET failed")
                .hasMessageContaining("HINT:  pool_mod is no setting, did you mean pool_mode?");
        assertThatThrownBy(() -> psql("SET query_timeout = often"))
                .hasMessageContaining("SET failed")
                .hasMessageContaining("HINT:  query_timeout must be a number of seconds");
        assertThatThrownBy(() -> psql("RELOAD"))
                .hasMessageContaining("RELOAD failed, see logs for additional details");
    }

    private CompletableFuture<String> inBackground(String line) {
        return CompletableFuture.supplyAsync(() -> unchecked(() -> psql(line)));
    }

    private static <T> T unchecked(java.util.concurrent.Callable<T> action) {
        try {
            return action.call();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static String ask(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return first(statement, sql);
        }
    }

    private static String first(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
