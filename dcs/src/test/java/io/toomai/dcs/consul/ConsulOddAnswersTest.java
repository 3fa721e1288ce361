package io.toomai.dcs.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.model.MemberName;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.http.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What listens on the agent's port is no Consul, or a sick one: every call ends in time, and in
/// nothing but a [DcsException].
class ConsulOddAnswersTest {
    private static final Duration BRIEF = Duration.ofMillis(400);

    /// Gives each connection that answer once it has asked something.
    private static void answer(ServerSocket listening, String answer) {
        while (!listening.isClosed()) {
            try (Socket socket = listening.accept()) {
                socket.setSoTimeout(5000);
                InputStream in = socket.getInputStream();
                if (in.read() >= 0) {
                    socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                }
                if (answer.isEmpty()) {
                    in.transferTo(OutputStream.nullOutputStream());
                }
            } catch (IOException _) { // the caller has gone, or the test is over
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ngarbage",
                "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n[]",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
                "HTTP/1.1 409 Conflict\r\nContent-Length: 3\r\n\r\n<p>",
                "HTTP/1.1 500 Oops\r\nContent-Length: 17\r\n\r\nNo cluster leader",
                "HTTP/1.1 302 Found\r\nLocation: /ui\r\nContent-Length: 0\r\n\r\n"
            })
    void aCallEndsInTime(String answer) throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> answer(listening, answer));
            Endpoint endpoint =
                    new Endpoint(Endpoint.Scheme.HTTP, "127.0.0.1", listening.getLocalPort());
            long start = System.nanoTime();
            try (ConsulDcs dcs =
                    ConsulDcs.open(
                            ConsulServers.settings(
                                    endpoint,
                                    Optional.empty(),
                                    "service/odd",
                                    new MemberName("pg1")))) {
                assertThatThrownBy(() -> dcs.read(ReadMode.LINEARIZABLE, BRIEF))
                        .isInstanceOf(DcsException.class);
                assertThatThrownBy(() -> dcs.acquireLeader(BRIEF)).isInstanceOf(DcsException.class);
                assertThatThrownBy(() -> dcs.publishMember("{}", BRIEF))
                        .isInstanceOf(DcsException.class);
                assertThatThrownBy(() -> dcs.write(DcsKey.CONFIG, "{}", Expect.ANYTHING, BRIEF))
                        .isInstanceOf(DcsException.class);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(60));
        }
    }
}
