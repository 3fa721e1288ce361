package io.toomai.proxy.net;

import static io.toomai.proxy.net.Jdbc.one;
import static io.toomai.proxy.net.Jdbc.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.console.Lookout.Detail;
import io.toomai.proxy.console.Overview;
import io.toomai.proxy.console.Overview.Stand;
import io.toomai.proxy.pool.Statistics.Totals;
import io.toomai.wire.TestServer;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Limits and modes of pools before a real server.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PoolsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Ground ground;

    @BeforeAll
    void open(@TempDir Path home) throws Exception {
        ground = Ground.open(home);
        ground.sql("CREATE TABLE kept (n int)");
        for (String user : List.of("one", "two")) {
            ground.sql(
                    "CREATE ROLE %s LOGIN SUPERUSER PASSWORD '%s'"
                            .formatted(user, TestServer.PASSWORD));
        }
    }

    @AfterAll
    void close() throws Exception {
        ground.close();
    }

    private static Connection connect(Front front, String user) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + front.port() + "/postgres?user=" + user);
    }

    private static Connection connect(Front front) throws SQLException {
        return connect(front, "postgres");
    }

    /// Edge 34: an open transaction of a client that leaves is rolled back, and its server stays.
    @Test
    void aClientThatLeavesInATransactionIsRolledBack() throws Exception {
        try (Front front = ground.front("default_pool_size = 1")) {
            String process;
            try (Connection rude = connect(front)) {
                rude.setAutoCommit(false);
                run(rude, "INSERT INTO kept VALUES (1)");
                process = one(rude, "SELECT pg_backend_pid()");
            }
            try (Connection next = connect(front)) {
                assertThat(one(next, "SELECT count(*) FROM kept")).isEqualTo("0");
                assertThat(one(next, "SELECT pg_backend_pid()")).isEqualTo(process);
            }
            try (Connection failed = connect(front)) {
                failed.setAutoCommit(false);
                assertThatThrownBy(() -> run(failed, "SELECT 1/0"))
                        .isInstanceOf(SQLException.class);
            }
            try (Connection next = connect(front)) {
                assertThat(one(next, "SELECT pg_backend_pid()")).isEqualTo(process);
            }
        }
    }

    /// Edge 34: in the middle of a query the server goes.
    @Test
    void aClientThatLeavesInAQueryTakesItsServerWithIt() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient rude = front.client()) {
            rude.send(RawClient.query("SELECT pg_sleep(600)"));
            front.awaitPool(pool -> pool.numbers().active() == 1);
            rude.socket().close();
            front.awaitPool(pool -> pool.servers() == 0);
            try (Connection next = connect(front)) {
                assertThat(one(next, "SELECT 1")).isEqualTo("1");
            }
        }
        ground.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        + " WHERE query LIKE '%600%' AND pid <> pg_backend_pid()");
    }

    /// Edge 34: what a session leaves behind is gone for the next.
    @Test
    void aSessionKeepsItsServerAndIsCleanedUpAfter() throws Exception {
        try (Front front = ground.front("pool_mode = session\ndefault_pool_size = 1")) {
            String process;
            try (Connection first = connect(front)) {
                process = one(first, "SELECT pg_backend_pid()");
                run(first, "CREATE TEMP TABLE mine (n int)");
                run(first, "SET work_mem = '77MB'");
                run(first, "LISTEN channel");
                run(first, "PREPARE p AS SELECT 1");
                run(first, "SELECT pg_advisory_lock(7)");
                assertThat(one(first, "SHOW work_mem")).isEqualTo("77MB");
                assertThat(one(first, "SELECT pg_backend_pid()")).isEqualTo(process);
            }
            try (Connection next = connect(front)) {
                assertThat(one(next, "SELECT pg_backend_pid()")).isEqualTo(process);
                assertThat(one(next, "SHOW work_mem")).isNotEqualTo("77MB");
                assertThat(one(next, "SELECT to_regclass('pg_temp.mine') IS NULL")).isEqualTo("t");
                assertThat(one(next, "SELECT count(*) FROM pg_listening_channels()"))
                        .isEqualTo("0");
                assertThat(one(next, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
                        .isEqualTo("0");
            }
        }
    }

    @Test
    void theResetQueryMayBeAskedAfterEachTransaction() throws Exception {
        try (Front front =
                        ground.front(
                                """
                                default_pool_size = 1
                                server_reset_query = RESET work_mem
                                server_reset_query_always = 1
                                """);
                Connection client = connect(front)) {
            run(client, "SET work_mem = '77MB'");
            assertThat(one(client, "SHOW work_mem")).isNotEqualTo("77MB");
        }
    }

    @Test
    void statementPoolingRefusesTransactions() throws Exception {
        try (Front front = ground.front("pool_mode = statement");
                Connection client = connect(front)) {
            assertThat(one(client, "SELECT 1")).isEqualTo("1");
            client.setAutoCommit(false);
            assertThatThrownBy(() -> run(client, "SELECT 1"))
                    .hasMessageContaining(
                            "transaction blocks not allowed in statement pooling mode");
        }
    }

    /// Also of one that has ended before that could be said, or whose end is still to come.
    @ParameterizedTest
    @ValueSource(strings = {"QQQ", "PBESPBESPBES", "QPBE"})
    void statementPoolingRefusesTransactionsThatArePipelined(String messages) throws Exception {
        try (Front front = ground.front("pool_mode = statement");
                RawClient client = front.client()) {
            client.send(block(messages));
            RawClient.Message said = client.read();
            while (said.type() != 'E') {
                assertThat(said.type()).isNotEqualTo('Z');
                said = client.read();
            }
            assertThat(said.text())
                    .contains("transaction blocks not allowed in statement pooling mode");
        }
    }

    /// A block, of which each command is sent as the messages say.
    private static byte[] block(String messages) {
        Deque<String> commands = new ArrayDeque<>(List.of("BEGIN", "SELECT 1", "COMMIT"));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < messages.length(); i++) {
            char type = messages.charAt(i);
            all.writeBytes(
                    switch (type) {
                        case 'Q' -> RawClient.message('Q', commands.remove() + "\0");
                        case 'P' -> RawClient.message('P', "\0" + commands.remove() + "\0\0\0");
                        case 'B' -> RawClient.message('B', "\0\0\0\0\0\0\0\0");
                        case 'E' -> RawClient.message('E', "\0\0\0\0\0");
                        default -> RawClient.message(type, "");
                    });
        }
        return all.toByteArray();
    }

    @Test
    void theConnectQueryRunsOnceOnEachServer() throws Exception {
        try (Front front =
                        ground.front(
                                ground.database(
                                        "postgres", "connect_query='SET work_mem TO ''55MB'''"),
                                "");
                Connection client = connect(front)) {
            assertThat(one(client, "SHOW work_mem")).isEqualTo("55MB");
        }
    }

    /// Edge 36.
    @Test
    void aHundredClientsShareOneServerInTheirOrder() throws Exception {
        try (Front front =
                        ground.front(
                                """
                                default_pool_size = 1
                                max_client_conn = 200
                                query_wait_notify = 0
                                """);
                RawClient holder = front.client()) {
            holder.ask("BEGIN");
            ground.sql("DROP TABLE IF EXISTS came; CREATE TABLE came (at serial, n int)");
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                RawClient client = front.client();
                clients.add(client);
                client.send(RawClient.query("INSERT INTO came (n) VALUES (" + i + ")"));
                int waiting = i + 1;
                front.awaitPool(pool -> pool.numbers().waiting() == waiting);
            }
            holder.ask("COMMIT");
            for (RawClient client : clients) {
                assertThat(client.answer().types()).isEqualTo("CZ");
                client.socket().close();
            }
            assertThat(ground.sql("SELECT count(*) FROM came WHERE at <> n + 1")).isEqualTo("0");
        }
    }

    /// Edge 36: two users under one limit, both with more to do than there are servers.
    @Test
    void noUserStarvesAnother() throws Exception {
        try (Front front =
                        ground.front(
                                ground.database("postgres", "max_db_connections=2"),
                                "max_client_conn = 100\nquery_wait_timeout = 60");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> busy = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                busy.add(threads.submit(() -> asks(front, "one", 40)));
            }
            await().atMost(PATIENCE).until(() -> hasPool(front, "one"));
            for (int i = 0; i < 2; i++) {
                busy.add(threads.submit(() -> asks(front, "two", 10)));
            }
            for (Future<Integer> each : busy) {
                assertThat(each.get()).isPositive();
            }
        }
    }

    /// Edge 36: nor one who has no pool yet.
    @Test
    void whoLogsInFirstIsLetInThoughOthersUseEveryPlace() throws Exception {
        AtomicBoolean isIn = new AtomicBoolean();
        try (Front front =
                        ground.front(
                                ground.database("postgres", "max_db_connections=2"),
                                "max_client_conn = 100\nclient_login_timeout = 20");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> busy = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                busy.add(threads.submit(() -> asksUntil(front, "one", isIn)));
            }
            try {
                await().atMost(PATIENCE).until(() -> hasPool(front, "one"));
                assertThat(asks(front, "two", 1)).isEqualTo(1);
            } finally {
                isIn.set(true);
            }
            for (Future<?> each : busy) {
                each.get();
            }
        }
    }

    private static Void asksUntil(Front front, String user, AtomicBoolean end) throws SQLException {
        try (Connection client = connect(front, user)) {
            while (!end.get()) {
                one(client, "SELECT pg_sleep(0.02)");
            }
        }
        return null;
    }

    private static boolean hasPool(Front front, String user) {
        return front.overview(Detail.NUMBERS).pools().stream()
                .anyMatch(pool -> pool.user().equals(user) && pool.clients().waiting() > 0);
    }

    private static int asks(Front front, String user, int times) throws SQLException {
        try (Connection client = connect(front, user)) {
            for (int i = 0; i < times; i++) {
                assertThat(one(client, "SELECT current_user FROM pg_sleep(0.02)")).isEqualTo(user);
            }
        }
        return times;
    }

    /// Edge 36: the reserve comes when a client has waited, and not before.
    @Test
    void theReserveComesToWhoHasWaited() throws Exception {
        try (Front front =
                        ground.front(
                                """
                                default_pool_size = 1
                                reserve_pool_size = 1
                                reserve_pool_timeout = 1
                                """);
                RawClient holder = front.client();
                RawClient second = front.client()) {
            holder.ask("BEGIN");
            assertThat(front.count(pool -> pool.numbers().size())).isEqualTo(1);
            assertThat(second.ask("SELECT 1").types()).isEqualTo("TDCZ");
            assertThat(front.count(pool -> pool.numbers().size())).isEqualTo(2);
        }
    }

    @Test
    void theQueueOfClientsIsBounded() throws Exception {
        try (Front front = ground.front("default_pool_size = 1\nmax_waiting_clients = 1");
                RawClient holder = front.client();
                RawClient second = front.client();
                RawClient third = front.client()) {
            holder.ask("BEGIN");
            second.send(RawClient.query("SELECT 1"));
            front.awaitPool(pool -> pool.numbers().waiting() == 1);
            assertThat(third.send(RawClient.query("SELECT 1")).rest().words())
                    .contains("53300", "1 of at most 1 (max_waiting_clients)");
            holder.ask("COMMIT");
            assertThat(second.answer().types()).isEqualTo("TDCZ");
        }
    }

    /// A client that sends more behind a Sync than may go on before that is answered.
    @Test
    void whatStandsBehindASyncThatChangesNamesGoesOnWhenItIsAnswered() throws Exception {
        try (Front front = ground.front("");
                RawClient client = front.client()) {
            client.send(
                    RawClient.parse("s1", "SELECT 41 + 1"),
                    RawClient.sync(),
                    RawClient.bind("s1"),
                    RawClient.execute(),
                    RawClient.sync(),
                    RawClient.query("DEALLOCATE ALL"),
                    RawClient.parse("s1", "SELECT 43"),
                    RawClient.bind("s1"),
                    RawClient.execute(),
                    RawClient.sync());
            assertThat(client.answer().types()).isEqualTo("1Z");
            assertThat(client.answer().types()).isEqualTo("2DCZ");
            assertThat(client.answer().types()).isEqualTo("CZ");
            assertThat(client.answer().types()).isEqualTo("12DCZ");
        }
    }

    @Test
    void whatWentThroughIsCounted() throws Exception {
        try (Front front = ground.front("");
                RawClient client = front.client()) {
            client.ask("BEGIN");
            client.ask("SELECT 1");
            client.ask("COMMIT");
            client.ask("SELECT 2");
            client.send(
                    RawClient.parse("s1", "SELECT 3"),
                    RawClient.bind("s1"),
                    RawClient.execute(),
                    RawClient.sync());
            client.answer();
            Totals totals =
                    front.overview(Detail.NUMBERS).traffic().stream()
                            .filter(line -> line.database().equals("postgres"))
                            .findFirst()
                            .orElseThrow()
                            .total();
            assertThat(totals.queries()).isEqualTo(5);
            assertThat(totals.transactions()).isEqualTo(3);
            assertThat(totals.assignments()).isEqualTo(3);
            assertThat(totals.logins()).isEqualTo(1);
            assertThat(totals.clientParses()).isEqualTo(1);
            assertThat(totals.serverParses()).isEqualTo(1);
            assertThat(totals.binds()).isEqualTo(1);
            assertThat(totals.received()).isPositive();
            assertThat(totals.sent()).isPositive();
            assertThat(totals.queryTime()).isPositive();
            assertThat(front.count(pool -> (int) pool.statistics().queryTimes().count()))
                    .isEqualTo(5);
        }
    }

    @Test
    void serversOfADatabaseWithItsOwnUserAreKeptWarm() throws Exception {
        try (Front front =
                ground.front(ground.database("postgres", "user=one min_pool_size=2"), "")) {
            await().atMost(PATIENCE)
                    .until(() ->
                            front.overview(Detail.NUMBERS).pools().stream()
                                    .anyMatch(pool -> pool.servers().idle() == 2));
        }
    }

    /// Its servers end, and nobody opens others in their place.
    @Test
    void aWarmDatabaseThatIsRemovedLeavesNoServers() throws Exception {
        String own = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'warm'";
        String entry = "user=one min_pool_size=2 connect_query='SET application_name = warm'";
        try (Front front = ground.front(ground.database("postgres", entry), "")) {
            await().atMost(PATIENCE).until(() -> ground.sql(own).equals("2"));
            front.reload(ground.database("elsewhere", ""), "");
            await().during(Duration.ofMillis(1500))
                    .atMost(PATIENCE)
                    .until(() -> ground.sql(own).equals("0"));
        }
    }

    @Test
    void zeroInAnEntryLeavesTheGeneralLimitOfClients() throws Exception {
        try (Front front =
                        ground.front(
                                ground.database("postgres", "max_db_client_connections=0"),
                                "max_db_client_connections = 1");
                RawClient first = front.client();
                RawClient second = front.newcomer()) {
            assertThat(second.rest().words()).contains("max_db_client_connections");
            assertThat(first.ask("SELECT 1").types()).isEqualTo("TDCZ");
        }
    }

    @Test
    void aServerThatHasIdledIsAskedBeforeItIsUsed() throws Exception {
        try (Front front =
                        ground.front(
                                """
                                default_pool_size = 1
                                server_check_delay = 0
                                server_check_query = SELECT 'alive'
                                """);
                Connection client = connect(front)) {
            String process = one(client, "SELECT pg_backend_pid()");
            assertThat(one(client, "SELECT pg_backend_pid()")).isEqualTo(process);
            ground.sql("SELECT pg_terminate_backend(" + process + ")");
            assertThat(one(client, "SELECT pg_backend_pid()")).isNotEqualTo(process);
        }
    }

    /// Nothing listens at the first host.
    @ParameterizedTest
    @ValueSource(strings = {"disable", "round-robin"})
    void theNextHostIsTriedBeforeAnybodyIsRefused(String balance) throws Exception {
        String words = " load_balance_hosts=" + balance;
        try (Front front =
                        ground.front(
                                ground.database("*", words).replace("host=", "host=127.0.0.2,")
                                        + "\nlost = host=127.0.0.2,127.0.0.3 port="
                                        + ground.port()
                                        + words,
                                "server_login_retry = 600");
                Connection client = connect(front);
                RawClient lost = new RawClient(front.port())) {
            assertThat(one(client, "SELECT 1")).isEqualTo("1");
            lost.send(RawClient.packet(3, 0, "user\0postgres\0database\0lost\0\0"));
            assertThat(lost.refusal()).contains("C08001", "127.0.0.3");
            assertThat(front.overview(Detail.NUMBERS).ways().getFirst().stops())
                    .filteredOn(stop -> !stop.name().startsWith("127.0.0.1:"))
                    .hasSize(2)
                    .allMatch(stop -> stop.standing().stand() == Stand.DOWN);
        }
    }

    /// Of a database 0 says nothing, as in PgBouncer.
    @Test
    void aServerWithoutALifetimeIsUsedOnce() throws Exception {
        String process = "SELECT pg_backend_pid()";
        String databases = ground.database("*", "server_lifetime=0");
        try (Front front = ground.front(databases, "");
                RawClient client = front.client()) {
            String first = client.ask(process).value();
            assertThat(client.ask(process).value()).isEqualTo(first);
            front.reload(databases, "server_lifetime = 0");
            assertThat(client.ask(process).value()).isNotEqualTo(client.ask(process).value());
        }
    }

    /// Two users of a database that no file names, one after the other.
    @Test
    void whatAPoolHasCountedStaysWithItsDatabase() throws Exception {
        String settings = "server_idle_timeout = 0.1\nautodb_idle_timeout = ";
        try (Front front = ground.front(settings + "0.1")) {
            try (Connection stays = connect(front, "one")) {
                try (Connection goes = connect(front, "two")) {
                    run(goes, "SELECT 1");
                    run(goes, "SELECT 2");
                }
                run(stays, "BEGIN");
                await().atMost(PATIENCE).until(() -> pools(front) == 1);
                Overview seen = front.overview(Detail.NUMBERS);
                assertThat(seen.traffic().getLast().total().logins()).isEqualTo(2);
                assertThat(seen.ways().getFirst().total().logins()).isEqualTo(2);
            }
            await().atMost(PATIENCE)
                    .until(() -> front.overview(Detail.NUMBERS).traffic().isEmpty());
        }
    }

    private static int pools(Front front) {
        return front.overview(Detail.NUMBERS).pools().size() - 1; // the console has one
    }

    @Test
    void aLimitIsReloadedThoughNoPoolIsThere() throws Exception {
        String settings =
                "query_wait_timeout = 10\npool_idle_timeout = 0.1\nserver_idle_timeout = 0.1\n";
        try (Front front = ground.front(settings + "max_db_connections = 1")) {
            front.client().close();
            await().atMost(PATIENCE).until(() -> pools(front) == 0);
            front.reload(ground.database("*", ""), settings + "max_db_connections = 2");
            try (RawClient one = front.client();
                    RawClient other = front.client()) {
                assertThat(one.ask("BEGIN").types()).isEqualTo("CZ");
                assertThat(other.ask("BEGIN").types()).isEqualTo("CZ");
            }
        }
    }

    @Test
    void unusedAndOldServersGo() throws Exception {
        try (Front front = ground.front("server_idle_timeout = 0.5");
                RawClient client = front.client()) {
            client.ask("SELECT 1");
            front.awaitPool(pool -> pool.servers() == 0);
            front.reload(ground.database("*", ""), "server_lifetime = 0.5");
            client.ask("SELECT 1");
            front.awaitPool(pool -> pool.servers() == 0);
        }
    }
}
