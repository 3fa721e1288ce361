package io.toomai.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.peer.HttpCall;
import io.toomai.api.rest.RestConfig.BasicAuth;
import io.toomai.api.rest.RestConfig.Limits;
import io.toomai.api.rest.RestConfig.Members;
import io.toomai.api.rest.RestConfig.Unauthenticated;
import io.toomai.core.model.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Callers that send a byte now and then, for as long as they are let: each is cut off by the limit
/// of the server, and until then keeps nobody else out.
class SlowCallersTest {
    private static final int CALLERS = 20;

    /// Far more than the server's limits; who trickles that long was let.
    private static final int BYTES = 1500;

    private static final int PAUSE_MILLIS = 100;
    private final FakeNode node = new FakeNode();

    private RestServer start(Optional<BasicAuth> auth, int changes) {
        return RestServer.start(
                new RestConfig(
                        "127.0.0.1",
                        0,
                        auth,
                        Optional.empty(),
                        List.of(),
                        Members.NOT_INCLUDED,
                        Map.of(),
                        Map.of(),
                        Unauthenticated.REFUSE,
                        Manner.PLAIN,
                        new Limits(1 << 20, Duration.ofSeconds(2), 8, changes, 1, 50)),
                node);
    }

    /// How the server took it.
    private enum End {
        CUT_OFF,
        LET_TO_FINISH
    }

    /// Sends these bytes, then one after the other until the server has enough of it.
    private static End trickle(int port, String start, char more) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(PAUSE_MILLIS);
            socket.getOutputStream().write(start.getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < BYTES; i++) {
                if (isCutOffAfter(socket, more)) {
                    return End.CUT_OFF;
                }
            }
            return End.LET_TO_FINISH;
        }
    }

    private static boolean isCutOffAfter(Socket socket, char more) {
        try {
            socket.getOutputStream().write(more);
            while (socket.getInputStream().read() >= 0) {
                // an answer before the end
            }
            return true;
        } catch (SocketTimeoutException _) {
            return false; // the server still listens
        } catch (IOException _) {
            return true;
        }
    }

    private void assertAllCutOff(String start, char more) throws Exception {
        assertAllCutOff(start(Optional.empty(), CALLERS + 1), "", start, more);
    }

    /// @param header of those who do not dawdle
    private void assertAllCutOff(RestServer running, String header, String start, char more)
            throws Exception {
        String reload = "POST /reload HTTP/1.0\r\n" + header + "Content-Length: 2\r\n\r\n{}";
        try (RestServer server = running;
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            int port = server.address().getPort();
            List<Future<End>> callers = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                callers.add(threads.submit(() -> trickle(port, start, more)));
            }
            do {
                assertThat(RawHttp.call(port, "GET", "/primary", "").code()).isEqualTo(200);
                assertThat(RawHttp.send(port, reload).code()).isEqualTo(202);
            } while (!callers.stream().allMatch(Future::isDone));
            for (Future<End> caller : callers) {
                assertThat(caller.get(1, TimeUnit.SECONDS)).isEqualTo(End.CUT_OFF);
            }
        }
        assertThat(node.done).as("half a request does nothing").containsOnly("reload");
    }

    @Test
    void aBodyThatTrickles() throws Exception {
        assertAllCutOff(
                "PATCH /config HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{\"ttl\": ",
                '3');
    }

    /// Without a password nobody takes the place of those who have one.
    @Test
    void aBodyThatTricklesFromWhomWasRefused() throws Exception {
        Secret password = new Secret("s3cret");
        RestServer running = start(Optional.of(new BasicAuth("ops", password)), 1);
        String header = "Authorization: " + HttpCall.basic("ops", password).reveal() + "\r\n";
        assertAllCutOff(
                running,
                header,
                "PATCH /config HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n{\"ttl\": ",
                '3');
    }

    /// With no place at all a refusal is still a refusal, and only who may is told of the places.
    @Test
    void aRefusalTakesNoPlace() {
        Secret password = new Secret("s3cret");
        try (RestServer server = start(Optional.of(new BasicAuth("ops", password)), 0)) {
            int port = server.address().getPort();
            String start = "POST /reload HTTP/1.0\r\n";
            String header = "Authorization: " + HttpCall.basic("ops", password).reveal() + "\r\n";
            assertThat(RawHttp.send(port, start + "\r\n").code()).isEqualTo(401);
            assertThat(RawHttp.send(port, start + header + "\r\n").code()).isEqualTo(503);
        }
    }

    /// The limit is the JDK server's own; the build sets it lower for this module's tests.
    @Test
    void headersThatTrickle() throws Exception {
        assertAllCutOff("PATCH /config HTTP/1.1\r\nHost: x\r\nX-Long: ", 'a');
    }

    @Test
    void aRequestLineThatTrickles() throws Exception {
        assertAllCutOff("GET /", 'a');
    }
}
