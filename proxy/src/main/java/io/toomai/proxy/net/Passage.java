package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.toomai.proxy.net.Destination.Target;
import io.toomai.proxy.session.CancelKey;
import java.time.Instant;

/// A client and a server that see each other's bytes as they are, until one of them goes. Who does
/// not read keeps the other from sending. Belongs to the event loop of its wing.
final class Passage implements Cancelable {
    private final Identity identity;
    private final Ends ends;
    private final Keys keys;
    private final Cancels cancels;
    private final Instant began = Instant.now();

    /// The two connections.
    ///
    /// @param journey to the server
    /// @param number of the server's connection, as tables show it
    record Ends(Channel client, Channel server, Journey journey, long number) {
        /// Where the server is.
        Target target() {
            return journey.target();
        }
    }

    /// The client's key, and the server's that stands for it.
    record Keys(CancelKey ours, CancelKey theirs) {}

    Passage(Identity identity, Ends ends, Keys keys, Cancels cancels) {
        this.identity = identity;
        this.ends = ends;
        this.keys = keys;
        this.cancels = cancels;
    }

    Identity identity() {
        return identity;
    }

    Ends ends() {
        return ends;
    }

    Instant began() {
        return began;
    }

    /// Of the server, by its own word.
    int process() {
        return keys.theirs().process();
    }

    void end() {
        Sending.close(ends.client());
        Sending.close(ends.server());
    }

    @Override
    public CancelKey cancelKey() {
        return keys.ours();
    }

    @Override
    public void cancel(Channel asker) {
        cancels.send(ends.server(), keys.theirs(), ends.server()::isActive, () -> {})
                .ifPresentOrElse(request -> request.add(asker), () -> Sending.close(asker));
    }

    /// Reads from the client.
    ChannelInboundHandlerAdapter toServer() {
        return new Half(ends.server());
    }

    /// Reads from the server.
    ChannelInboundHandlerAdapter toClient() {
        return new Half(ends.client());
    }

    /// One direction.
    private static final class Half extends ChannelInboundHandlerAdapter {
        private final Channel to;

        Half(Channel to) {
            this.to = to;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            Sending.write(to, (ByteBuf) message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            to.flush();
            if (!to.isWritable()) {
                Intake.shut(ctx.channel());
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().isWritable()) {
                Intake.open(to);
            } else {
                Intake.shut(to);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            to.flush();
            Sending.close(to);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            Faults.end(ctx.channel(), cause);
        }
    }
}
