package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// What was on its way when reading stopped. Belongs to an event loop.
final class Parked {
    private @Nullable ByteBuf bytes;

    /// Takes a buffer over.
    void add(ByteBuf in) {
        ByteBuf before = bytes;
        if (before == null) {
            bytes = in;
        } else {
            bytes = before.alloc().ioBuffer(before.readableBytes() + in.readableBytes());
            bytes.writeBytes(before).writeBytes(in);
            before.release();
            in.release();
        }
    }

    /// All of it, perhaps nothing; whoever takes it releases it.
    ByteBuf take() {
        ByteBuf rest = bytes;
        bytes = null;
        return rest == null ? Unpooled.EMPTY_BUFFER : rest;
    }
}
