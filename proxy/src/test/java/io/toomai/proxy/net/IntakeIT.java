package io.toomai.proxy.net;

import static io.toomai.proxy.net.RawClient.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.uring.IoUring;
import io.toomai.proxy.net.FakeServer.Manner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who leaves is noticed, whatever was on the way and whoever has stopped the reading (0037).
class IntakeIT {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final int TURNS = 30;

    @TempDir Path directory;

    private Front front(FakeServer server, Transport transport) throws Exception {
        return Front.open(
                directory,
                "* = host=127.0.0.1 port=" + server.port(),
                "default_pool_size = 1",
                transport);
    }

    /// Java's own hears of a hang-up only from a read.
    private static Set<Transport> transports() {
        Set<Transport> here = EnumSet.noneOf(Transport.class);
        if (Epoll.isAvailable()) {
            here.add(Transport.EPOLL);
        }
        if (IoUring.isAvailable()) {
            here.add(Transport.IO_URING);
        }
        return here;
    }

    private static int present(Front front) {
        return front.proxy().ask(premises -> premises.crowd().all());
    }

    /// One is read from, another waits for a server and is not: data and a reset come together,
    /// because the loop is busy meanwhile.
    @Test
    void whoLeavesByAResetIsNoticed() throws Exception {
        Manner silent = (_, _, _) -> {};
        for (Transport transport : transports()) {
            try (FakeServer server = new FakeServer(silent);
                    Front front = front(server, transport);
                    RawClient first = front.client()) {
                first.send(query("SELECT 1"));
                front.awaitPool(pool -> pool.numbers().active() == 1);
                RawClient read = front.client();
                RawClient waiting = front.client();
                waiting.send(query("SELECT 2"));
                front.awaitPool(pool -> pool.numbers().waiting() == 1);
                whileTheLoopIsBusy(
                        front,
                        () -> {
                            for (RawClient each : List.of(read, waiting)) {
                                each.send(query("SELECT 3"));
                                each.socket().setSoLinger(true, 0); // close sends RST
                                each.close();
                            }
                        });
                await(transport.toString()).atMost(PATIENCE).until(() -> present(front) == 1);
            }
        }
    }

    private interface Meanwhile {
        void run() throws Exception;
    }

    private static void whileTheLoopIsBusy(Front front, Meanwhile what) throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        Thread asking =
                Thread.ofVirtual()
                        .start(() ->
                                front.proxy()
                                        .ask(_ -> {
                                            busy.countDown();
                                            return awaited(done);
                                        }));
        busy.await();
        what.run();
        done.countDown();
        asking.join();
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// The reading of both is stopped again and again, because they have one server.
    @Test
    void whatWaitsIsHandedOnInOrder() throws Exception {
        Manner echo =
                (peer, type, _) -> {
                    if (type == 'Q') {
                        peer.say(FakeServer.complete("X"), FakeServer.ready('I'));
                    }
                };
        for (Transport transport : transports()) {
            try (FakeServer server = new FakeServer(echo);
                    Front front = front(server, transport);
                    RawClient one = front.client();
                    RawClient two = front.client()) {
                List<String> sent = new ArrayList<>();
                for (int i = 0; i < TURNS; i++) {
                    sent.addAll(List.of("a" + i, "b" + i));
                    one.send(query("a" + i), query("b" + i));
                    two.send(query("c" + i));
                    one.answer();
                    one.answer();
                    two.answer();
                }
                assertThat(server.peers().getFirst().heard())
                        .filteredOn(heard -> !heard.startsWith("c"))
                        .containsExactlyElementsOf(sent);
            }
        }
    }
}
