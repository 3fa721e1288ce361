package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The time of a turn.
class TurnTest {
    private final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, Transport.usual().handlers());
    private final EventLoop loop = (EventLoop) loops.next();
    private final Turn turn = new Turn(loop);

    @AfterEach
    void end() {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /// Otherwise what a client asks and hears in one turn would take no time at all.
    @Test
    void stopsInATurnUntilSomethingComes() throws Exception {
        loop.submit(
                        () -> {
                            long first = turn.goesOn();
                            passTime();
                            assertThat(turn.now()).isEqualTo(first);
                            long next = turn.goesOn();
                            assertThat(next).isGreaterThan(first);
                            passTime();
                            assertThat(turn.now()).isEqualTo(next);
                        })
                .get();
    }

    @Test
    void isReadAnewInTheNextTurn() throws Exception {
        CompletableFuture<Long> first = new CompletableFuture<>();
        loop.execute(() -> {
            long now = turn.now();
            // Two tasks may well be of one turn: what comes second waits for its end.
            ((SingleThreadEventLoop) loop)
                    .executeAfterEventLoopIteration(() -> first.complete(now));
        });
        long before = first.get();
        passTime();
        assertThat(loop.submit(turn::now).get()).isGreaterThan(before);
    }

    private static void passTime() {
        long now = System.nanoTime();
        while (System.nanoTime() == now) {
            Thread.onSpinWait();
        }
    }
}
