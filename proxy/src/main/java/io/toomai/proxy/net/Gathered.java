package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.toomai.proxy.relay.ProtocolViolation;

/// Bytes of a login, until the message that they belong to is whole. Bounded: nobody is known yet.
final class Gathered {
    private static final int HEADER = 5;

    private ByteBuf bytes;
    private final int longest;

    /// @param longest a message may be, in bytes
    Gathered(Channel channel, int longest) {
        this(channel.alloc().heapBuffer(256), longest);
    }

    private Gathered(ByteBuf bytes, int longest) {
        this.bytes = bytes;
        this.longest = longest;
    }

    /// Takes a buffer over.
    void add(ByteBuf more) {
        bytes.discardSomeReadBytes().writeBytes(more);
        more.release();
    }

    /// All that is there and not taken.
    ByteBuf all() {
        return bytes;
    }

    /// Whether a message with type and length is there.
    ///
    /// @throws ProtocolViolation when it will be too long
    boolean hasMessage() {
        if (bytes.readableBytes() < HEADER) {
            return false;
        }
        int length = bytes.getInt(bytes.readerIndex() + 1);
        if (length < 4 || length > longest) {
            throw new ProtocolViolation(
                    "a message of " + length + " bytes; the longest may have " + longest);
        }
        return bytes.readableBytes() > length;
    }

    byte type() {
        return bytes.getByte(bytes.readerIndex());
    }

    /// The message's body, for the moment: it counts as taken.
    ByteBuf takeBody() {
        bytes.skipBytes(1);
        return bytes.readSlice(bytes.readInt() - 4);
    }

    /// Whether a peer has sent more than one may while it is to wait.
    boolean isFull() {
        return bytes.readableBytes() > longest;
    }

    /// All of it for whoever goes on; nothing stays here.
    Gathered handOver() {
        Gathered next = new Gathered(bytes, longest);
        bytes = Unpooled.EMPTY_BUFFER;
        return next;
    }

    /// Another handler has the connection from now on, with what came early.
    void leaveTo(
            ChannelHandlerContext ctx,
            ChannelHandler before,
            String name,
            ChannelInboundHandler next) {
        ByteBuf early = Unpooled.copiedBuffer(bytes);
        Intake.open(ctx.channel()); // unless the next one has a reason against it
        ctx.pipeline().replace(before, name, next);
        if (early.isReadable()) {
            ctx.fireChannelRead(early).fireChannelReadComplete(); // from here on, not through TLS
        }
    }

    /// Once or more often: a pooled buffer that was given back is somebody else's.
    void release() {
        ByteBuf last = bytes;
        bytes = Unpooled.EMPTY_BUFFER;
        last.release();
    }
}
