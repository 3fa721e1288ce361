package io.toomai.proxy.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Edge 33: a server that falls silent in the middle of a query, and neither answers a cancel nor
/// closes its connection.
final class SilentServerIT {
    private static final String HANGS = "SELECT hangs";

    /// Of 18 bytes.
    private static final byte[] ROW = FakeServer.row("a value");

    @TempDir Path directory;

    /// It says so much of one row, and nothing more to anybody on this connection.
    private static FakeServer.Manner silentAfter(int bytes) {
        return (peer, type, body) -> {
            if (!peer.heard().contains(HANGS)) {
                FakeServer.obliging().hears(peer, type, body);
            } else if (type == 'Q') {
                peer.say(Arrays.copyOf(ROW, bytes));
            }
        };
    }

    /// Who has heard a part of a message hears no word of the proxy's in it.
    @ParameterizedTest
    @ValueSource(ints = {0, 3, 15, 18})
    void itsClientIsEndedAndTheNextOneHasAnotherServer(int bytes) throws Exception {
        try (FakeServer server = new FakeServer(silentAfter(bytes));
                Front front = front(server, "query_timeout = 0.5");
                RawClient next = front.client();
                RawClient client = front.client()) {
            client.send(RawClient.query(HANGS));
            byte[] heard = client.socket().getInputStream().readAllBytes();
            if (bytes == 15) {
                assertThat(heard).isEqualTo(Arrays.copyOf(ROW, bytes));
            } else {
                assertThat(new String(heard, UTF_8)).contains("query timeout");
            }
            assertThat(next.ask("SELECT 1").types()).isEqualTo("DCZ");
            await().atMost(Duration.ofSeconds(60)).until(server.peers().getFirst()::hasLeft);
            assertThat(front.count(pool -> pool.numbers().size())).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 18})
    void whoCancelsInVainMayLeave(int bytes) throws Exception {
        try (FakeServer server = new FakeServer(silentAfter(bytes));
                Front front = front(server, "cancel_wait_timeout = 0.5");
                RawClient waiting = front.client()) {
            try (RawClient client = front.client()) {
                client.send(RawClient.query(HANGS));
                front.awaitPool(pool -> pool.numbers().active() == 1);
                waiting.send(RawClient.query("SELECT 1"));
                front.awaitPool(pool -> pool.numbers().waiting() == 1);
                new RawClient(front.port()).send(client.cancelRequest()).close();
            }
            assertThat(waiting.answer().types()).isEqualTo("DCZ");
        }
    }

    private Front front(FakeServer server, String settings) throws Exception {
        return Front.open(
                directory,
                "* = host=127.0.0.1 port=" + server.port(),
                "default_pool_size = 1\n" + settings);
    }
}
