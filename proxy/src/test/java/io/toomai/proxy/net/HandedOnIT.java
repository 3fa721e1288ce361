package io.toomai.proxy.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The one server of a pool goes from client to client: to one at a time, and only while it is fit
/// to be used.
class HandedOnIT {
    @TempDir Path directory;

    private Front front(FakeServer server) throws Exception {
        return Front.open(
                directory, "* = host=127.0.0.1 port=" + server.port(), "default_pool_size = 1");
    }

    /// Answers what is asked by messages, each Execute with what was parsed last.
    private static FakeServer.Manner byMessages() {
        String[] parsed = {""};
        return (peer, type, body) -> {
            switch (type) {
                case 'P' -> {
                    String text = new String(body, UTF_8);
                    parsed[0] = text.split("\0", -1)[1].strip();
                    peer.say(FakeServer.message('1', new byte[0]));
                }
                case 'B' -> peer.say(FakeServer.message('2', new byte[0]));
                case 'E' -> peer.say(FakeServer.row(parsed[0]), FakeServer.complete("SELECT 1"));
                default -> FakeServer.obliging().hears(peer, type, body);
            }
        };
    }

    /// One that has sent the beginning of a long message does not wait for a server yet.
    @Test
    void theServerOfOneWhoIsThrownOutGoesToOneOther() throws Exception {
        byte[] large = RawClient.parse("", "b" + " ".repeat(30_000));
        try (FakeServer server = new FakeServer(byMessages());
                Front front = front(server);
                RawClient anna = front.client();
                RawClient bert = front.client();
                RawClient carl = front.client()) {
            anna.send(RawClient.parse("s", "a"), Parts.FLUSH);
            assertThat(anna.read().type()).isEqualTo('1');
            bert.send(Arrays.copyOf(large, 20_000));
            carl.send(RawClient.query("SELECT 'carl'"));
            front.awaitPool(pool -> pool.numbers().waiting() == 1);
            anna.send(RawClient.sync(), RawClient.message('y', ""));
            assertThat(anna.rest().types()).isEqualTo("ZE");
            assertThat(carl.answer().types()).isEqualTo("DCZ");
            bert.send(Arrays.copyOfRange(large, 20_000, large.length));
            bert.send(RawClient.bind(""), RawClient.execute(), RawClient.sync());
            assertThat(bert.answer().value()).isEqualTo("b");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 10_000, 25_000})
    void halfAMessageKeepsNoServer(int half) throws Exception {
        byte[] parse = RawClient.parse("", "b" + " ".repeat(half));
        try (FakeServer server = new FakeServer(byMessages());
                Front front = front(server);
                RawClient bert = front.client();
                RawClient carl = front.client()) {
            bert.send(Arrays.copyOf(parse, half));
            assertThat(carl.ask("SELECT 'carl'").types()).isEqualTo("DCZ");
            bert.send(Arrays.copyOfRange(parse, half, parse.length));
            bert.send(RawClient.bind(""), RawClient.execute(), RawClient.sync());
            assertThat(bert.answer().value()).isEqualTo("b");
        }
    }

    /// It must be read whole, and is not gathered for each of those who wait.
    @Test
    void theBeginningOfALongMessageKeepsTheServerUntilItsEndIsThere() throws Exception {
        byte[] parse = RawClient.parse("", "b" + " ".repeat(200_000));
        try (FakeServer server = new FakeServer(byMessages());
                Front front = front(server);
                RawClient bert = front.client();
                RawClient carl = front.client()) {
            bert.send(Arrays.copyOf(parse, 100_000));
            front.awaitPool(pool -> pool.numbers().active() == 1);
            carl.send(RawClient.query("SELECT 'carl'"));
            front.awaitPool(pool -> pool.numbers().waiting() == 1);
            bert.send(Arrays.copyOfRange(parse, 100_000, parse.length));
            bert.send(RawClient.bind(""), RawClient.execute(), RawClient.sync());
            assertThat(bert.answer().value()).isEqualTo("b");
            assertThat(carl.answer().types()).isEqualTo("DCZ");
        }
    }

    private static final byte[] LAST_WORDS =
            FakeServer.message(
                    'E',
                    FakeServer.text(
                            "SFATAL",
                            "VFATAL",
                            "C57P05",
                            "Mterminating connection due to idle-session timeout",
                            ""));

    /// The end of its socket may be noticed much later.
    @Test
    void aServerThatSaysItsLastWordsWhileNobodyUsesItIsNotUsedAgain() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server);
                RawClient anna = front.client()) {
            assertThat(anna.ask("SELECT 1").value()).isEqualTo("1");
            front.awaitPool(pool -> pool.numbers().idle() == 1);
            server.peers().getFirst().say(LAST_WORDS);
            await().atMost(Duration.ofSeconds(60)).until(server.peers().getFirst()::hasLeft);
            assertThat(anna.ask("SELECT 1").value()).isEqualTo("2");
        }
    }

    /// The client gets its answer, and perhaps the last words, too.
    @Test
    void aServerThatSaysItsLastWordsBehindAnAnswerIsNotUsedAgain() throws Exception {
        FakeServer.Manner lastAnswer =
                (peer, _, _) ->
                        peer.say(
                                FakeServer.row(Integer.toString(peer.number)),
                                FakeServer.complete("SELECT 1"),
                                FakeServer.ready('I'),
                                LAST_WORDS);
        try (FakeServer server = new FakeServer(lastAnswer);
                Front front = front(server);
                RawClient anna = front.client();
                RawClient bert = front.client()) {
            assertThat(anna.ask("SELECT 1").value()).isEqualTo("1");
            await().atMost(Duration.ofSeconds(60)).until(server.peers().getFirst()::hasLeft);
            assertThat(bert.ask("SELECT 1").value()).isEqualTo("2");
        }
    }

    @Test
    void aServerThatBreaksTheProtocolIsNotUsedAgain() throws Exception {
        String settings = "default_pool_size = 1\npool_mode = session\nserver_reset_query =";
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front =
                        Front.open(
                                directory, "* = host=127.0.0.1 port=" + server.port(), settings);
                RawClient anna = front.client();
                RawClient bert = front.client()) {
            assertThat(anna.ask("SELECT 1").value()).isEqualTo("1");
            bert.send(RawClient.query("SELECT 1"));
            front.awaitPool(pool -> pool.numbers().waiting() == 1);
            server.peers().getFirst().say(FakeServer.ready('I'));
            assertThat(anna.refusal()).contains("bad packet from server");
            assertThat(bert.answer().value()).isEqualTo("2");
            assertThat(server.peers().getFirst().heard()).containsExactly("SELECT 1");
        }
    }

    /// What it has set elsewhere is made on its server first, and the first server dies of it.
    @Test
    void whoLosesTheServerThatItWasPromisedIsFirstAgain() throws Exception {
        FakeServer.Manner mortal =
                (peer, type, body) -> {
                    String asked = new String(body, UTF_8).strip();
                    if (peer.number == 1 && asked.contains("set_config")) {
                        peer.hangUp();
                    } else if (asked.startsWith("BEGIN")) {
                        peer.say(FakeServer.complete("BEGIN"), FakeServer.ready('T'));
                    } else {
                        FakeServer.obliging().hears(peer, type, body);
                    }
                };
        try (FakeServer server = new FakeServer(mortal);
                Front front = front(server);
                RawClient holder = front.client();
                RawClient anna = new RawClient(front.port());
                RawClient bert = front.client()) {
            anna.login(0, "user", "postgres", "database", "postgres", "client_encoding", "LATIN1");
            holder.ask("BEGIN");
            anna.send(RawClient.query("SELECT 'anna'"));
            front.awaitPool(pool -> pool.numbers().waiting() == 1);
            bert.send(RawClient.query("SELECT 'bert'"));
            front.awaitPool(pool -> pool.numbers().waiting() == 2);
            holder.ask("COMMIT");
            assertThat(anna.answer().value()).isEqualTo("2");
            assertThat(bert.answer().value()).isEqualTo("2");
            assertThat(server.peers().getLast().heard())
                    .filteredOn(asked -> asked.startsWith("SELECT '"))
                    .containsExactly("SELECT 'anna'", "SELECT 'bert'");
        }
    }

    /// It is there, and is asked its `connect_query`.
    @Test
    void aServerThatIsOutOfDateBeforeItCanBeUsedIsNotUsed() throws Exception {
        FakeServer.Manner slow =
                (peer, type, body) -> {
                    if (!new String(body, UTF_8).startsWith("SELECT before")) {
                        FakeServer.obliging().hears(peer, type, body);
                    }
                };
        try (FakeServer server = new FakeServer(slow)) {
            String database = "* = host=127.0.0.1 port=%d connect_query='%s'";
            String before = database.formatted(server.port(), "SELECT before");
            try (Front front = Front.open(directory, before, "default_pool_size = 1");
                    RawClient client = front.newcomer()) {
                await().atMost(Duration.ofSeconds(60))
                        .until(() ->
                                !server.peers().isEmpty()
                                        && !server.peers().getFirst().heard().isEmpty());
                front.reload(
                        database.formatted(server.port(), "SELECT after"), "default_pool_size = 1");
                server.peers()
                        .getFirst()
                        .say(FakeServer.complete("SELECT 1"), FakeServer.ready('I'));
                client.answer();
                assertThat(client.ask("SELECT 1").value()).isEqualTo("2");
            }
        }
    }
}
