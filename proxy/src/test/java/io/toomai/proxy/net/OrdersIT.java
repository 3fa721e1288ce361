package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.console.Command;
import io.toomai.proxy.console.Orders.Outcome;
import io.toomai.proxy.console.Orders.Owner;
import io.toomai.wire.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Edges 38 and 39: what operators order while clients work.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OrdersIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private TestServer server;
    private Path directory;

    @BeforeAll
    void open(@TempDir Path home) throws Exception {
        directory = home;
        server = TestServer.create(TestServer.binaries().orElseThrow(), home.resolve("data"), "");
        server.start();
        server.sql("CREATE ROLE other LOGIN SUPERUSER PASSWORD 'p'");
    }

    @AfterAll
    void close() throws Exception {
        server.close();
    }

    private String file(String databaseWords, String settings) {
        return """
        [databases]
        postgres = host=127.0.0.1 port=%d password='%s' %s
        [pgbouncer]
        pool_mode = transaction
        %s
        """
                .formatted(server.port(), TestServer.PASSWORD, databaseWords, settings);
    }

    private Front front(String settings) throws Exception {
        return Front.open(directory, file("", settings));
    }

    private static List<Outcome> order(Front front, Command.Order order) {
        List<Outcome> outcomes = new CopyOnWriteArrayList<>();
        front.proxy()
                .ask(premises -> {
                    premises.steering().carryOut(order, new Owner(7, "test"), outcomes::add);
                    return true;
                });
        return outcomes;
    }

    private static void awaitDone(List<Outcome> outcomes) {
        await().atMost(PATIENCE).until(() -> !outcomes.isEmpty());
        assertThat(outcomes).containsExactly(new Outcome.Done());
    }

    private static void awaitPool(Front front, Predicate<ServerPool> what) {
        ServerPool pool = front.pool("postgres");
        await().atMost(PATIENCE).until(() -> front.proxy().ask(_ -> what.test(pool)));
    }

    private static String process(PlainClient client) throws Exception {
        return client.ask("SELECT pg_backend_pid()").stream()
                .filter(heard -> heard.type() == 'D')
                .findFirst()
                .orElseThrow()
                .body()
                .substring(6);
    }

    /// Edge 38: a transaction ends as it likes, others wait, and go on after RESUME.
    @Test
    void pauseWaitsForTransactionsAndHoldsTheOthers() throws Exception {
        try (Front front = front("");
                PlainClient working = front.client();
                PlainClient waiting = front.client()) {
            working.ask("BEGIN");
            List<Outcome> paused = order(front, new Command.Pause(Optional.empty()));
            waiting.send(PlainClient.query("SELECT 1"));
            awaitPool(front, pool -> pool.numbers().waiting() == 1);
            assertThat(paused).isEmpty();
            assertThat(PlainClient.types(working.ask("SELECT 1"))).isEqualTo("TDCZ");
            working.ask("COMMIT");
            awaitDone(paused);
            awaitPool(front, pool -> pool.servers() == 0);
            awaitDone(order(front, new Command.Resume(Optional.empty())));
            assertThat(PlainClient.types(waiting.untilReady())).isEqualTo("TDCZ");
        }
    }

    /// Edge 38: whoever comes during the pause gets in, and waits with the first query.
    @Test
    void aClientThatComesWhilePausedWaits() throws Exception {
        try (Front front = front("");
                PlainClient first = front.client()) {
            first.ask("SELECT 1");
            awaitDone(order(front, new Command.Pause(Optional.of("postgres"))));
            try (PlainClient late = front.client()) {
                late.send(PlainClient.query("SELECT 1"));
                awaitPool(front, pool -> pool.numbers().waiting() == 1);
                awaitDone(order(front, new Command.Resume(Optional.of("postgres"))));
                assertThat(PlainClient.types(late.untilReady())).isEqualTo("TDCZ");
            }
        }
    }

    /// Edge 38.
    @Test
    void reconnectReplacesServersAfterTheirTransactions() throws Exception {
        try (Front front = front("default_pool_size = 1");
                PlainClient client = front.client()) {
            client.ask("BEGIN");
            String before = process(client);
            awaitDone(order(front, new Command.Reconnect(Optional.empty())));
            List<Outcome> closed = order(front, new Command.WaitClose(Optional.empty()));
            assertThat(closed).isEmpty();
            assertThat(process(client)).isEqualTo(before);
            client.ask("COMMIT");
            awaitDone(closed);
            assertThat(process(client)).isNotEqualTo(before);
        }
    }

    @Test
    void sessionsThatKeepAServerTooLongMayBeEnded() throws Exception {
        try (Front front = front("pool_mode = session\nserver_fast_close = 1");
                PlainClient client = front.client()) {
            client.ask("BEGIN");
            awaitDone(order(front, new Command.Reconnect(Optional.empty())));
            assertThat(PlainClient.types(client.ask("SELECT 1"))).isEqualTo("TDCZ");
            client.ask("COMMIT");
            assertThat(client.untilReady().toString()).contains("database configuration changed");
        }
    }

    /// Edge 38.
    @Test
    void suspendReadsNothingUntilResume() throws Exception {
        try (Front front = front("");
                PlainClient client = front.client()) {
            client.ask("SELECT 1");
            awaitDone(order(front, new Command.Suspend()));
            client.send(PlainClient.query("SELECT 1"));
            awaitDone(order(front, new Command.Resume(Optional.empty())));
            assertThat(PlainClient.types(client.untilReady())).isEqualTo("TDCZ");
        }
    }

    /// Edge 39.
    @Test
    void aReloadChangesThePoolsSize() throws Exception {
        try (Front front = front("default_pool_size = 1\nquery_wait_notify = 0");
                PlainClient first = front.client();
                PlainClient second = front.client()) {
            first.ask("BEGIN");
            second.send(PlainClient.query("BEGIN"));
            awaitPool(front, pool -> pool.numbers().waiting() == 1);
            front.reload(file("", "default_pool_size = 2"));
            assertThat(PlainClient.types(second.untilReady())).isEqualTo("CZ");
            front.reload(file("", "default_pool_size = 1"));
            first.ask("COMMIT");
            second.ask("COMMIT");
            awaitPool(front, pool -> pool.servers() == 1);
        }
    }

    /// Edge 39.
    @Test
    void aReloadThatLeadsElsewhereReplacesServers() throws Exception {
        try (Front front = front("default_pool_size = 1");
                PlainClient client = front.client()) {
            client.ask("BEGIN");
            String before = process(client);
            front.reload(file("dbname=template1", "default_pool_size = 1"));
            assertThat(process(client)).isEqualTo(before);
            client.ask("COMMIT");
            assertThat(client.ask("SELECT current_database()").toString()).contains("template1");
        }
    }

    /// Edge 39: those who are there keep their mode, new ones have the new one.
    @Test
    void aReloadChangesTheModeOfNewClients() throws Exception {
        try (Front front = front("default_pool_size = 1");
                PlainClient old = front.client()) {
            old.ask("SELECT 1");
            front.reload(file("", "pool_mode = session\ndefault_pool_size = 1"));
            try (PlainClient session = front.client()) {
                session.ask("SELECT 1");
                awaitPool(front, pool -> pool.numbers().active() == 1);
            }
            old.ask("SELECT 1");
            awaitPool(front, pool -> pool.numbers().idle() == 1);
        }
    }

    /// Edge 39.
    @Test
    void clientsOfADatabaseThatIsRemovedHearSo() throws Exception {
        try (Front front = front("");
                PlainClient client = front.client()) {
            client.ask("BEGIN");
            front.reload(
                    "[databases]\nelsewhere = host=127.0.0.1 port=%d\n".formatted(server.port()));
            assertThat(client.untilReady().toString()).contains("FATAL", "database removed");
            try (PlainClient late = new PlainClient(front.port(), "postgres", "postgres")) {
                assertThat(late.untilReady().toString()).contains("no such database: postgres");
            }
        }
    }

    /// A change of the primary: idle servers go at once, others when they are free.
    @Test
    void staleServersAreNotUsedAgain() throws Exception {
        try (Front front = front("");
                PlainClient working = front.client();
                PlainClient idle = front.client()) {
            working.ask("BEGIN");
            idle.ask("SELECT 1");
            awaitPool(front, pool -> pool.servers() == 2);
            ServerPool pool = front.pool("postgres");
            front.proxy()
                    .ask(_ -> {
                        pool.stale();
                        return true;
                    });
            awaitPool(front, stale -> stale.servers() == 1);
            working.ask("COMMIT");
            awaitPool(front, stale -> stale.servers() == 0);
        }
    }
}
