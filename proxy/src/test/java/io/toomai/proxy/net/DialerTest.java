package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.toomai.proxy.net.Destination.Target;
import io.toomai.proxy.net.Dialer.Cover;
import io.toomai.proxy.session.CancelKeys;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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

    private Dialer dialer() {
        return new Dialer(
                loop,
                new Commons(
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
                        new CancelKeys<>()));
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
