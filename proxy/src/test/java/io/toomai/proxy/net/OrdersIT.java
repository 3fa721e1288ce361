package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.console.Command;
import io.toomai.proxy.console.Orders.Outcome;
import io.toomai.proxy.console.Orders.Owner;
import io.toomai.proxy.console.Overview.Condition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Edges 38 and 39: what operators order while clients work.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OrdersIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PROCESS = "SELECT pg_backend_pid()";

    private Ground ground;

    @BeforeAll
    void open(@TempDir Path home) throws Exception {
        ground = Ground.open(home);
    }

    @AfterAll
    void close() throws Exception {
        ground.close();
    }

    private String postgres(String more) {
        return ground.database("postgres", more);
    }

    private Front front(String settings) throws Exception {
        return ground.front(postgres(""), settings);
    }

    private static List<Outcome> order(Front front, Command.Order order) {
        return order(front.proxy(), order);
    }

    private static List<Outcome> order(Proxy proxy, Command.Order order) {
        List<Outcome> outcomes = new CopyOnWriteArrayList<>();
        proxy.ask(premises -> {
            premises.steering().carryOut(order, new Owner(7, "test"), outcomes::add);
            return true;
        });
        return outcomes;
    }

    private static void awaitDone(List<Outcome> outcomes) {
        await().atMost(PATIENCE).until(() -> !outcomes.isEmpty());
        assertThat(outcomes).containsExactly(new Outcome.Done());
    }

    /// Edge 38: a transaction ends as it likes, others wait, and go on after RESUME.
    @Test
    void pauseWaitsForTransactionsAndHoldsTheOthers() throws Exception {
        try (Front front = front("");
                RawClient working = front.client();
                RawClient waiting = front.client()) {
            working.ask("BEGIN");
            List<Outcome> paused = order(front, new Command.Pause(Optional.empty()));
            waiting.send(RawClient.query("SELECT 1"));
            front.awaitPool(pool -> pool.numbers().waiting() == 1);
            assertThat(paused).isEmpty();
            assertThat(working.ask("SELECT 1").types()).isEqualTo("TDCZ");
            working.ask("COMMIT");
            awaitDone(paused);
            front.awaitPool(pool -> pool.servers() == 0);
            awaitDone(order(front, new Command.Resume(Optional.empty())));
            assertThat(waiting.answer().types()).isEqualTo("TDCZ");
        }
    }

    /// Edge 38: whoever comes during the pause gets in, and waits with the first query.
    @Test
    void aClientThatComesWhilePausedWaits() throws Exception {
        try (Front front = front("");
                RawClient first = front.client()) {
            first.ask("SELECT 1");
            awaitDone(order(front, new Command.Pause(Optional.of("postgres"))));
            try (RawClient late = front.client()) {
                late.send(RawClient.query("SELECT 1"));
                front.awaitPool(pool -> pool.numbers().waiting() == 1);
                awaitDone(order(front, new Command.Resume(Optional.of("postgres"))));
                assertThat(late.answer().types()).isEqualTo("TDCZ");
            }
        }
    }

    /// Edge 38.
    @Test
    void reconnectReplacesServersAfterTheirTransactions() throws Exception {
        try (Front front = front("default_pool_size = 1");
                RawClient client = front.client()) {
            client.ask("BEGIN");
            String before = client.ask(PROCESS).value();
            awaitDone(order(front, new Command.Reconnect(Optional.empty())));
            List<Outcome> closed = order(front, new Command.WaitClose(Optional.empty()));
            assertThat(closed).isEmpty();
            assertThat(client.ask(PROCESS).value()).isEqualTo(before);
            client.ask("COMMIT");
            awaitDone(closed);
            assertThat(client.ask(PROCESS).value()).isNotEqualTo(before);
        }
    }

    @Test
    void sessionsThatKeepAServerTooLongMayBeEnded() throws Exception {
        try (Front front = front("pool_mode = session\nserver_fast_close = 1");
                RawClient client = front.client()) {
            client.ask("BEGIN");
            awaitDone(order(front, new Command.Reconnect(Optional.empty())));
            assertThat(client.ask("SELECT 1").types()).isEqualTo("TDCZ");
            client.ask("COMMIT");
            assertThat(client.rest().words()).contains("database configuration changed");
        }
    }

    /// Edge 38.
    @Test
    void suspendReadsNothingUntilResume() throws Exception {
        try (Front front = front("");
                RawClient client = front.client()) {
            client.ask("SELECT 1");
            awaitDone(order(front, new Command.Suspend()));
            client.send(RawClient.query("SELECT 1"));
            awaitDone(order(front, new Command.Resume(Optional.empty())));
            assertThat(client.answer().types()).isEqualTo("TDCZ");
        }
    }

    /// Edge 39.
    @Test
    void aReloadChangesThePoolsSize() throws Exception {
        try (Front front = front("default_pool_size = 1\nquery_wait_notify = 0");
                RawClient first = front.client();
                RawClient second = front.client()) {
            first.ask("BEGIN");
            second.send(RawClient.query("BEGIN"));
            front.awaitPool(pool -> pool.numbers().waiting() == 1);
            front.reload(postgres(""), "default_pool_size = 2");
            assertThat(second.answer().types()).isEqualTo("CZ");
            front.reload(postgres(""), "default_pool_size = 1");
            first.ask("COMMIT");
            second.ask("COMMIT");
            front.awaitPool(pool -> pool.servers() == 1);
        }
    }

    /// And it is said once, however often the file is read.
    @Test
    void whatIsReadAtTheStartOnlyStaysUntilARestart() throws Exception {
        String admins = "admin_users = postgres\n";
        try (LogLines log = new LogLines();
                Front front = front(admins + "listen_backlog = 7");
                RawClient console = console(front)) {
            front.reload(postgres(""), admins + "listen_backlog = 9\nquery_timeout = 5");
            front.reload(postgres(""), admins + "listen_backlog = 9\nquery_timeout = 6");
            assertThat(console.ask("SHOW CONFIG").words())
                    .contains("listen_backlog|||\0017")
                    .contains("query_timeout|||\0016");
            String said = "listen_backlog = 9 is in force after a restart, until then it is 7";
            assertThat(log.having("is in force after a restart")).containsExactly(said);
            front.reload(postgres(""), admins + "listen_backlog = 7");
            front.reload(postgres(""), admins + "listen_backlog = 9");
            assertThat(log.having("is in force after a restart")).containsExactly(said, said);
        }
    }

    /// Edge 39.
    @Test
    void aReloadThatLeadsElsewhereReplacesServers() throws Exception {
        try (Front front = front("default_pool_size = 1");
                RawClient client = front.client()) {
            client.ask("BEGIN");
            String before = client.ask(PROCESS).value();
            front.reload(postgres("dbname=template1"), "default_pool_size = 1");
            assertThat(client.ask(PROCESS).value()).isEqualTo(before);
            client.ask("COMMIT");
            assertThat(client.ask("SELECT current_database()").words()).contains("template1");
        }
    }

    /// Edge 39: those who are there keep their mode, new ones have the new one.
    @Test
    void aReloadChangesTheModeOfNewClients() throws Exception {
        try (Front front = front("default_pool_size = 1");
                RawClient old = front.client()) {
            old.ask("SELECT 1");
            front.reload(postgres(""), "pool_mode = session\ndefault_pool_size = 1");
            try (RawClient session = front.client()) {
                session.ask("SELECT 1");
                front.awaitPool(pool -> pool.numbers().active() == 1);
            }
            old.ask("SELECT 1");
            front.awaitPool(pool -> pool.numbers().idle() == 1);
        }
    }

    /// Edge 39.
    @Test
    void clientsOfADatabaseThatIsRemovedHearSo() throws Exception {
        try (Front front = front("");
                RawClient client = front.client()) {
            client.ask("BEGIN");
            front.reload(ground.database("elsewhere", ""), "");
            assertThat(client.rest().words()).contains("FATAL", "database removed");
            try (RawClient late = front.newcomer()) {
                assertThat(late.refusal()).contains("no such database: postgres");
            }
        }
    }

    /// A change of the primary: idle servers go at once, others when they are free.
    @Test
    void staleServersAreNotUsedAgain() throws Exception {
        try (Front front = front("");
                RawClient working = front.client();
                RawClient idle = front.client()) {
            working.ask("BEGIN");
            idle.ask("SELECT 1");
            front.awaitPool(pool -> pool.servers() == 2);
            ServerPool pool = front.pool("postgres");
            front.proxy()
                    .ask(_ -> {
                        pool.stale();
                        return true;
                    });
            front.awaitPool(stale -> stale.servers() == 1);
            working.ask("COMMIT");
            front.awaitPool(stale -> stale.servers() == 0);
        }
    }

    @Test
    void whoCancelsAnOrderThatWaitsEndsIt() throws Exception {
        try (Front front = front("admin_users = postgres");
                RawClient client = front.client();
                RawClient console = console(front);
                RawClient second = console(front)) {
            client.ask("BEGIN");
            RawClient.cancel(front.port(), console.cancelRequest()); // it waits for nothing
            console.send(RawClient.query("PAUSE"));
            await().atMost(PATIENCE)
                    .until(() -> second.ask("SHOW PAUSES").words().contains("waiting|"));
            RawClient.cancel(front.port(), second.cancelRequest()); // nor does this one
            assertThat(second.ask("SHOW PAUSES").words()).contains("waiting|");
            RawClient.cancel(front.port(), console.cancelRequest());
            assertThat(console.answer().words()).contains("PAUSE is not complete: it was canceled");
            assertThat(second.ask("SHOW PAUSES").types()).isEqualTo("TCZ");
            second.ask("RECONNECT");
            console.send(RawClient.query("WAIT_CLOSE"));
            RawClient.cancel(front.port(), console.cancelRequest());
            assertThat(console.answer().words()).contains("57014");
            assertThat(console.ask("SHOW VERSION").types()).isEqualTo("TDCZ");
        }
    }

    /// `psql -c` leaves as soon as it has its answer.
    @Test
    void theEndIsNotUndoneWhenTheConsoleThatOrderedItLeaves() throws Exception {
        try (Front front = front("admin_users = postgres");
                RawClient client = front.client();
                RawClient watching = console(front)) {
            client.ask("BEGIN");
            try (RawClient console = console(front)) {
                assertThat(console.ask("SHUTDOWN WAIT_FOR_SERVERS").types()).isEqualTo("CZ");
            }
            await().atMost(PATIENCE).until(() -> consoles(front) == 1);
            assertThat(condition(front)).isEqualTo(Condition.PAUSED);
            assertThat(watching.ask("RESUME").words()).contains("pooler is shutting down");
            assertThat(client.send(RawClient.query("COMMIT")).rest().words())
                    .contains("COMMIT", "57P01");
        }
    }

    /// A PAUSE that waits becomes a part of the end.
    @Test
    void theEndIsNotUndoneWhenAPauseBeforeItIsCanceled() throws Exception {
        try (Front front = front("admin_users = postgres\ntcp_defer_accept = 0");
                RawClient client = front.client();
                RawClient canceler = new RawClient(front.port());
                RawClient watching = console(front)) {
            client.ask("BEGIN");
            try (RawClient console = console(front)) {
                console.send(RawClient.query("PAUSE"));
                await().atMost(PATIENCE)
                        .until(() -> watching.ask("SHOW PAUSES").words().contains("waiting|"));
                assertThat(watching.ask("SHUTDOWN WAIT_FOR_SERVERS").types()).isEqualTo("CZ");
                canceler.send(console.cancelRequest());
                assertThat(console.answer().words()).contains("57014");
                assertThat(condition(front)).isEqualTo(Condition.PAUSED);
            }
            await().atMost(PATIENCE).until(() -> consoles(front) == 1);
            assertThat(condition(front)).isEqualTo(Condition.PAUSED);
            assertThat(client.send(RawClient.query("COMMIT")).rest().words())
                    .contains("COMMIT", "57P01");
        }
    }

    /// Nothing that is suspended could be closed.
    @Test
    void theEndOfASuspendedProxyComes() throws Exception {
        try (Front front = front("admin_users = postgres");
                RawClient client = front.client();
                RawClient console = console(front)) {
            client.ask("SELECT 1");
            assertThat(console.ask("SUSPEND").types()).isEqualTo("CZ");
            console.ask("SHUTDOWN WAIT_FOR_SERVERS");
            assertThat(client.rest().words()).contains("57P01");
        }
    }

    @Test
    void setPutsUsersAndRulesInForceOrSaysWhyNot(@TempDir Path folder) throws Exception {
        Path users = Files.writeString(folder.resolve("users"), "\"one\" \"\"\n");
        Path everybody =
                Files.writeString(folder.resolve("all"), "\"one\" \"\"\n\"postgres\" \"\"\n");
        Path rules = Files.writeString(folder.resolve("hba"), "local all all trust\n");
        Path wrong = Files.writeString(folder.resolve("wrong"), "\n\nhost all\n");
        try (Front front = front("")) {
            front.client().close();
            assertThat(refusedSet(front, "auth_file", "/nowhere/x"))
                    .isEqualTo("auth_file cannot read /nowhere/x: there is no such file or folder");
            front.client().close();
            awaitDone(set(front, "auth_file", users.toString()));
            assertThat(refusal(front)).contains("\"trust\" authentication failed");
            awaitDone(set(front, "auth_file", everybody.toString()));
            front.client().close();
            assertThat(refusedSet(front, "auth_type", "hba"))
                    .isEqualTo("auth_hba_file is missing; auth_type is hba");
            assertThat(refusedSet(front, "auth_hba_file", wrong.toString()))
                    .contains(wrong + ":3: ");
            awaitDone(set(front, "auth_hba_file", rules.toString()));
            awaitDone(set(front, "auth_type", "hba"));
            assertThat(refusal(front)).contains("no pg_hba.conf entry");
            assertThat(refusedSet(front, "logfile", folder.resolve("log").toString()))
                    .contains("logfile the log is that of the program");
        }
    }

    private static List<Outcome> set(Front front, String key, String value) {
        return order(front, new Command.Set(key, value));
    }

    private static String refusedSet(Front front, String key, String value) {
        List<Outcome> outcomes = set(front, key, value);
        await().atMost(PATIENCE).until(() -> !outcomes.isEmpty());
        assertThat(outcomes.getFirst()).isInstanceOf(Outcome.Refused.class);
        return ((Outcome.Refused) outcomes.getFirst()).hint();
    }

    private static String refusal(Front front) throws Exception {
        try (RawClient client = front.newcomer()) {
            return client.refusal();
        }
    }

    @Test
    void aReloadThatFailsMayBeTriedAgain() throws Exception {
        try (Front front = front("")) {
            Configuration configuration = front.proxy().ask(Premises::configuration);
            Queue<Steward.Reread> readings = new ConcurrentLinkedQueue<>();
            Steward steward =
                    new Steward() {
                        @Override
                        public Reread reread() {
                            return readings.remove(); // fails where there is none
                        }

                        @Override
                        public void end() {}
                    };
            try (Proxy proxy =
                    Proxy.start(configuration, Transport.usual(), Directions.BY_HOST, steward)) {
                List<Outcome> first = order(proxy, new Command.Reload());
                await().atMost(PATIENCE).until(() -> !first.isEmpty());
                assertThat(first.getFirst())
                        .isEqualTo(
                                new Outcome.Refused(
                                        "F0000", "RELOAD failed, see logs for additional details"));
                readings.add(new Steward.Reread.Read(configuration));
                awaitDone(order(proxy, new Command.Reload()));
            }
        }
    }

    private static Condition condition(Front front) {
        return front.proxy().ask(premises -> premises.steering().halting().condition());
    }

    private static int consoles(Front front) {
        return front.proxy().ask(premises -> premises.consoles().count());
    }

    private static RawClient console(Front front) throws Exception {
        return new RawClient(front.port()).login(0, "user", "postgres", "database", "pgbouncer");
    }
}
