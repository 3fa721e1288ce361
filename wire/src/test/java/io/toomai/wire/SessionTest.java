package io.toomai.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.FreePorts;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The session against servers that misbehave.
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SessionTest {
    private static final byte[] OK = {0, 0, 0, 0};

    private interface Script {
        void play(Peer peer) throws IOException;
    }

    /// The server's side of one connection.
    private record Peer(DataInputStream in, DataOutputStream out) {
        void startup() throws IOException {
            in.skipNBytes(in.readInt() - 4);
        }

        byte message() throws IOException {
            byte type = in.readByte();
            in.skipNBytes(in.readInt() - 4);
            return type;
        }

        void send(char type, byte[] payload) throws IOException {
            out.writeByte(type);
            out.writeInt(payload.length + 4);
            out.write(payload);
            out.flush();
        }

        void session() throws IOException {
            startup();
            send('R', OK);
            send('S', bytes("server_version\00015.4 (Test)\0"));
            send('Z', bytes("I"));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void against(Script script, java.util.function.Consumer<ConnectOptions> client)
            throws Exception {
        try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var played =
                    new FutureTask<Void>(() -> {
                        try (Socket socket = server.accept()) {
                            script.play(
                                    new Peer(
                                            new DataInputStream(socket.getInputStream()),
                                            new DataOutputStream(socket.getOutputStream())));
                        }
                        return null;
                    });
            Thread.ofVirtual().start(played);
            client.accept(
                    ConnectOptions.to(
                                    server.getInetAddress().getHostAddress(),
                                    server.getLocalPort(),
                                    new Credentials("u", "pw"))
                            .withTls(Tls.of(TlsMode.DISABLE)));
            played.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void closingFromAnotherThreadEndsACommandAtOnce() throws Exception {
        var asked = new CountDownLatch(1);
        var done = new CountDownLatch(1);
        against(
                peer -> {
                    peer.session();
                    peer.message();
                    asked.countDown();
                    await(done);
                },
                options -> {
                    var connection =
                            ReplicationConnection.open(
                                    options.withTimeouts(Duration.ofHours(1), Duration.ofHours(1)));
                    var running = new FutureTask<>(connection::identifySystem);
                    Thread.ofVirtual().start(running);
                    await(asked);
                    connection.close();
                    assertThatThrownBy(() -> running.get(30, TimeUnit.SECONDS))
                            .isInstanceOf(ExecutionException.class)
                            .cause()
                            .isInstanceOfSatisfying(
                                    WireException.class,
                                    e ->
                                            assertThat(e.code())
                                                    .isEqualTo(WireException.Code.WIRE_CLOSED));
                    done.countDown();
                });
    }

    @Test
    void aSilentServerIsATimeoutAndEndsTheSession() throws Exception {
        var done = new CountDownLatch(1);
        against(
                peer -> {
                    peer.session();
                    await(done);
                },
                options -> {
                    try (var connection =
                            ReplicationConnection.open(
                                    options.withTimeouts(
                                            Duration.ofSeconds(30), Duration.ofMillis(50)))) {
                        assertFails(connection::identifySystem, WireException.Code.WIRE_TIMEOUT);
                        assertFails(connection::identifySystem, WireException.Code.WIRE_CLOSED);
                    }
                    done.countDown();
                });
    }

    @Test
    void aServerErrorLeavesTheSessionUsableAFatalOneDoesNot() throws Exception {
        against(
                peer -> {
                    peer.session();
                    peer.message();
                    peer.send('N', bytes("SNOTICE\0C00000\0Mhi\0\0"));
                    peer.send('E', bytes("SERROR\0VERROR\0C42704\0Mno slot\0\0"));
                    peer.send('Z', bytes("I"));
                    peer.message();
                    peer.send('C', bytes("DROP_REPLICATION_SLOT\0"));
                    peer.send('Z', bytes("I"));
                    peer.message();
                    peer.send('E', bytes("SFATAL\0VFATAL\0C57P01\0Mgoing\0\0"));
                },
                options -> {
                    var connection = ReplicationConnection.open(options);
                    assertThat(connection.serverMajor()).isEqualTo(15);
                    assertThatThrownBy(() -> connection.dropSlot("s"))
                            .isInstanceOfSatisfying(
                                    WireException.class,
                                    e -> assertThat(e.sqlState()).contains("42704"));
                    connection.dropSlot("s");
                    assertThatThrownBy(() -> connection.dropSlot("s"))
                            .isInstanceOfSatisfying(
                                    WireException.class,
                                    e -> assertThat(e.sqlState()).contains("57P01"));
                    assertFails(() -> connection.dropSlot("s"), WireException.Code.WIRE_CLOSED);
                    connection.close();
                });
    }

    @Test
    void aServerThatSkipsItsProofIsRefused() throws Exception {
        against(
                peer -> {
                    peer.startup();
                    peer.send('R', bytes("\0\0\0\nSCRAM-SHA-256\0\0"));
                    peer.message();
                    peer.send('R', OK);
                },
                options ->
                        assertFails(
                                () -> ReplicationConnection.open(options),
                                WireException.Code.WIRE_AUTHENTICATION));
    }

    @Test
    void clearTextGoesToTheLoopbackOnly() throws Exception {
        against(
                peer -> {
                    peer.startup();
                    peer.send('R', new byte[] {0, 0, 0, 3});
                    assertThat(peer.message()).isEqualTo((byte) 'p');
                    peer.send('R', OK);
                    peer.send('Z', bytes("I"));
                },
                options -> ReplicationConnection.open(options).close());
        var open =
                new Authentication(
                        new Credentials("u", "pw"),
                        Authentication.Path.OPEN_NETWORK,
                        java.util.Optional.empty());
        var sent = new java.io.ByteArrayOutputStream();
        assertFails(
                () -> {
                    try {
                        open.answer(
                                new Payload(java.nio.ByteBuffer.wrap(new byte[] {0, 0, 0, 3})),
                                new FrameWriter(sent));
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                },
                WireException.Code.WIRE_AUTHENTICATION);
        assertThat(sent.size()).isZero();
    }

    @Test
    void tlsThatIsRequiredAndNotOfferedIsAnError() throws Exception {
        against(
                peer -> {
                    peer.startup();
                    peer.out().writeByte('N');
                },
                options ->
                        assertFails(
                                () ->
                                        ReplicationConnection.open(
                                                options.withTls(Tls.of(TlsMode.REQUIRE))),
                                WireException.Code.WIRE_TLS));
        assertThatThrownBy(() -> Tls.of(TlsMode.VERIFY_FULL))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void nobodyThereIsAConnectError() throws IOException {
        int port = FreePorts.next();
        assertFails(
                () ->
                        ReplicationConnection.open(
                                ConnectOptions.to("127.0.0.1", port, new Credentials("u", ""))),
                WireException.Code.WIRE_CONNECT);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertFails(Runnable action, WireException.Code code) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
