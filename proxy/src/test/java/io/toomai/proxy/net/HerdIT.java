package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Edge 40: many clients that come at once, as after a switchover, do not overrun a server with
/// logins.
final class HerdIT {
    private static final int CLIENTS = 50;
    private static final int AT_ONCE = 4;

    @Test
    void aPoolLogsInAFewTimesAtOnce(@TempDir Path directory) throws Exception {
        CountDownLatch allHaveCome = new CountDownLatch(1);
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        FakeServer.Greeting slow =
                number -> {
                    most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                    if (number > 1) {
                        FakeServer.after(allHaveCome).of(number);
                    }
                    underWay.decrementAndGet();
                    return new byte[0];
                };
        try (FakeServer server = new FakeServer(blocks(), slow);
                Front front =
                        Front.open(
                                directory,
                                "* = host=127.0.0.1 port=" + server.port(),
                                "default_pool_size = 20\nevent_loops = 1")) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(front.newcomer());
            }
            for (RawClient client : clients) {
                client.answer();
                client.send(RawClient.query("BEGIN"));
            }
            front.awaitPool(pool -> pool.numbers().waiting() == CLIENTS - 1);
            assertThat(server.peers()).hasSize(1 + AT_ONCE);
            allHaveCome.countDown();
            front.awaitPool(pool -> pool.numbers().waiting() == CLIENTS - 20);
            assertThat(server.peers()).hasSize(20);
            assertThat(most).hasValue(AT_ONCE);
            for (RawClient client : clients) {
                assertThat(client.answer().types()).isEqualTo("CZ");
                client.send(RawClient.query("COMMIT"));
            }
            for (RawClient client : clients) {
                assertThat(client.answer().types()).isEqualTo("CZ");
                client.close();
            }
        }
    }

    private static FakeServer.Manner blocks() {
        return (peer, _, body) -> {
            boolean begins = body[0] == 'B';
            peer.say(
                    FakeServer.complete(begins ? "BEGIN" : "COMMIT"),
                    FakeServer.ready(begins ? 'T' : 'I'));
        };
    }
}
