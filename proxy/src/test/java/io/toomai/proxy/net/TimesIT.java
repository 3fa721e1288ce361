package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.wire.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Edge 37: what takes too long ends with PgBouncer's words, and nothing else does.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TimesIT {
    private TestServer server;
    private Path directory;

    @BeforeAll
    void open(@TempDir Path home) throws Exception {
        directory = home;
        server = TestServer.create(TestServer.binaries().orElseThrow(), home.resolve("data"), "");
        server.start();
    }

    @AfterAll
    void close() throws Exception {
        server.close();
    }

    private Front front(String settings) throws Exception {
        return Front.open(
                directory,
                """
                [databases]
                * = host=127.0.0.1 port=%d password='%s'
                [pgbouncer]
                pool_mode = transaction
                default_pool_size = 1
                %s
                """
                        .formatted(server.port(), TestServer.PASSWORD, settings));
    }

    private static String words(List<PlainClient.Heard> heard) {
        return heard.toString();
    }

    private static String last(PlainClient client) throws Exception {
        return words(client.untilReady());
    }

    @Test
    void aLateQueryEndsItsClient() throws Exception {
        try (Front front = front("query_timeout = 0.5");
                PlainClient client = front.client()) {
            assertThat(words(client.ask("SELECT pg_sleep(600)")))
                    .contains("FATAL", "08P01", "Mquery timeout");
        }
    }

    @Test
    void aLateQueryCanBeCancelledInstead() throws Exception {
        try (Front front = front("query_timeout = 0.5\nquery_timeout_action = cancel");
                PlainClient client = front.client()) {
            assertThat(words(client.ask("SELECT pg_sleep(600)"))).contains("57014");
            assertThat(PlainClient.types(client.ask("SELECT 1"))).isEqualTo("TDCZ");
        }
    }

    /// The time runs for what is asked, not for who is there.
    @Test
    void queryTimeoutIsNotForThoseWhoAskNothing() throws Exception {
        try (Front front = front("query_timeout = 0.7");
                PlainClient idle = front.client();
                PlainClient inTransaction = front.client()) {
            inTransaction.ask("BEGIN");
            outlive(front, Duration.ofMillis(1500));
            assertThat(PlainClient.types(inTransaction.ask("COMMIT"))).isEqualTo("CZ");
            assertThat(PlainClient.types(idle.ask("SELECT 1"))).isEqualTo("TDCZ");
        }
    }

    /// Ticks have gone by for so long.
    private static void outlive(Front front, Duration time) {
        long since = front.proxy().ask(premises -> premises.pools().turn().now());
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        front.proxy().ask(premises -> premises.pools().turn().now()) - since
                                > time.toNanos());
    }

    @Test
    void whoWaitsTooLongForAServerIsToldAndThenEnded() throws Exception {
        try (Front front = front("query_wait_timeout = 1.2\nquery_wait_notify = 0.3");
                PlainClient holder = front.client();
                PlainClient waiting = front.client()) {
            holder.ask("BEGIN");
            List<PlainClient.Heard> heard = waiting.ask("SELECT 1");
            assertThat(PlainClient.types(heard)).isEqualTo("NE.");
            assertThat(words(heard))
                    .contains(
                            "No server connection available in postgres backend, client being"
                                    + " queued")
                    .contains("08P01", "query_wait_timeout");
            assertThat(PlainClient.types(holder.ask("COMMIT"))).isEqualTo("CZ");
        }
    }

    @Test
    void queryWaitTimeoutIsNotForThoseWhoHaveAServer() throws Exception {
        try (Front front = front("query_wait_timeout = 0.5");
                PlainClient client = front.client()) {
            assertThat(PlainClient.types(client.ask("SELECT pg_sleep(1.5)"))).isEqualTo("TDCZ");
        }
    }

    @Test
    void anIdleTransactionEnds() throws Exception {
        try (Front front = front("idle_transaction_timeout = 0.5");
                PlainClient client = front.client();
                PlainClient next = front.client()) {
            client.ask("BEGIN");
            assertThat(last(client)).contains("08P01", "idle transaction timeout");
            assertThat(PlainClient.types(next.ask("SELECT 1"))).isEqualTo("TDCZ");
        }
    }

    @Test
    void idleTransactionTimeoutIsNotForTransactionsThatWork() throws Exception {
        try (Front front = front("idle_transaction_timeout = 0.7");
                PlainClient client = front.client()) {
            client.ask("BEGIN");
            assertThat(PlainClient.types(client.ask("SELECT pg_sleep(1.7)"))).isEqualTo("TDCZ");
            assertThat(PlainClient.types(client.ask("COMMIT"))).isEqualTo("CZ");
            outlive(front, Duration.ofMillis(1500));
            assertThat(PlainClient.types(client.ask("SELECT 1"))).isEqualTo("TDCZ");
        }
    }

    @Test
    void aLongTransactionEnds() throws Exception {
        try (Front front = front("transaction_timeout = 0.7");
                PlainClient client = front.client()) {
            client.ask("BEGIN");
            assertThat(words(client.ask("SELECT pg_sleep(600)")))
                    .contains("08P01", "Mtransaction timeout");
        }
    }

    @Test
    void transactionTimeoutIsNotForSeveralShortOnes() throws Exception {
        try (Front front = front("transaction_timeout = 1.5\npool_mode = session");
                PlainClient client = front.client()) {
            for (int i = 0; i < 4; i++) {
                client.ask("BEGIN");
                client.ask("SELECT pg_sleep(0.5)");
                assertThat(PlainClient.types(client.ask("COMMIT"))).isEqualTo("CZ");
            }
        }
    }

    @Test
    void anIdleClientEnds() throws Exception {
        try (Front front = front("client_idle_timeout = 0.5");
                PlainClient client = front.client()) {
            client.ask("SELECT 1");
            assertThat(last(client)).contains("08P01", "client_idle_timeout");
        }
    }

    @Test
    void clientIdleTimeoutIsNotForThoseWhoWork() throws Exception {
        try (Front front = front("client_idle_timeout = 0.7");
                PlainClient client = front.client()) {
            assertThat(PlainClient.types(client.ask("SELECT pg_sleep(1.7)"))).isEqualTo("TDCZ");
        }
    }

    @Test
    void aUsersOwnTimeGoesBeforeThatOfAll() throws Exception {
        try (Front front = front("query_timeout = 600\n[users]\npostgres = query_timeout=0.5\n");
                PlainClient client = front.client()) {
            assertThat(words(client.ask("SELECT pg_sleep(600)"))).contains("Mquery timeout");
        }
    }
}
