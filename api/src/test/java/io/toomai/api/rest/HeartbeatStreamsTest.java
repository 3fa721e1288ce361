package io.toomai.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.heartbeat.Beats;
import io.toomai.api.heartbeat.HeartbeatLine;
import io.toomai.api.heartbeat.HeartbeatSource;
import io.toomai.api.peer.Listening;
import io.toomai.api.rest.RestConfig.Limits;
import io.toomai.api.rest.RestConfig.Members;
import io.toomai.api.rest.RestConfig.Tls;
import io.toomai.api.rest.RestConfig.Unauthenticated;
import io.toomai.api.rest.RestConfig.VerifyClient;
import io.toomai.api.tls.OpenSsl;
import io.toomai.core.ha.Hearing;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `GET /heartbeats` between the server and the client that agents have, over loopback sockets.
class HeartbeatStreamsTest {
    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration OFTEN = Duration.ofMillis(20);
    private static final Limits ONE_STREAM = new Limits(100, Duration.ofMillis(300), 8, 8, 1, 50);

    @TempDir Path directory;
    private final FakeNode node = new FakeNode();
    private Optional<RestServer> server = Optional.empty();

    @AfterEach
    void close() {
        server.ifPresent(RestServer::close);
    }

    private static RestConfig config(int port, Optional<Tls> tls, Limits limits) {
        return new RestConfig(
                "127.0.0.1",
                port,
                Optional.empty(),
                tls,
                List.of("10.255.255.255"),
                Members.NOT_INCLUDED,
                Map.of("X-Frame-Options", "deny"),
                Map.of(),
                Unauthenticated.REFUSE,
                Manner.PLAIN,
                limits);
    }

    private int start(RestConfig config) {
        RestServer started = RestServer.start(config, node);
        server = Optional.of(started);
        return started.address().getPort();
    }

    private int start() {
        return start(config(0, Optional.empty(), Limits.DEFAULT));
    }

    private void tell(Heartbeat heartbeat, Duration repeatEvery) {
        node.heartbeats.loopIsAlive(NEVER);
        node.heartbeats.tell(heartbeat, repeatEvery);
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port + "/patroni";
    }

    /// Asks for the stream; nothing is read yet.
    private static Socket ask(int port) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(20_000);
        socket.getOutputStream()
                .write(
                        "GET /heartbeats HTTP/1.1\r\nHost: x\r\n\r\n"
                                .getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    private static String statusLine(int port) throws IOException {
        try (Socket socket = ask(port)) {
            return String.valueOf(reader(socket).readLine());
        }
    }

    /// Repetitions are an hour apart: what arrives was pushed.
    @Test
    void thePresentHeartbeatComesAtOnceAndSoDoesEachChange() throws Exception {
        tell(Beats.at(100), NEVER);
        try (Listening listening = new Listening(NEVER)) {
            listening.follow(url(start()));
            assertThat(listening.untilAt(100).latest()).isEqualTo(Beats.at(100));
            for (long position = 200; position <= 2000; position += 100) {
                tell(Beats.at(position), NEVER);
                assertThat(listening.untilAt(position).latest()).isEqualTo(Beats.at(position));
            }

            tell(Beats.at(2000, Optional.of(Beats.PLEDGE)), NEVER);

            assertThat(listening.rings()).isTrue();
            assertThat(((Hearing.Heard) listening.hearing()).latest().pledge())
                    .contains(Beats.PLEDGE);
        }
    }

    @Test
    void withoutChangesTheHeartbeatIsRepeated() throws Exception {
        tell(Beats.at(100), OFTEN);
        try (Listening listening = new Listening(NEVER)) {
            listening.follow(url(start()));
            Hearing.Heard first = listening.untilAt(100);

            Hearing later =
                    listening.until(
                            h -> h instanceof Hearing.Heard(_, var at) && first.at().isBefore(at));

            assertThat(((Hearing.Heard) later).at().since(first.at())).isPositive();
        }
    }

    @Test
    void aLoopThatShowsNoLifeEndsItsStreams() throws Exception {
        tell(Beats.at(100), OFTEN);
        int port = start();
        try (Socket socket = ask(port)) {
            BufferedReader lines = reader(socket);
            assertThat(lines.readLine()).isEqualTo("HTTP/1.1 200 OK");
            node.heartbeats.loopIsAlive(Duration.ZERO);
            String last = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                last = line.isEmpty() ? last : line;
            }
            assertThat(last).as("the chunk that ends the answer").isEqualTo("0");
        }
        try (Socket socket = ask(port)) {
            List<String> head = reader(socket).lines().takeWhile(l -> !l.isEmpty()).toList();
            assertThat(head.getFirst()).startsWith("HTTP/1.1 503");
            assertThat(head).anyMatch("Retry-after: 1"::equalsIgnoreCase);
        }
    }

    @Test
    void aDeadAgentIsRefusedAndARestartedOneIsHeardAgain() throws Exception {
        tell(Beats.at(100), OFTEN);
        int port = start();
        try (Listening listening = new Listening(NEVER)) {
            listening.follow(url(port));
            listening.untilAt(100);
            server.orElseThrow().close();
            assertThat(listening.rings()).isTrue();
            assertThat(listening.until(Hearing.Refused.class::isInstance))
                    .isInstanceOf(Hearing.Refused.class);
            node.heartbeats =
                    new HeartbeatSource(
                            new HeartbeatLine.Sender("batman", 8),
                            () -> new MonoTime(System.nanoTime()));
            tell(Beats.at(50), OFTEN);

            start(config(port, Optional.empty(), Limits.DEFAULT));

            assertThat(listening.untilAt(50).latest()).isEqualTo(Beats.at(50));
        }
    }

    @Test
    void overTls() throws Exception {
        Tls tls =
                new Tls(
                        new OpenSsl(directory).selfSigned("server"),
                        Optional.empty(),
                        VerifyClient.NONE);
        tell(Beats.at(100), OFTEN);
        try (Listening listening = new Listening(NEVER)) {
            int port = start(config(0, Optional.of(tls), Limits.DEFAULT));
            listening.follow(url(port).replace("http:", "https:"));
            assertThat(listening.untilAt(100).latest()).isEqualTo(Beats.at(100));
            tell(Beats.at(200), OFTEN);
            assertThat(listening.untilAt(200).latest()).isEqualTo(Beats.at(200));

            server.orElseThrow().close();

            assertThat(listening.until(Hearing.Refused.class::isInstance))
                    .isInstanceOf(Hearing.Refused.class);
        }
    }

    @Test
    void oneStreamTooManyIsTurnedAwayUntilAnotherEnds() throws Exception {
        tell(Beats.at(100), OFTEN);
        int port = start(config(0, Optional.empty(), ONE_STREAM));
        try (Socket first = ask(port)) {
            assertThat(reader(first).readLine()).isEqualTo("HTTP/1.1 200 OK");
            assertThat(statusLine(port)).startsWith("HTTP/1.1 503");
        }
        assertThat(untilServed(port)).isEqualTo("HTTP/1.1 200 OK");
    }

    /// Lines of 16 kB, changed until no buffer takes more: the write waits, and the stream ends.
    @Test
    void aCallerThatTakesNothingLosesItsStream() throws Exception {
        TreeSet<MemberName> many = new TreeSet<>();
        for (int i = 0; i < 500; i++) {
            many.add(new MemberName("a-member-with-a-long-name-" + i));
        }
        Heartbeat plain = Beats.at(1);
        Thread changes =
                Thread.ofVirtual()
                        .start(() -> {
                            for (long i = 1; !Thread.currentThread().isInterrupted(); i++) {
                                Heartbeat now = Beats.at(i);
                                tell(
                                        new Heartbeat(
                                                now.name(),
                                                now.standing(),
                                                now.position(),
                                                now.timeline(),
                                                plain.eligibility(),
                                                1,
                                                many,
                                                Optional.empty(),
                                                Optional.empty(),
                                                Heartbeat.Clients.NONE),
                                        OFTEN);
                                LockSupport.parkNanos(100_000);
                            }
                        });
        tell(plain, OFTEN);
        int port = start(config(0, Optional.empty(), ONE_STREAM));
        try (Socket idle = ask(port)) {
            assertThat(reader(idle).readLine()).isEqualTo("HTTP/1.1 200 OK");
            assertThat(statusLine(port)).startsWith("HTTP/1.1 503");
            assertThat(untilServed(port)).isEqualTo("HTTP/1.1 200 OK");
            assertThat(idle.isClosed()).as("by us").isFalse();
        } finally {
            changes.interrupt();
            changes.join();
        }
    }

    private static String untilServed(int port) throws IOException {
        MonoTime end = new MonoTime(System.nanoTime()).plus(Duration.ofSeconds(30));
        String answer = statusLine(port);
        while (!answer.equals("HTTP/1.1 200 OK") && new MonoTime(System.nanoTime()).isBefore(end)) {
            answer = statusLine(port);
        }
        return answer;
    }
}
