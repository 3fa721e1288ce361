package io.toomai.proxy.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/// Whether bytes are taken from a connection. Netty's own way, `autoRead`, withdraws the read that
/// the kernel has under way, which with io_uring races with what comes meanwhile: a connection was
/// sometimes never read again, and its end never noticed (decision 0038). So a connection of
/// io_uring has this as its first handler: each read is asked for by itself and ends in its own
/// time, and what it brings while nothing is taken waits here. Belongs to an event loop.
final class Intake extends ChannelDuplexHandler {
    private final Channel channel;
    private final Queue<Object> waiting = new ArrayDeque<>(1);
    private boolean isOpen = true;
    private boolean isReadUnderWay;
    private boolean isClosing;
    private @Nullable Runnable whenQuiet;

    /// Netty reads unasked when the peer has closed, but after a reset only once: then the end is
    /// found by reading on. What waits is no more than what the kernel had of it.
    private boolean isEnding;

    private Intake(Channel channel) {
        this.channel = channel;
    }

    /// To be called before the connection is read from.
    static void prepare(Channel channel, Transport transport) {
        if (transport == Transport.IO_URING) {
            channel.config().setAutoRead(false);
            channel.pipeline().addFirst("intake", new Intake(channel));
        }
    }

    /// Behind it, if it is there, and before all others.
    static void encrypt(ChannelPipeline pipeline, SslHandler tls) {
        if (pipeline.get(Intake.class) == null) {
            pipeline.addFirst("tls", tls);
        } else {
            pipeline.addAfter("intake", "tls", tls);
        }
    }

    /// From now on nothing is handed on, until the connection ends.
    static void shut(Channel channel) {
        Intake own = channel.pipeline().get(Intake.class);
        if (own == null) {
            channel.config().setAutoRead(false);
        } else {
            own.isOpen = false;
        }
    }

    /// Of a connection that is shut: runs something once no read is under way, for a read that
    /// still waits for bytes keeps a connection on its loop ([Transfer]). If it ends before, never.
    static void whenQuiet(Channel channel, Runnable what) {
        Intake own = channel.pipeline().get(Intake.class);
        if (own != null && own.isReadUnderWay) {
            own.whenQuiet = what;
        } else {
            what.run();
        }
    }

    /// Undoes [#shut]. Nothing is handed on within the call.
    static void open(Channel channel) {
        Intake own = channel.pipeline().get(Intake.class);
        if (own == null) {
            channel.config().setAutoRead(true);
        } else if (!own.isOpen) {
            own.isOpen = true;
            own.goOn();
        }
    }

    private void goOn() {
        if (waiting.isEmpty()) {
            readOn();
        } else {
            channel.eventLoop().execute(this::handOn);
        }
    }

    private void handOn() {
        ChannelHandlerContext ctx = channel.pipeline().context(this);
        if (ctx == null || !isOpen || waiting.isEmpty()) {
            return;
        }
        while (isOpen && !waiting.isEmpty()) {
            ctx.fireChannelRead(waiting.remove());
        }
        ctx.fireChannelReadComplete();
        readOn();
    }

    private void readOn() {
        boolean wants = isOpen && waiting.isEmpty();
        if ((wants || isEnding) && !isReadUnderWay) {
            channel.read();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.fireChannelActive();
        readOn();
    }

    /// A read that is asked for when the connection is being closed would keep the system from
    /// closing it, and the peer would wait for its end.
    @Override
    public void read(ChannelHandlerContext ctx) {
        if (!isClosing) {
            isReadUnderWay = true;
            ctx.read();
        }
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // whoever closes has the promise
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        isClosing = true;
        ctx.close(promise);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        isEnding |= !isReadUnderWay;
        if (isOpen && waiting.isEmpty()) {
            ctx.fireChannelRead(message);
        } else {
            waiting.add(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        isReadUnderWay = false;
        ctx.fireChannelReadComplete();
        readOn();
        Runnable waits = whenQuiet;
        if (waits != null && !isReadUnderWay) {
            whenQuiet = null;
            waits.run();
        }
    }

    /// What came before the end is handed on before it.
    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!waiting.isEmpty()) {
            while (!waiting.isEmpty()) {
                ctx.fireChannelRead(waiting.remove());
            }
            ctx.fireChannelReadComplete();
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        waiting.forEach(ReferenceCountUtil::release);
        waiting.clear();
    }
}
