package io.toomai.api.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.peer.RemoteStatus.Fault;
import io.toomai.api.peer.RemoteStatus.Standing;
import io.toomai.api.tls.Contexts;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What peers may answer, and what is made of it.
class PeerClientTest {
    private static final String PRIMARY =
            "{\"state\": \"running\", \"role\": \"master\", \"xlog\": {\"location\": 24470192},"
                    + " \"timeline\": 3, \"tags\": {\"nofailover\": true},"
                    + " \"database_system_identifier\": \"7710389609785954347\"}";

    private final PeerClient client = new PeerClient(Contexts::anonymousClient);

    @AfterEach
    void close() {
        client.close();
    }

    /// Serves one canned answer per connection and closes it.
    private static final class Canned implements AutoCloseable {
        private final ServerSocket listener;
        private final AtomicInteger connections = new AtomicInteger();

        Canned(String answer, int answersPerConnection) throws IOException {
            listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
            Thread.ofVirtual().start(() -> serve(answer, answersPerConnection));
        }

        private void serve(String answer, int answersPerConnection) {
            while (!listener.isClosed()) {
                try (Socket socket = listener.accept()) {
                    connections.incrementAndGet();
                    for (int i = 0; i < answersPerConnection; i++) {
                        if (socket.getInputStream().read(new byte[4096]) < 0) {
                            break;
                        }
                        socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                        socket.getOutputStream().flush();
                    }
                } catch (IOException e) {
                    if (!listener.isClosed()) {
                        throw new UncheckedIOException(e);
                    }
                }
            }
        }

        String url() {
            return "http://127.0.0.1:" + listener.getLocalPort() + "/patroni";
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }

    private RemoteStatus ask(String answer) throws IOException {
        try (Canned canned = new Canned(answer, 1)) {
            return client.ask(canned.url(), Duration.ofSeconds(10));
        }
    }

    @Test
    void thePrimaryOfAPatroniMember() throws IOException {
        RemoteStatus.Reachable peer =
                (RemoteStatus.Reachable) ask("HTTP/1.0 200 OK\r\nServer: x\r\n\r\n" + PRIMARY);
        assertThat(peer.standing()).isEqualTo(Standing.PRIMARY);
        assertThat(peer.position()).isEqualTo(new Lsn(24470192));
        assertThat(peer.timeline().number()).isEqualTo(3);
        assertThat(peer.tags().nofailover()).isTrue();
        assertThat(peer.system()).isPresent();
    }

    @Test
    void aStandbyInChunks() throws IOException {
        String body =
                "{\"state\":\"running\",\"role\":\"replica\",\"watchdog_failed\":true,"
                        + "\"xlog\":{\"received_location\":7,\"replayed_location\":9},"
                        + "\"replication_state\":\"streaming\"}";
        RemoteStatus.Reachable peer =
                (RemoteStatus.Reachable)
                        ask(
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                        + Integer.toHexString(body.length())
                                        + "\r\n"
                                        + body
                                        + "\r\n0\r\n\r\n");
        assertThat(peer.standing()).isEqualTo(Standing.STANDBY);
        assertThat(peer.position()).isEqualTo(new Lsn(9));
        assertThat(peer.watchdog()).isEqualTo(RemoteStatus.Watchdog.FAILED);
        assertThat(peer.replicationState()).contains("streaming");
    }

    @Test
    void withoutPostgres() throws IOException {
        assertThat(ask("HTTP/1.0 200 OK\r\n\r\n{\"state\": \"stopped\", \"role\": \"replica\"}"))
                .isInstanceOf(RemoteStatus.WithoutPostgres.class);
    }

    private static @Nullable Fault fault(@Nullable RemoteStatus status) {
        return status instanceof RemoteStatus.Unreachable(var fault, _) ? fault : null;
    }

    @Test
    void faults() throws IOException {
        assertThat(fault(ask("HTTP/1.0 503 No\r\n\r\n{}"))).isEqualTo(Fault.BAD_ANSWER);
        assertThat(fault(ask("HTTP/1.0 200 OK\r\n\r\n[]"))).isEqualTo(Fault.BAD_ANSWER);
        assertThat(fault(ask("SSH-2.0-x\r\n"))).isEqualTo(Fault.BAD_ANSWER);
        assertThat(fault(ask("HTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\n{}")))
                .isEqualTo(Fault.RESET);
        assertThat(fault(ask(""))).isEqualTo(Fault.RESET);
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
            // Nobody accepts: the connection stands in the backlog and no answer comes.
            assertThat(
                            fault(
                                    client.ask(
                                            "http://127.0.0.1:" + port + "/patroni",
                                            Duration.ofMillis(100))))
                    .isEqualTo(Fault.TIMED_OUT);
        }
        assertThat(fault(client.ask("http://127.0.0.1:" + port + "/", Duration.ofSeconds(5))))
                .isEqualTo(Fault.REFUSED);
        assertThat(fault(client.ask("not a url", Duration.ofSeconds(5))))
                .isEqualTo(Fault.BAD_ANSWER);
        assertThat(fault(client.ask("http:///x", Duration.ofSeconds(5)))).isNotNull();
    }

    @Test
    void oneConnectionServesManyCallsAndAStaleOneIsReplaced() throws IOException {
        String answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        try (Canned canned = new Canned(answer, 2)) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.ask(canned.url(), Duration.ofSeconds(10)))
                        .isInstanceOf(RemoteStatus.WithoutPostgres.class);
            }
            assertThat(canned.connections.get()).isEqualTo(2);
        }
    }

    @Test
    void allAtOnceWithOneLimit() throws IOException {
        try (Canned good = new Canned("HTTP/1.0 200 OK\r\n\r\n" + PRIMARY, 1);
                ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Map<MemberName, RemoteStatus> answers =
                    client.askAll(
                            Map.of(
                                    new MemberName("a"),
                                    good.url(),
                                    new MemberName("b"),
                                    "http://127.0.0.1:" + silent.getLocalPort() + "/",
                                    new MemberName("c"),
                                    ""),
                            Duration.ofSeconds(2));
            assertThat(answers.get(new MemberName("a"))).isInstanceOf(RemoteStatus.Reachable.class);
            assertThat(fault(answers.get(new MemberName("b")))).isEqualTo(Fault.TIMED_OUT);
            assertThat(answers.get(new MemberName("c")))
                    .isInstanceOf(RemoteStatus.Unreachable.class);
        }
    }
}
