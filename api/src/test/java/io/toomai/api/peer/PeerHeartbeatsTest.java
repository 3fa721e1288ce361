package io.toomai.api.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.heartbeat.Beats;
import io.toomai.api.heartbeat.HeartbeatLine;
import io.toomai.core.ha.Hearing;
import io.toomai.core.ha.Heartbeat;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// What the receiving side makes of peers that behave badly, over real loopback sockets.
class PeerHeartbeatsTest {
    private static final Duration NEVER = Duration.ofHours(1);
    private static final String STREAM =
            """
            HTTP/1.1 200 OK\r
            Content-Type: application/x-ndjson\r
            Transfer-Encoding: chunked\r
            \r
            """;
    private static final String END = "0\r\n\r\n";

    /// Gives the n-th connection the n-th answer, the last one to all further; keeps those open
    /// whose answer does not end.
    private static final class Peer implements AutoCloseable {
        private final ServerSocket listener =
                new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final List<Socket> open = new CopyOnWriteArrayList<>();
        private final AtomicInteger connections = new AtomicInteger();
        private final List<String> answers;

        Peer(String... answers) throws IOException {
            this.answers = List.of(answers);
            Thread.ofVirtual().start(this::serve);
        }

        private void serve() {
            try {
                while (true) {
                    Socket socket = listener.accept();
                    open.add(socket);
                    if (listener.isClosed()) {
                        socket.close(); // accepted while the listener was being closed
                        return;
                    }
                    int n = Math.min(connections.getAndIncrement(), answers.size() - 1);
                    if (socket.getInputStream().read(new byte[4096]) < 0) {
                        continue;
                    }
                    String answer = answers.get(n);
                    socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                    socket.getOutputStream().flush();
                    if (answer.endsWith(END) || !answer.startsWith(STREAM)) {
                        socket.close();
                    }
                }
            } catch (IOException e) {
                assertThat(listener.isClosed()).isTrue();
            }
        }

        String url() {
            return "http://127.0.0.1:" + listener.getLocalPort() + "/patroni";
        }

        @Override
        public void close() throws IOException {
            die();
        }

        void die() throws IOException {
            listener.close();
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.getBytes(StandardCharsets.UTF_8).length)
                + "\r\n"
                + text
                + "\r\n";
    }

    private static String line(long boot, long count, Heartbeat heartbeat) {
        return Beats.line(boot, count, heartbeat).write() + "\n";
    }

    private static Hearing.NeverHeard never() {
        return new Hearing.NeverHeard(Beats.PG2);
    }

    @Test
    void aPeerThatFallsSilentIsMadeKnownTwiceAndConnectedToAnew() throws Exception {
        Duration suspectAfter = Duration.ofMillis(400);
        try (Peer peer = new Peer(STREAM + chunk(line(5, 1, Beats.at(100))), STREAM);
                Listening listening = new Listening(suspectAfter)) {
            listening.follow(peer.url());
            Hearing.Heard heard = listening.untilAt(100);

            assertThat(listening.rings()).isTrue();
            assertThat(Listening.now().since(heard.at()))
                    .isGreaterThanOrEqualTo(suspectAfter.dividedBy(2));
            assertThat(listening.rings()).isTrue();
            assertThat(Listening.now().since(heard.at())).isGreaterThanOrEqualTo(suspectAfter);
            listening.until(_ -> peer.connections.get() >= 2);
            assertThat(peer.connections.get()).isGreaterThanOrEqualTo(2);
            assertThat(listening.hearing()).as("with its old time").isEqualTo(heard);
        }
    }

    @Test
    void aConnectionThatEndsAndThenIsRefusedIsADeadAgent() throws Exception {
        try (Peer peer = new Peer(STREAM + chunk(line(5, 1, Beats.at(100))));
                Listening listening = new Listening(NEVER)) {
            listening.follow(peer.url());
            listening.untilAt(100);

            peer.die();

            assertThat(listening.rings())
                    .as(() -> listening.hearing() + " connections=" + peer.connections.get())
                    .isTrue();
            assertThat(listening.hearing())
                    .isInstanceOfSatisfying(
                            Hearing.Refused.class,
                            refused -> assertThat(refused.last()).contains(Beats.at(100)));
        }
    }

    @Test
    void aStreamThatMerelyEndsIsFollowedByAnother() throws Exception {
        try (Peer peer =
                        new Peer(
                                STREAM + chunk(line(5, 9, Beats.at(100))) + END,
                                STREAM + chunk(line(4, 1, Beats.at(200))) + END,
                                STREAM + chunk(line(6, 1, Beats.at(300))));
                Listening listening = new Listening(NEVER)) {
            listening.follow(peer.url());

            Hearing.Heard heard = listening.untilAt(300);

            assertThat(heard.latest()).isEqualTo(Beats.at(300));
            assertThat(peer.connections.get()).isEqualTo(3);
        }
    }

    @Test
    void patroniAndOlderToomaiAreNeverHeard() throws Exception {
        String body = "{\"state\": \"running\", \"role\": \"replica\"}";
        for (String answer :
                List.of(
                        "HTTP/1.0 404 Not Found\r\n\r\n",
                        "HTTP/1.0 503 Unavailable\r\nContent-Type: application/json\r\n\r\n" + body,
                        "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + body)) {
            try (Peer peer = new Peer(STREAM + chunk(line(5, 1, Beats.at(100))) + END, answer);
                    Listening listening = new Listening(NEVER)) {
                listening.follow(peer.url());
                listening.until(_ -> peer.connections.get() == 2);

                assertThat(listening.until(never()::equals)).isEqualTo(never());
                assertThat(peer.connections.get()).as("not asked again soon").isEqualTo(2);
            }
        }
    }

    @Test
    void aPeerThatCannotStreamNowKeepsWhatWasHeardOfIt() throws Exception {
        try (Peer peer =
                        new Peer(
                                STREAM + chunk(line(5, 1, Beats.at(100))) + END,
                                "HTTP/1.1 503 x\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
                                STREAM);
                Listening listening = new Listening(NEVER)) {
            listening.follow(peer.url());
            Hearing.Heard heard = listening.untilAt(100);

            listening.until(_ -> peer.connections.get() == 3);

            assertThat(listening.hearing()).isEqualTo(heard);
            assertThat(peer.connections.get()).isEqualTo(3);
        }
    }

    @Test
    void linesAreReadHoweverTheyAreCutAndOthersAreSkipped() throws Exception {
        String other =
                line(5, 1, Beats.at(100)).replace("\"pg2\"", "\"pg3\"")
                        + line(5, 2, Beats.at(200)).replace("batman", "robin")
                        + "no heartbeat\n\n";
        String mine = line(5, 3, Beats.at(300));
        String cut =
                (other + mine)
                        .chars()
                        .mapToObj(c -> chunk("" + (char) c))
                        .collect(Collectors.joining());
        String atOnce = chunk(other + line(5, 4, Beats.at(400)) + line(5, 5, Beats.at(500)));
        try (Peer peer = new Peer(STREAM + cut + END, STREAM + atOnce);
                Listening listening = new Listening(NEVER)) {
            listening.follow(peer.url());

            assertThat(listening.untilAt(500).latest()).isEqualTo(Beats.at(500));
            assertThat(HeartbeatLine.read(mine)).isPresent();
        }
    }

    @Test
    void aMemberThatMovesIsHeardAtItsNewAddress() throws Exception {
        try (Peer before = new Peer(STREAM + chunk(line(5, 1, Beats.at(100))));
                Peer after = new Peer(STREAM + chunk(line(6, 1, Beats.at(200))));
                Listening listening = new Listening(NEVER)) {
            listening.follow("nonsense url");
            assertThat(listening.hearing()).isEqualTo(never());
            listening.follow(before.url());
            assertThat(listening.untilAt(100).latest()).isEqualTo(Beats.at(100));

            listening.follow(after.url());

            assertThat(listening.untilAt(200).latest()).isEqualTo(Beats.at(200));
        }
    }
}
