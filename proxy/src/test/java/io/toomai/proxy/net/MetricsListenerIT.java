package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Who asks by halves, or does not read what it asked for, keeps nobody else out.
final class MetricsListenerIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// More than sockets take while nobody reads.
    private static final String LONG = "x".repeat(32 << 20);

    private final AtomicInteger made = new AtomicInteger();

    private final MetricsListener.Pages pages =
            new MetricsListener.Pages() {
                @Override
                public String metrics() {
                    made.incrementAndGet();
                    return LONG;
                }

                @Override
                public String statistics() {
                    return "short";
                }

                @Override
                public String csv() {
                    return "short";
                }
            };

    private final List<Socket> sockets = new ArrayList<>();
    private MetricsListener listener;

    @BeforeEach
    void open() throws IOException {
        listener =
                MetricsListener.start(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), pages);
    }

    @AfterEach
    void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        listener.close();
    }

    private Socket say(String text) throws IOException {
        return say(listener, text);
    }

    private Socket say(MetricsListener to, String text) throws IOException {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.setReceiveBufferSize(4096);
        socket.connect(to.address());
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private String answer(String path) throws IOException {
        try (Socket socket = say("GET " + path + " HTTP/1.1\r\nConnection: close\r\n\r\n")) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void whoDoesNotReadKeepsNobodyOut() throws IOException {
        for (int i = 0; i < 8; i++) {
            say("GET /metrics HTTP/1.1\r\n\r\n");
        }
        await().atMost(PATIENCE).until(() -> made.get() == 8);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(answer("/")).startsWith("HTTP/1.1 200"));
    }

    @Test
    void whoSendsHalfARequestIsClosed() throws IOException {
        assertThat(isClosed(say("GET /met"))).isTrue();
    }

    @Test
    void whoDoesNotReadIsClosed() throws IOException {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (MetricsListener hasty =
                MetricsListener.start(address, pages, Duration.ofMillis(100))) {
            Socket idle = say(hasty, "GET /metrics HTTP/1.1\r\n\r\n");
            await().atMost(PATIENCE).until(() -> isReset(idle));
        }
    }

    /// Whether the other side has closed it and does not take what comes.
    private static boolean isReset(Socket socket) throws IOException {
        try {
            socket.getOutputStream().write('x');
            return false;
        } catch (SocketException _) {
            return true;
        }
    }

    private static boolean isClosed(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketException _) { // reset
            return true;
        }
    }
}
