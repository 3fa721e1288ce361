package io.toomai.proxy.net;

import static io.toomai.proxy.net.FakeServer.complete;
import static io.toomai.proxy.net.FakeServer.error;
import static io.toomai.proxy.net.FakeServer.message;
import static io.toomai.proxy.net.FakeServer.ready;
import static io.toomai.proxy.net.FakeServer.row;
import static io.toomai.proxy.net.FakeServer.text;
import static io.toomai.proxy.net.RawClient.query;
import static io.toomai.proxy.net.RawClient.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.net.FakeServer.Manner;
import io.toomai.proxy.net.FakeServer.Peer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a server does unasked, or does not do, and what its next client hears of it.
class StrayIT {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir Path directory;

    private Front front(FakeServer server, String settings) throws Exception {
        return Front.open(
                directory,
                "* = host=127.0.0.1 port=" + server.port(),
                "default_pool_size = 1\n" + settings);
    }

    /// Edge 13.
    @Test
    void aServerIsReleasedAfterTheLastOfSeveralSyncs() throws Exception {
        Manner slow = (_, _, _) -> {};
        try (FakeServer server = new FakeServer(slow);
                Front front = front(server, "");
                RawClient first = front.client();
                RawClient second = front.client()) {
            first.send(sync(), sync());
            Peer peer = server.peers().getFirst();
            await().atMost(PATIENCE).until(() -> peer.heard().equals(List.of("S", "S")));
            peer.say(ready('I'));
            first.answer();
            second.send(query("SELECT 2"));
            front.awaitPool(pool -> pool.numbers().waiting() == 1);
            assertThat(peer.heard()).doesNotContain("SELECT 2");
            peer.say(ready('I'));
            await().atMost(PATIENCE).until(() -> peer.heard().contains("SELECT 2"));
        }
    }

    /// Edge 13: a transaction that is open, or has failed, holds its server.
    @Test
    void aServerInATransactionIsKept() throws Exception {
        Manner inTransaction =
                (peer, _, body) -> {
                    String asked = new String(body, 0, body.length - 1, StandardCharsets.UTF_8);
                    peer.say(complete("X"), ready(asked.equals("END") ? 'I' : asked.charAt(0)));
                };
        try (FakeServer server = new FakeServer(inTransaction);
                Front front = front(server, "");
                RawClient client = front.client()) {
            for (String state : List.of("T", "E")) {
                client.ask(state);
                assertThat(front.count(pool -> pool.numbers().active())).isEqualTo(1);
            }
            client.ask("END");
            front.awaitPool(pool -> pool.numbers().idle() == 1);
        }
    }

    /// Edge 24: what a server says while nobody has it is never told to the next client, not even
    /// when the second half of it comes later.
    @Test
    void whatWasBegunWhileNobodyListenedIsToldToNobody() throws Exception {
        Manner slow = (_, _, _) -> {};
        try (FakeServer server = new FakeServer(slow);
                Front front = front(server, "");
                RawClient client = front.client()) {
            Peer peer = server.peers().getFirst();
            byte[] notice = error("NOTICE", "00000", "not for you");
            byte[] notification =
                    message('A', concat(new byte[] {0, 0, 0, 9}, text("channel", "not for you")));
            byte[] parameter = message('S', text("some_parameter", "not for you"));
            for (byte[] stray : List.of(notice, notification, parameter)) {
                for (int cut : new int[] {1, 4, 5, 9, stray.length}) {
                    long before = heard(front);
                    peer.say(Arrays.copyOf(stray, cut));
                    await().atMost(PATIENCE).until(() -> heard(front) == before + cut);
                    int asked = peer.heard().size();
                    client.send(query("SELECT 1"));
                    await().atMost(PATIENCE).until(() -> peer.heard().size() > asked);
                    peer.say(Arrays.copyOfRange(stray, cut, stray.length));
                    peer.say(row("for you"), complete("SELECT 1"), ready('I'));
                    assertThat(client.answer().words())
                            .contains("for you")
                            .doesNotContain("not for you");
                    front.awaitPool(pool -> pool.numbers().idle() == 1);
                }
            }
            assertThat(server.peers()).hasSize(1);
        }
    }

    /// Edge 26: an error is the server's own word, also one that lacks its code, has fields that
    /// nobody knows, or none at all. It harms neither its client nor the next one.
    @Test
    void anErrorIsHandedOnAsItIs() throws Exception {
        List<byte[]> bodies =
                List.of(
                        text(""),
                        text("SERROR", "Mno code", ""),
                        text("SERROR", "C", "Man empty code", ""),
                        text("SERROR", "C22012", "?what", "Mand more", "\u007f", ""),
                        text("C22012", "C22013", "SERROR", "Mtwo codes", ""));
        AtomicInteger turn = new AtomicInteger();
        Manner failing =
                (peer, type, _) -> {
                    if (type == 'Q') {
                        peer.say(message('E', bodies.get(turn.getAndIncrement())), ready('I'));
                    }
                };
        try (FakeServer server = new FakeServer(failing);
                Front front = front(server, "");
                RawClient anna = front.client();
                RawClient bert = front.client()) {
            for (int i = 0; i < bodies.size(); i++) {
                RawClient client = i % 2 == 0 ? anna : bert;
                RawClient.Answer answer = client.ask("fail");
                assertThat(answer.types()).isEqualTo("EZ");
                assertThat(answer.messages().getFirst().body()).isEqualTo(bodies.get(i));
                front.awaitPool(pool -> pool.numbers().idle() == 1);
            }
            assertThat(server.peers()).hasSize(1);
        }
    }

    private static long heard(Front front) {
        ServerPool pool = front.pool("postgres");
        return front.proxy().ask(_ -> pool.totals().sent());
    }

    private static byte[] concat(byte[] one, byte[] other) {
        byte[] all = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, all, one.length, other.length);
        return all;
    }

    /// Edge 24: a row that nobody asked for means that the two do not understand each other.
    @Test
    void anAnswerWithoutAQuestionEndsTheServer() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "");
                RawClient client = front.client()) {
            client.ask("SELECT 1");
            front.awaitPool(pool -> pool.numbers().idle() == 1);
            server.peers().getFirst().say(row("yours?"), complete("SELECT 1"), ready('I'));
            front.awaitPool(pool -> pool.servers() == 0);
            assertThat(client.ask("SELECT 1").words()).doesNotContain("yours?");
            assertThat(server.peers()).hasSize(2);
        }
    }

    /// Edge 25.
    @Test
    void anIdleServerThatSaysGoodbyeIsReplacedWithoutAWord() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "");
                RawClient client = front.client()) {
            client.ask("SELECT 1");
            front.awaitPool(pool -> pool.numbers().idle() == 1);
            Peer first = server.peers().getFirst();
            first.say(error("FATAL", "57P01", "terminating connection"));
            first.hangUp();
            front.awaitPool(pool -> pool.servers() == 0);
            RawClient.Answer heard = client.ask("SELECT 1");
            assertThat(heard.types()).isEqualTo("DCZ");
            assertThat(heard.value()).isEqualTo("2");
        }
    }

    /// Edge 25.
    @Test
    void anActiveServersGoodbyeIsToldOnceAndThenThatItIsGone() throws Exception {
        Manner dying =
                (peer, _, _) -> {
                    peer.say(error("FATAL", "57P01", "terminating connection"));
                    peer.hangUp();
                };
        try (FakeServer server = new FakeServer(dying);
                Front front = front(server, "");
                RawClient client = front.client()) {
            RawClient.Answer heard = client.send(query("SELECT 1")).rest();
            assertThat(heard.types()).isEqualTo("EE");
            assertThat(heard.messages().get(0).text()).contains("57P01", "terminating connection");
            assertThat(heard.messages().get(1).text()).contains("08P01", "server conn crashed?");
        }
    }

    /// Edge 33: nothing of ours comes in the middle of a server's message.
    @Test
    void aServerThatDiesInAMessageLeavesNoGarbage() throws Exception {
        Manner cut =
                (peer, _, _) -> {
                    peer.say(row("whole"), Arrays.copyOf(row("cut off"), 9));
                    peer.hangUp();
                };
        try (FakeServer server = new FakeServer(cut);
                Front front = front(server, "");
                RawClient client = front.client()) {
            client.send(query("SELECT 1"));
            assertThat(client.read().text()).endsWith("whole");
            assertThat(client.socket().getInputStream().readAllBytes())
                    .isEqualTo(Arrays.copyOf(row("cut off"), 9));
        }
    }

    /// Edge 33: between the answer and ReadyForQuery.
    @Test
    void aServerThatDiesBeforeItIsReadyIsSaidToHaveCrashed() throws Exception {
        Manner almost =
                (peer, _, _) -> {
                    peer.say(complete("SELECT 0"));
                    peer.hangUp();
                };
        try (FakeServer server = new FakeServer(almost);
                Front front = front(server, "");
                RawClient client = front.client()) {
            RawClient.Answer heard = client.send(query("SELECT 1")).rest();
            assertThat(heard.types()).isEqualTo("CE");
            assertThat(heard.messages().get(1).text()).contains("server conn crashed?");
        }
    }

    /// Half a message of one client must never be completed by another's bytes.
    @Test
    void aServerThatHasHalfAMessageGoesToNobodyElse() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "");
                RawClient rude = front.client();
                RawClient polite = front.client()) {
            byte[] half = Arrays.copyOf(message('d', new byte[1000]), 20);
            rude.send(sync(), half);
            rude.answer();
            polite.send(query("SELECT 1"));
            front.awaitPool(pool -> pool.numbers().waiting() == 1);
            rude.socket().close();
            assertThat(polite.answer().types()).isEqualTo("DCZ");
            assertThat(server.peers()).hasSize(2);
        }
    }

    /// Edge 9: who waits for a first server hears why there is none.
    @Test
    void aServerThatRefusesIsQuoted() throws Exception {
        try (RefusingServer server = new RefusingServer("28P01", "go away");
                Front front =
                        Front.open(
                                directory,
                                "[databases]\n* = host=127.0.0.1 port=%d\n"
                                        .formatted(server.port()))) {
            try (RawClient client = front.newcomer()) {
                assertThat(client.refusal()).contains("28P01", "go away");
            }
            try (RawClient client = front.newcomer()) {
                assertThat(client.refusal())
                        .contains(
                                "server login has been failing, cached error: go away"
                                        + " (server_login_retry)");
            }
            assertThat(server.visits()).isEqualTo(1);
        }
    }

    /// More than a server says of itself, and than the proxy keeps: often enough to fill the pool
    /// with logins that never end.
    @Test
    void aServerThatSaysTooMuchOfItselfHasRefused() throws Exception {
        byte[] tooMuch = new byte[0];
        for (int i = 0; i < 600; i++) {
            tooMuch = concat(tooMuch, message('S', text("parameter_" + i, "x")));
        }
        byte[] all = tooMuch;
        try (FakeServer server =
                        new FakeServer(
                                FakeServer.obliging(), number -> number < 6 ? all : new byte[0]);
                Front front = front(server, "server_login_retry = 0.1")) {
            try (RawClient first = front.newcomer()) {
                assertThat(first.refusal()).contains("08P01", "parameters", "are too many");
            }
            await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> {
                        try (RawClient client = front.client()) {
                            return client.ask("SELECT 1").value().equals("6");
                        }
                    });
        }
    }

    /// Edge 9: a server that is only starting is waited for.
    @Test
    void aServerThatStartsIsWaitedFor() throws Exception {
        try (RefusingServer server = new RefusingServer("57P03", "starting up");
                Front front =
                        Front.open(
                                directory,
                                """
                                [databases]
                                * = host=127.0.0.1 port=%d
                                [pgbouncer]
                                server_login_retry = 0.1
                                """
                                        .formatted(server.port()))) {
            try (RawClient client = front.newcomer()) {
                await().atMost(PATIENCE).until(() -> server.visits() > 2);
                server.relent();
                assertThat(client.answer().types()).startsWith("R");
            }
        }
    }
}
