package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/// What is sent or closed here is not waited for: a write that fails closes its channel, and that
/// is told to the channel's handler.
@SuppressWarnings("FutureReturnValueIgnored")
final class Sending {
    private Sending() {}

    static void write(Channel to, ByteBuf piece) {
        to.write(piece, to.voidPromise());
    }

    static void close(Channel channel) {
        channel.close();
    }
}
