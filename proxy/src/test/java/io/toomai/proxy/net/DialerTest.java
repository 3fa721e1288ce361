package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.net.Destination.Target;
import io.toomai.proxy.net.Dialer.Cover;
import io.toomai.proxy.session.CancelKeys;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Connections that never come to a socket.
final class DialerTest {
    private final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, Transport.NIO.handlers());
    private final EventLoop loop = (EventLoop) loops.next();

    @AfterEach
    void close() {
        loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /// Of a proxy by plain NIO that writes nothing down.
    static Commons commons() {
        return new Commons(
                Transport.NIO,
                new Aside(),
                Directions.BY_HOST,
                new Numbers(),
                new Crowd(),
                new Limits(),
                new Journal(
                        () -> {
                            throw new IllegalStateException("nothing is written down");
                        },
                        0),
                new CancelKeys<>());
    }

    private Dialer dialer() {
        return new Dialer(loop, commons());
    }

    /// A login that is too slow is given up before its socket is there: that fails then, too.
    @Test
    void howItHasEndedIsToldOnce() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Socket> waiting = fill(full);
            Target target = Target.of("127.0.0.1", full.getLocalPort(), "somewhere");
            CompletableFuture<Channel> going = new CompletableFuture<>();
            AtomicInteger told = new AtomicInteger();
            Dialer dialer = dialer();
            Dialer.Caller caller =
                    new Dialer.Caller() {
                        @Override
                        public void goesBy(Channel channel) {
                            going.complete(channel);
                        }

                        @Override
                        public void reached(Target target, Channel channel, Welcome said) {
                            told.incrementAndGet();
                        }

                        @Override
                        public void loginFailed(Target target, String code, String text) {
                            told.incrementAndGet();
                        }
                    };
            Dialer.Call call =
                    new Dialer.Call(target, "anna", "postgres", new Grant.Nothing(), Map.of());
            loop.submit(() -> dialer.dial(call, caller)).get(60, TimeUnit.SECONDS);
            Channel channel = going.get(60, TimeUnit.SECONDS);
            long late = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            loop.submit(() -> dialer.tick(late)).get(60, TimeUnit.SECONDS);
            assertThat(channel.closeFuture().await(60, TimeUnit.SECONDS)).isTrue();
            loop.submit(() -> {}).get(60, TimeUnit.SECONDS);
            assertThat(told).hasValue(1);
            for (Socket each : waiting) {
                each.close();
            }
        }
    }

    /// Until nobody gets in any more.
    private static List<Socket> fill(ServerSocket listener) throws IOException {
        List<Socket> waiting = new ArrayList<>();
        try {
            while (waiting.size() < 10) {
                Socket next = new Socket();
                waiting.add(next);
                next.connect(listener.getLocalSocketAddress(), 300);
            }
        } catch (SocketTimeoutException _) {
            return waiting;
        }
        throw new AssertionError("it lets everybody in");
    }

    /// As where no more files may be open: there is a failure before there is a channel that
    /// belongs to a loop. The handler of another channel has the same effect.
    @Test
    void aFailureBeforeTheSocketIsToldOnTheLoop() throws Exception {
        ChannelHandler taken = new ChannelInboundHandlerAdapter();
        EmbeddedChannel by = new EmbeddedChannel(taken);
        Target target = Target.of("127.0.0.1", 5432, "somewhere");
        CompletableFuture<Boolean> toldOnLoop = new CompletableFuture<>();
        Dialer dialer = dialer();
        loop.execute(() ->
                dialer.call(
                        target, Cover.PLAIN, taken, _ -> toldOnLoop.complete(loop.inEventLoop())));
        assertThat(toldOnLoop.get(60, TimeUnit.SECONDS)).isTrue();
        by.close().syncUninterruptibly();
    }
}
