package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import java.util.concurrent.TimeUnit;

/// What is sent or closed here is not waited for: a write that fails closes its channel, and that
/// is told to the channel's handler.
@SuppressWarnings("FutureReturnValueIgnored")
final class Sending {
    /// For a peer to take the last that it is told, in seconds.
    private static final long PATIENCE = 5;

    private Sending() {}

    static void write(Channel to, ByteBuf piece) {
        to.write(piece, to.voidPromise());
    }

    static void close(Channel channel) {
        channel.close();
    }

    /// Closes it when what was written has left: where the system is only asked to write (io_uring)
    /// a close that follows at once would overtake it. A peer that does not read is not waited for
    /// beyond [#PATIENCE].
    static void closeWhenSent(Channel channel) {
        ChannelFuture sent = channel.writeAndFlush(Unpooled.EMPTY_BUFFER);
        if (sent.isDone()) {
            channel.close();
        } else {
            sent.addListener(ChannelFutureListener.CLOSE);
            channel.eventLoop().schedule(() -> channel.close(), PATIENCE, TimeUnit.SECONDS);
        }
    }
}
