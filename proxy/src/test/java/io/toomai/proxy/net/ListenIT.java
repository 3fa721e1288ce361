package io.toomai.proxy.net;

import static io.toomai.proxy.net.RawClient.bind;
import static io.toomai.proxy.net.RawClient.execute;
import static io.toomai.proxy.net.RawClient.parse;
import static io.toomai.proxy.net.RawClient.query;
import static io.toomai.proxy.net.RawClient.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.toomai.proxy.console.Lookout.Detail;
import io.toomai.proxy.console.Overview.ListenNumbers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients that share servers, and listen.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ListenIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String EARS =
            "FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND backend_type = 'client backend'";

    private Ground ground;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        ground = Ground.trusting(directory, "");
    }

    /// The proxy of the test before ends on its own thread.
    @BeforeEach
    void nobodyListens() throws Exception {
        ground.sql("SELECT pg_terminate_backend(pid) " + EARS);
        awaitEars("0");
    }

    @AfterAll
    void close() throws Exception {
        ground.close();
    }

    private void awaitEars(String count) {
        await().atMost(PATIENCE).until(() -> ground.sql("SELECT count(*) " + EARS).equals(count));
    }

    private static void assertNotified(RawClient client, String text) throws IOException {
        RawClient.Message said = client.read();
        assertThat(said.type()).isEqualTo('A');
        assertThat(said.text().substring(4)).isEqualTo(text);
    }

    private static RawClient listening(Front front, String channel) throws Exception {
        RawClient client = front.client();
        assertThat(client.ask("LISTEN " + channel).types()).isEqualTo("CZ");
        return client;
    }

    @Test
    void whoListensHearsWhoeverNotifies() throws Exception {
        try (Front front = ground.front("default_pool_size = 2");
                RawClient anna = listening(front, "news");
                RawClient bert = listening(front, "\"News\"");
                RawClient carl = front.client();
                RawClient direct = RawClient.postgres(ground.port())) {
            direct.ask("NOTIFY news, 'one'");
            assertNotified(anna, "news|one|");
            carl.ask("NOTIFY \"News\", 'two'");
            assertNotified(bert, "News|two|");
            assertThat(carl.ask("NOTIFY news, 'three'").types()).isEqualTo("CZ");
            assertNotified(anna, "news|three|");
            direct.ask("NOTIFY news, 'märz €'");
            assertNotified(anna, "news|märz €|");
            assertThat(front.overview(Detail.LATENCIES).pools().getLast().listening())
                    .isEqualTo(new ListenNumbers(2, 1));
            for (int i = 0; i < 20; i++) {
                assertThat(carl.ask("SELECT 1").types()).as("others").isEqualTo("TDCZ");
                assertThat(bert.ask("SELECT 1").types()).as("others").isEqualTo("TDCZ");
            }
            awaitEars("1");
        }
    }

    /// What a client leaves behind on its server is not the next one's.
    @Test
    void whoLeavesAfterUnlistenTakesNothingFromTheNext() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient anna = listening(front, "news");
                RawClient direct = RawClient.postgres(ground.port())) {
            try (RawClient bert = front.client()) {
                bert.ask("BEGIN");
                bert.ask("UNLISTEN *");
            }
            assertThat(anna.ask("SELECT 1").types()).isEqualTo("TDCZ");
            direct.ask("NOTIFY news, 'still'");
            assertNotified(anna, "news|still|");
        }
    }

    @Test
    void unlistenThatARollbackToASavepointTakesBackDoesNotCount() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient anna = listening(front, "news");
                RawClient direct = RawClient.postgres(ground.port())) {
            for (String sql :
                    List.of("BEGIN", "SAVEPOINT s", "UNLISTEN *", "ROLLBACK TO s", "COMMIT")) {
                anna.ask(sql);
            }
            direct.ask("NOTIFY news, 'still'");
            assertNotified(anna, "news|still|");
        }
    }

    @Test
    void whoNotifiesHearsItself() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient anna = listening(front, "news")) {
            assertThat(anna.ask("NOTIFY news, 'mine'").types()).isEqualTo("CZ");
            assertNotified(anna, "news|mine|");
        }
    }

    /// Whoever notifies after LISTEN has returned is heard.
    @Test
    void nothingIsMissedFromThereOn() throws Exception {
        try (Front front = ground.front("default_pool_size = 2");
                RawClient direct = RawClient.postgres(ground.port());
                RawClient anna = front.client()) {
            for (int i = 0; i < 50; i++) {
                anna.ask("LISTEN news");
                direct.ask("NOTIFY news, '" + i + "'");
                assertNotified(anna, "news|" + i + "|");
                assertThat(anna.ask("UNLISTEN news").types()).isEqualTo("CZ");
                direct.ask("NOTIFY news, 'unheard'");
            }
        }
    }

    @Test
    void byMessagesToo() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient direct = RawClient.postgres(ground.port());
                RawClient anna = front.client()) {
            for (String name : List.of("", "named")) {
                anna.send(parse(name, "LISTEN news"), bind(name), execute(), sync());
                assertThat(anna.answer().types()).isEqualTo("12CZ");
                direct.ask("NOTIFY news");
                assertNotified(anna, "news||");
                anna.send(parse("", "UNLISTEN *"), bind(""), execute(), sync());
                assertThat(anna.answer().types()).isEqualTo("12CZ");
                direct.ask("NOTIFY news");
                assertThat(anna.ask("SELECT 1").types()).isEqualTo("TDCZ");
            }
        }
    }

    @Test
    void inAPipelineWhatFollowsWaits() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient anna = front.client()) {
            anna.send(query("LISTEN a; LISTEN b"), query("LISTEN c"), query("SELECT 1"));
            assertThat(anna.answer().types()).isEqualTo("CCZ");
            assertThat(anna.answer().types()).isEqualTo("CZ");
            assertThat(anna.answer().types()).isEqualTo("TDCZ");
            for (String channel : List.of("a", "b", "c")) {
                ground.sql("NOTIFY " + channel);
                assertNotified(anna, channel + "||");
            }
        }
    }

    /// So does the pool of a driver when a connection comes back (asyncpg).
    @Test
    void whoLeavesAmongOtherStatementsHasLeft() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient anna = front.client()) {
            anna.ask("LISTEN a; LISTEN b; LISTEN \"C\"");
            assertThat(anna.ask("CLOSE ALL; UNLISTEN a; UNLISTEN \"C\"; SELECT 1").types())
                    .isEqualTo("CCCTDCZ");
            ground.sql("NOTIFY a");
            ground.sql("NOTIFY \"C\"");
            ground.sql("NOTIFY b");
            assertNotified(anna, "b||");
            assertThat(anna.ask("SELECT 1; UNLISTEN *; RESET ALL;").types()).isEqualTo("TDCCCZ");
            awaitEars("0");
        }
    }

    @Test
    void aTransactionListensWhenItCommits() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient anna = front.client()) {
            anna.ask("BEGIN");
            anna.ask("LISTEN given_up");
            anna.ask("ROLLBACK");
            anna.ask("BEGIN");
            anna.ask("LISTEN news");
            anna.ask("COMMIT");
            ground.sql("NOTIFY given_up");
            ground.sql("NOTIFY news, 'heard'");
            assertNotified(anna, "news|heard|");
            anna.ask("BEGIN");
            anna.ask("UNLISTEN news");
            anna.ask("ROLLBACK");
            ground.sql("NOTIFY news, 'still'");
            assertNotified(anna, "news|still|");
            anna.ask("BEGIN");
            anna.ask("UNLISTEN news");
            anna.ask("COMMIT");
            awaitEars("0");
        }
    }

    @Test
    void itIsToldBetweenTransactions() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient anna = listening(front, "news");
                RawClient witness = listening(front, "news")) {
            anna.ask("BEGIN");
            ground.sql("NOTIFY news, 'one'");
            ground.sql("NOTIFY news, 'two'");
            assertNotified(witness, "news|one|");
            assertNotified(witness, "news|two|");
            assertThat(anna.ask("SELECT 1").types()).isEqualTo("TDCZ");
            assertThat(anna.ask("COMMIT").types()).isEqualTo("CZ");
            assertNotified(anna, "news|one|");
            assertNotified(anna, "news|two|");
        }
    }

    @Test
    void itIsToldBehindWhatTheProxyAnswersItself() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient anna = listening(front, "news");
                RawClient witness = listening(front, "news");
                RawClient bert = front.client()) {
            bert.ask("BEGIN");
            anna.send(query("SELECT 1"));
            await().atMost(PATIENCE).until(() -> waiting(front) == 1);
            ground.sql("NOTIFY news, 'meanwhile'");
            assertNotified(witness, "news|meanwhile|");
            RawClient.cancel(front.port(), anna.cancelRequest());
            assertThat(anna.answer().words()).contains("57014");
            assertNotified(anna, "news|meanwhile|");
        }
    }

    private static int waiting(Front front) {
        return front.overview(Detail.LATENCIES).pools().getLast().clients().waiting();
    }

    @Test
    void theConnectionGoesWithTheLastListener() throws Exception {
        try (Front front = ground.front("default_pool_size = 1")) {
            RawClient anna = listening(front, "news");
            RawClient bert = listening(front, "news");
            awaitEars("1");
            anna.close();
            front.awaitPool(pool -> pool.clients().size() == 1);
            ground.sql("NOTIFY news, 'bert'");
            assertNotified(bert, "news|bert|");
            bert.ask("DISCARD ALL");
            awaitEars("0");
            assertThat(bert.ask("LISTEN news").types()).isEqualTo("CZ");
            awaitEars("1");
            bert.close();
            awaitEars("0");
        }
    }

    @Test
    void aConnectionThatIsLostIsReplaced() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient anna = listening(front, "news")) {
            awaitEars("1");
            String before = ground.sql("SELECT pid " + EARS);
            ground.sql("SELECT pg_terminate_backend(pid) " + EARS);
            await().atMost(PATIENCE)
                    .until(() -> {
                        String now = ground.sql("SELECT pid " + EARS);
                        return !now.isEmpty() && !now.equals(before);
                    });
            ground.sql("NOTIFY news, 'again'");
            assertNotified(anna, "news|again|");
        }
    }

    /// Else ALTER DATABASE would wait for it.
    @ParameterizedTest
    @ValueSource(strings = {"PAUSE", "PAUSE postgres"})
    void whoPausesHasNoConnectionLeft(String order) throws Exception {
        try (Front front = ground.front("default_pool_size = 1\nadmin_users = postgres");
                RawClient anna = listening(front, "news");
                RawClient console = console(front)) {
            awaitEars("1");
            console.ask(order);
            awaitEars("0");
            console.ask(order.replace("PAUSE", "RESUME"));
            awaitEars("1");
            ground.sql("NOTIFY news, 'resumed'");
            assertNotified(anna, "news|resumed|");
        }
    }

    @Test
    void anOutageIsSaidOnce() throws Exception {
        ground.sql("CREATE DATABASE shut");
        try (Front front = ground.front("server_login_retry = 0.1");
                RawClient anna =
                        new RawClient(front.port())
                                .login(0, "user", "postgres", "database", "shut");
                LogLines log = new LogLines(Level.DEBUG)) {
            anna.ask("LISTEN news");
            ground.sql("ALTER DATABASE shut ALLOW_CONNECTIONS false");
            ground.sql("SELECT pg_terminate_backend(pid) " + EARS);
            await().atMost(PATIENCE).until(() -> log.having("shut/postgres still").size() > 2);
            assertThat(log.having("shut/postgres cannot listen on")).hasSize(1);
            ground.sql("ALTER DATABASE shut ALLOW_CONNECTIONS true");
            awaitEars("1");
        }
    }

    private static RawClient console(Front front) throws Exception {
        return new RawClient(front.port()).login(0, "user", "postgres", "database", "pgbouncer");
    }

    /// Its own connection has left nothing behind for the next one.
    @Test
    void aClientThatGoesInTheMiddleLeavesNothing() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient bert = front.client()) {
            for (int i = 0; i < 20; i++) {
                try (RawClient anna = front.client()) {
                    anna.send(query("LISTEN news"));
                }
            }
            bert.ask("LISTEN other");
            ground.sql("NOTIFY news, 'not for bert'");
            ground.sql("NOTIFY other, 'bert'");
            assertNotified(bert, "other|bert|");
        }
    }

    @Test
    void soDoesOneThatIsToldMoreThanItReads() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient _ = listening(front, "news")) {
            for (int i = 0; i < 5; i++) {
                ground.sql(
                        "SELECT count(pg_notify('news', n || repeat('x', 7000)))"
                                + " FROM generate_series(1, 900) n");
            }
            front.awaitPool(pool -> pool.clients().isEmpty());
        }
    }

    @Test
    void aClientThatIsInATransactionForTooLongEnds() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient anna = listening(front, "news")) {
            anna.ask("BEGIN");
            ground.sql(
                    "SELECT count(pg_notify('news', n || repeat('x', 7000)))"
                            + " FROM generate_series(1, 700) n");
            RawClient.Answer last = anna.rest();
            assertThat(last.types()).isEqualTo("E");
            assertThat(last.words()).contains("C53400");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"listen_notify = 0", "pool_mode = session"})
    void elsewhereItIsTheServers(String settings) throws Exception {
        try (Front front = ground.front("default_pool_size = 1\n" + settings);
                RawClient anna = front.client()) {
            anna.ask("LISTEN news");
            assertThat(anna.ask("NOTIFY news").types()).isEqualTo("CAZ");
            assertThat(anna.ask("DISCARD ALL").types()).isEqualTo("CZ");
        }
        awaitEars("0");
    }
}
