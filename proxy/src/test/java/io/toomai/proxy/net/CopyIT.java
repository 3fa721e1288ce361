package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// COPY FROM by messages that fails: what a real server answers, and the same through the proxy.
/// Which Syncs the server has read as a part of COPY nobody tells the proxy.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CopyIT {
    private static final byte[] BY_NAME =
            Dialogue.join(RawClient.bind("c"), RawClient.execute(), Parts.SYNC);
    private static final Step BAD = new Step("E", Parts.copies("none\n"));
    private static final Step ROW = new Step("", Parts.copies("1\n"), Parts.SYNC);
    private static final byte[] DONE = Dialogue.join(Parts.COPY_DONE, Parts.SYNC);
    private static final Step TWICE = new Step("", Parts.copies("1\n1\n"));

    private Ground ground;
    private Front shared;
    private Front kept;

    /// What a client sends, and a letter for each message that it hears then.
    @SuppressWarnings("ArrayRecordComponent") // sent, never compared
    record Step(String hears, byte[]... sends) {}

    record Way(String name, List<Step> steps) {
        @Override
        public String toString() {
            return name;
        }
    }

    @BeforeAll
    void open(@TempDir Path directory, @TempDir Path other) throws Exception {
        ground = Ground.trusting(directory, "");
        ground.sql(
                """
                CREATE TABLE k (n int PRIMARY KEY); CREATE TABLE t (n int);
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
                    AS 'BEGIN RAISE EXCEPTION ''no''; END';
                CREATE TRIGGER refusing BEFORE INSERT ON t EXECUTE FUNCTION refuse();
                CREATE TABLE late (n int); CREATE TABLE free (n int);
                CREATE FUNCTION refuse_late() RETURNS trigger LANGUAGE plpgsql
                    AS 'BEGIN PERFORM pg_sleep(0.4); RAISE EXCEPTION ''no''; END';
                CREATE TRIGGER refusing BEFORE INSERT ON late EXECUTE FUNCTION refuse_late();
                """);
        String database = ground.database("*", "");
        shared = Front.open(directory, database, "default_pool_size = 1");
        kept = Front.open(other, database, "default_pool_size = 1\npool_mode = session");
    }

    @AfterAll
    void close() throws Exception {
        shared.close();
        kept.close();
        ground.close();
    }

    private static Step copying(String table) {
        return new Step("12G", Parts.unnamed("COPY " + table + " FROM STDIN"), Parts.SYNC);
    }

    private static Way way(String name, Step... steps) {
        return new Way(name, List.of(steps));
    }

    static Stream<Way> ways() {
        return Stream.concat(messages(), queries());
    }

    static Stream<Way> messages() {
        Step named = new Step("1Z", RawClient.parse("c", "COPY k FROM STDIN"), Parts.SYNC);
        Step byName = new Step("2G", BY_NAME);
        Step done = new Step("Z", Parts.COPY_DONE, Parts.SYNC);
        Step fails = new Step("Z", Parts.copyFails("no more"), Parts.SYNC);
        Step refused = new Step("12GEZ", Parts.unnamed("COPY t FROM STDIN"), Parts.SYNC);
        return Stream.of(
                way("a bad row", copying("k"), BAD, done),
                way("a bad row, then given up", copying("k"), BAD, fails),
                way("a bad row by a named statement", named, byName, BAD, done, byName, BAD, fails),
                way(
                        "a bad row by a statement that is prepared with it",
                        new Step("12G", RawClient.parse("c", "COPY k FROM STDIN"), BY_NAME),
                        BAD,
                        done),
                way(
                        "the same number twice",
                        copying("k"),
                        TWICE,
                        new Step("EZ", Parts.COPY_DONE, Parts.SYNC)),
                way(
                        "given up",
                        copying("k"),
                        new Step("EZ", Parts.copyFails("no more"), Parts.SYNC)),
                way(
                        "a bad row in a block",
                        new Step("CZ", RawClient.query("BEGIN")),
                        copying("k"),
                        BAD,
                        done,
                        new Step("EZ", RawClient.query("SELECT 1")),
                        new Step("CZ", RawClient.query("ROLLBACK"))),
                way("a bad row without a Sync before", withoutSync(), BAD, done),
                way("a trigger that refuses", refused),
                way("a trigger that refuses, and the end is on its way", refused, done),
                way("a trigger that refuses, then given up", refused, fails),
                way(
                        "a trigger that refuses late, and the end is there already",
                        copying("late"),
                        new Step("EZZ", Parts.COPY_DONE, Parts.SYNC)),
                way(
                        "a trigger that refuses late what is given up",
                        copying("late"),
                        new Step("EZZ", Parts.copyFails("no more"), Parts.SYNC)),
                way("a Sync in the middle", copying("free"), ROW, new Step("CZ", DONE)),
                way("a bad row behind a Sync in the middle", copying("free"), ROW, BAD, done),
                way(
                        "nothing is waited for",
                        new Step(
                                "12GCZ",
                                Parts.unnamed("COPY free FROM STDIN"),
                                Parts.SYNC,
                                Parts.copies("1\n"),
                                DONE)));
    }

    /// The same by a simple query, whose end is a ReadyForQuery of its own.
    static Stream<Way> queries() {
        Step free = new Step("G", RawClient.query("COPY free FROM STDIN"));
        Step synced = new Step("G", RawClient.query("COPY free FROM STDIN"), Parts.SYNC);
        Step done = new Step("CZ", Parts.copies("1\n"), Parts.COPY_DONE);
        Step bad = new Step("EZ", Parts.copies("none\n"), Parts.COPY_DONE);
        return Stream.of(
                way("all is well", free, done),
                way("a bad row", free, bad),
                way("a Sync in the middle", free, ROW, done),
                way("a bad row behind a Sync in the middle", free, ROW, bad),
                way("a Sync before the server asks for data", synced, done),
                way("a bad row behind a Sync before that", synced, bad),
                way(
                        "a Sync, and a trigger that refuses",
                        new Step("GEZZ", RawClient.query("COPY t FROM STDIN"), Parts.SYNC)));
    }

    private static Step withoutSync() {
        return new Step("12G", Parts.unnamed("COPY k FROM STDIN"), Parts.FLUSH);
    }

    private static void play(Way way, RawClient client) throws Exception {
        for (Step step : way.steps()) {
            client.send(step.sends());
            StringBuilder heard = new StringBuilder();
            while (heard.length() < step.hears().length()) {
                heard.append(client.read().type());
            }
            assertThat(heard.toString()).isEqualTo(step.hears());
        }
        assertThat(client.ask("SELECT 'mine'").value()).isEqualTo("mine");
        client.send(Parts.unnamed("SELECT 'own'"), Parts.SYNC);
        assertThat(client.answer().value()).isEqualTo("own");
    }

    @ParameterizedTest
    @MethodSource("ways")
    void edge27AServerItselfAnswersSo(Way way) throws Exception {
        try (RawClient client = RawClient.postgres(ground.port())) {
            play(way, client);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void edge27TheSameInTransactionPooling(Way way) throws Exception {
        try (RawClient client = shared.client();
                RawClient next = shared.client()) {
            play(way, client);
            assertThat(next.ask("SELECT 'next'").value()).isEqualTo("next");
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void edge27TheSameInSessionPooling(Way way) throws Exception {
        try (RawClient client = kept.client()) {
            play(way, client);
        }
        try (RawClient next = kept.client()) {
            assertThat(next.ask("SELECT 'next'").value()).isEqualTo("next");
        }
    }

    /// The server says nothing more: it is handed on when the client's last message is through.
    @Test
    void edge27TheRestOfWhatHasFailedKeepsNoServer() throws Exception {
        byte[] rest = Parts.copies("2\n");
        try (RawClient client = shared.client();
                RawClient next = shared.client()) {
            client.send(RawClient.query("COPY k FROM STDIN"));
            assertThat(client.read().type()).isEqualTo('G');
            client.send(Parts.copies("none\n"), Arrays.copyOf(rest, 6));
            assertThat(client.read().type()).isEqualTo('E');
            assertThat(client.read().type()).isEqualTo('Z');
            client.send(Arrays.copyOfRange(rest, 6, rest.length), Parts.COPY_DONE);
            assertThat(next.ask("SELECT 'next'").value()).isEqualTo("next");
            assertThat(client.ask("SELECT 'mine'").value()).isEqualTo("mine");
        }
    }

    /// PostgreSQL gives up: it cannot tell what comes next.
    @Test
    void edge27AQueryInTheMiddleEndsTheSession() throws Exception {
        for (int port : new int[] {ground.port(), shared.port()}) {
            try (RawClient client = RawClient.postgres(port)) {
                client.send(RawClient.query("COPY free FROM STDIN"));
                assertThat(client.read().type()).isEqualTo('G');
                client.send(RawClient.query("SELECT 1"));
                assertThat(client.rest().words())
                        .contains("08P01", "unexpected message type 0x51 during COPY from stdin");
            }
        }
        try (RawClient next = shared.client()) {
            assertThat(next.ask("SELECT 'next'").value()).isEqualTo("next");
        }
    }
}
