package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.console.Lookout.Detail;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Words of `[users]` and `[databases]` hold for whom they are about, in place of what holds for
/// all, and for nobody else. They are about the user `one` or about the database `postgres`; `two`
/// in `other` is somebody else.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EntriesIT {
    private static final String PROCESS = "SELECT pg_backend_pid()";

    /// What the other one sleeps in.
    private static final String CANCEL =
            "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity"
                    + " WHERE usename = 'two' AND wait_event = 'PgSleep'";

    private Ground ground;

    enum Section {
        USERS,
        DATABASES
    }

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        ground = Ground.trusting(directory, "");
        ground.sql("CREATE ROLE one LOGIN");
        ground.sql("CREATE ROLE two LOGIN");
    }

    @AfterAll
    void close() throws Exception {
        ground.close();
    }

    /// @param word of the entry
    /// @param settings that hold for all
    private Front front(Section section, String word, String settings) throws Exception {
        return front(
                section == Section.DATABASES ? word : "",
                section == Section.USERS ? word : "",
                settings);
    }

    private Front front(String ofDatabase, String ofUser, String settings) throws Exception {
        return ground.front(
                ground.database("postgres", ofDatabase)
                        + "\n"
                        + ground.database("other", "dbname=postgres"),
                settings + "\n[users]\none = " + ofUser);
    }

    private static RawClient enters(Front front, String user, String database) throws IOException {
        return new RawClient(front.port()).login(0, "user", user, "database", database);
    }

    private static RawClient meant(Front front) throws IOException {
        return enters(front, "one", "postgres");
    }

    private static RawClient other(Front front) throws IOException {
        return enters(front, "two", "other");
    }

    private static boolean oneWaits(Front front, String user) {
        return front.overview(Detail.NUMBERS).pools().stream()
                .anyMatch(pool -> pool.user().equals(user) && pool.clients().waiting() == 1);
    }

    private static void awaitWaiting(Front front, String user) {
        await().atMost(Duration.ofSeconds(60)).until(() -> oneWaits(front, user));
    }

    @ParameterizedTest
    @EnumSource
    void poolMode(Section section) throws Exception {
        try (Front front = front(section, "pool_mode=session", "default_pool_size = 2");
                RawClient first = meant(front);
                RawClient second = meant(front);
                RawClient otherFirst = other(front);
                RawClient otherSecond = other(front)) {
            String process = first.ask(PROCESS).value();
            assertThat(second.ask(PROCESS).value()).isNotEqualTo(process);
            assertThat(first.ask(PROCESS).value()).isEqualTo(process);
            assertThat(otherFirst.ask(PROCESS).value()).isEqualTo(otherSecond.ask(PROCESS).value());
        }
    }

    @ParameterizedTest
    @EnumSource
    void poolSize(Section section) throws Exception {
        try (Front front = front(section, "pool_size=1", "default_pool_size = 2");
                RawClient first = meant(front);
                RawClient second = meant(front);
                RawClient otherFirst = other(front);
                RawClient otherSecond = other(front)) {
            first.ask("BEGIN");
            second.send(RawClient.query("SELECT 1"));
            awaitWaiting(front, "one");
            otherFirst.ask("BEGIN");
            assertThat(otherSecond.ask("SELECT 1").types()).isEqualTo("TDCZ");
            first.ask("COMMIT");
            assertThat(second.answer().types()).isEqualTo("TDCZ");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "USERS, reserve_pool_size=1",
        "DATABASES, reserve_pool_size=1",
        "DATABASES, reserve_pool=1"
    })
    void reservePoolSize(Section section, String word) throws Exception {
        try (Front front =
                        front(section, word, "default_pool_size = 1\nreserve_pool_timeout = 0.5");
                RawClient first = meant(front);
                RawClient second = meant(front);
                RawClient otherFirst = other(front);
                RawClient otherSecond = other(front)) {
            otherFirst.ask("BEGIN");
            otherSecond.send(RawClient.query("SELECT 1"));
            awaitWaiting(front, "two");
            first.ask("BEGIN");
            assertThat(second.ask("SELECT 1").types()).isEqualTo("TDCZ");
            assertThat(oneWaits(front, "two")).isTrue();
            otherFirst.ask("COMMIT");
            assertThat(otherSecond.answer().types()).isEqualTo("TDCZ");
        }
    }

    @ParameterizedTest
    @EnumSource
    void queryWaitTimeout(Section section) throws Exception {
        try (Front front = front(section, "query_wait_timeout=0.5", "default_pool_size = 1");
                RawClient first = meant(front);
                RawClient second = meant(front);
                RawClient otherFirst = other(front);
                RawClient otherSecond = other(front)) {
            otherFirst.ask("BEGIN");
            otherSecond.send(RawClient.query("SELECT 1"));
            awaitWaiting(front, "two");
            first.ask("BEGIN");
            assertThat(second.send(RawClient.query("SELECT 1")).refusal())
                    .contains("C08P01", "Mquery_wait_timeout");
            assertThat(first.ask("COMMIT").types()).isEqualTo("CZ");
            otherFirst.ask("COMMIT");
            assertThat(otherSecond.answer().types()).isEqualTo("TDCZ");
        }
    }

    @ParameterizedTest
    @CsvSource({"USERS, max_user_client_connections", "DATABASES, max_db_client_connections"})
    void mostClients(Section section, String word) throws Exception {
        try (Front front = front(section, word + "=1", "");
                RawClient first = meant(front);
                RawClient second = new RawClient(front.port());
                RawClient otherFirst = other(front);
                RawClient otherSecond = other(front)) {
            second.send(RawClient.packet(3, 0, "user\0one\0database\0postgres\0\0"));
            assertThat(second.refusal())
                    .contains("C53300", "client connections exceeded (" + word + ")");
            for (RawClient client : new RawClient[] {first, otherFirst, otherSecond}) {
                assertThat(client.ask("SELECT 1").types()).isEqualTo("TDCZ");
            }
        }
    }

    /// It is about all databases of a user together.
    @Test
    void maxUserConnections() throws Exception {
        try (Front front = front("", "max_user_connections=2", "max_user_connections = 1");
                RawClient here = meant(front);
                RawClient there = enters(front, "one", "other");
                RawClient third = meant(front);
                RawClient otherHere = other(front);
                RawClient otherThere = enters(front, "two", "postgres")) {
            here.ask("BEGIN");
            assertThat(there.ask("BEGIN").types()).isEqualTo("CZ");
            third.send(RawClient.query("SELECT 1"));
            awaitWaiting(front, "one");
            otherHere.ask("BEGIN");
            otherThere.send(RawClient.query("SELECT 1"));
            awaitWaiting(front, "two");
            assertThat(servers("one")).isEqualTo("2");
            assertThat(servers("two")).isEqualTo("1");
            there.ask("COMMIT");
            assertThat(third.answer().types()).isEqualTo("TDCZ");
            otherHere.ask("COMMIT");
            assertThat(otherThere.answer().types()).isEqualTo("TDCZ");
        }
    }

    private String servers(String user) throws IOException {
        return ground.sql(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = '%s'".formatted(user));
    }

    /// Both do the same, and only one of them is ended.
    @ParameterizedTest
    @CsvSource({
        "query_timeout, SELECT pg_sleep(600), query timeout",
        "idle_transaction_timeout, BEGIN, idle transaction timeout",
        "transaction_timeout, BEGIN; SELECT pg_sleep(600), transaction timeout",
        "client_idle_timeout, SELECT 1, client_idle_timeout"
    })
    void timesOfAUser(String word, String query, String error) throws Exception {
        try (Front front = front("", word + "=0.5", word + " = 600");
                RawClient other = other(front).send(RawClient.query(query));
                RawClient meant = meant(front).send(RawClient.query(query))) {
            assertThat(meant.rest().words()).contains("C08P01", "M" + error + "|");
            if (query.contains("sleep")) {
                await().atMost(Duration.ofSeconds(60)).until(() -> ground.sql(CANCEL).equals("1"));
            }
            other.answer();
            assertThat(other.ask("ROLLBACK").types()).endsWith("CZ");
        }
    }

    @Test
    void aUsersWordGoesBeforeItsDatabases() throws Exception {
        try (Front front =
                        front(
                                "pool_size=1 query_wait_timeout=0.5",
                                "pool_size=2 query_wait_timeout=600",
                                "");
                RawClient first = meant(front);
                RawClient second = meant(front);
                RawClient third = meant(front);
                RawClient otherFirst = enters(front, "two", "postgres");
                RawClient otherSecond = enters(front, "two", "postgres")) {
            first.ask("BEGIN");
            assertThat(second.ask("BEGIN").types()).isEqualTo("CZ");
            third.send(RawClient.query("SELECT 1"));
            awaitWaiting(front, "one");
            otherFirst.ask("BEGIN");
            assertThat(otherSecond.send(RawClient.query("SELECT 1")).refusal())
                    .contains("query_wait_timeout");
            first.ask("COMMIT");
            assertThat(third.answer().types()).isEqualTo("TDCZ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"server_lifetime=0.5", "server_lifetime=600"})
    void serverLifetime(String word) throws Exception {
        boolean isShort = word.endsWith("0.5");
        try (Front front = front(word, "", "server_lifetime = " + (isShort ? "600" : "0.5"));
                RawClient meant = meant(front);
                RawClient other = other(front)) {
            String process = meant.ask(PROCESS).value();
            String otherProcess = other.ask(PROCESS).value();
            RawClient renewed = isShort ? meant : other;
            await().atMost(Duration.ofSeconds(60))
                    .until(() ->
                            !renewed.ask(PROCESS).value().equals(isShort ? process : otherProcess));
            RawClient kept = isShort ? other : meant;
            assertThat(kept.ask(PROCESS).value()).isEqualTo(isShort ? otherProcess : process);
        }
    }
}
