package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Edge 37: what takes too long ends with PgBouncer's words, and nothing else does.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TimesIT {
    private Ground ground;

    @BeforeAll
    void open(@TempDir Path home) throws Exception {
        ground = Ground.open(home);
    }

    @AfterAll
    void close() throws Exception {
        ground.close();
    }

    private Front front(String settings) throws Exception {
        return ground.front("default_pool_size = 1\n" + settings);
    }

    @Test
    void aLateQueryEndsItsClient() throws Exception {
        try (Front front = front("query_timeout = 0.5");
                RawClient client = front.client()) {
            assertThat(client.send(RawClient.query("SELECT pg_sleep(600)")).rest().words())
                    .contains("FATAL", "08P01", "Mquery timeout");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10", "0.1", "0"})
    void aLateQueryCanBeCancelledInstead(String wait) throws Exception {
        try (Front front =
                        front(
                                "query_timeout = 0.5\nquery_timeout_action = cancel\n"
                                        + "cancel_wait_timeout = "
                                        + wait);
                RawClient client = front.client()) {
            assertThat(client.ask("SELECT pg_sleep(600)").words()).contains("57014");
            assertThat(client.ask("SELECT 1").types()).isEqualTo("TDCZ");
        }
    }

    /// The time runs for what is asked, not for who is there.
    @Test
    void queryTimeoutIsNotForThoseWhoAskNothing() throws Exception {
        try (Front front = front("query_timeout = 0.7");
                RawClient idle = front.client();
                RawClient inTransaction = front.client()) {
            inTransaction.ask("BEGIN");
            outlive(front, Duration.ofMillis(1500));
            assertThat(inTransaction.ask("COMMIT").types()).isEqualTo("CZ");
            assertThat(idle.ask("SELECT 1").types()).isEqualTo("TDCZ");
        }
    }

    /// Ticks have gone by for so long.
    private static void outlive(Front front, Duration time) {
        long since = front.proxy().ask(premises -> premises.wings().first().pools().turn().now());
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        front.proxy().ask(premises -> premises.wings().first().pools().turn().now())
                                        - since
                                > time.toNanos());
    }

    @Test
    void whoWaitsTooLongForAServerIsToldAndThenEnded() throws Exception {
        try (Front front = front("query_wait_timeout = 1.2\nquery_wait_notify = 0.3");
                RawClient holder = front.client();
                RawClient waiting = front.client()) {
            holder.ask("BEGIN");
            RawClient.Answer heard = waiting.send(RawClient.query("SELECT 1")).rest();
            assertThat(heard.types()).isEqualTo("NE");
            assertThat(heard.words())
                    .contains(
                            "No server connection available in postgres backend, client being"
                                    + " queued")
                    .contains("08P01", "query_wait_timeout");
            assertThat(holder.ask("COMMIT").types()).isEqualTo("CZ");
        }
    }

    @Test
    void queryWaitTimeoutIsNotForThoseWhoHaveAServer() throws Exception {
        try (Front front = front("query_wait_timeout = 0.5");
                RawClient client = front.client()) {
            assertThat(client.ask("SELECT pg_sleep(1.5)").types()).isEqualTo("TDCZ");
        }
    }

    @Test
    void anIdleTransactionEnds() throws Exception {
        try (Front front = front("idle_transaction_timeout = 0.5");
                RawClient client = front.client();
                RawClient next = front.client()) {
            client.ask("BEGIN");
            assertThat(client.rest().words()).contains("08P01", "idle transaction timeout");
            assertThat(next.ask("SELECT 1").types()).isEqualTo("TDCZ");
        }
    }

    @Test
    void idleTransactionTimeoutIsNotForTransactionsThatWork() throws Exception {
        try (Front front = front("idle_transaction_timeout = 0.7");
                RawClient client = front.client()) {
            client.ask("BEGIN");
            assertThat(client.ask("SELECT pg_sleep(1.7)").types()).isEqualTo("TDCZ");
            assertThat(client.ask("COMMIT").types()).isEqualTo("CZ");
            outlive(front, Duration.ofMillis(1500));
            assertThat(client.ask("SELECT 1").types()).isEqualTo("TDCZ");
        }
    }

    @Test
    void aLongTransactionEnds() throws Exception {
        try (Front front = front("transaction_timeout = 0.7");
                RawClient client = front.client()) {
            client.ask("BEGIN");
            assertThat(client.send(RawClient.query("SELECT pg_sleep(600)")).rest().words())
                    .contains("08P01", "Mtransaction timeout");
        }
    }

    @Test
    void transactionTimeoutIsNotForSeveralShortOnes() throws Exception {
        try (Front front = front("transaction_timeout = 1.5\npool_mode = session");
                RawClient client = front.client()) {
            for (int i = 0; i < 4; i++) {
                client.ask("BEGIN");
                client.ask("SELECT pg_sleep(0.5)");
                assertThat(client.ask("COMMIT").types()).isEqualTo("CZ");
            }
        }
    }

    @Test
    void anIdleClientEnds() throws Exception {
        try (Front front = front("client_idle_timeout = 0.5");
                RawClient client = front.client()) {
            client.ask("SELECT 1");
            assertThat(client.rest().words()).contains("08P01", "client_idle_timeout");
        }
    }

    @Test
    void clientIdleTimeoutIsNotForThoseWhoWork() throws Exception {
        try (Front front = front("client_idle_timeout = 0.7");
                RawClient client = front.client()) {
            assertThat(client.ask("SELECT pg_sleep(1.7)").types()).isEqualTo("TDCZ");
        }
    }

    @Test
    void aUsersOwnTimeGoesBeforeThatOfAll() throws Exception {
        try (Front front = front("query_timeout = 600\n[users]\npostgres = query_timeout=0.5\n");
                RawClient client = front.client()) {
            assertThat(client.send(RawClient.query("SELECT pg_sleep(600)")).rest().words())
                    .contains("Mquery timeout");
        }
    }
}
