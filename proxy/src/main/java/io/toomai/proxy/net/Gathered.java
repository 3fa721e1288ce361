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
    private static final int FIRST = 256;

    private ByteBuf bytes;
    private final int longest;
    private final Allowance allowance;
    private int counted;

    /// Of a peer that is known.
    ///
    /// @param longest a message may be, in bytes
    Gathered(Channel channel, int longest) {
        this(channel, longest, new Allowance(Long.MAX_VALUE));
    }

    /// Of one of many that nobody knows.
    ///
    /// @param longest a message may be, in bytes
    Gathered(Channel channel, int longest, Allowance allowance) {
        this(channel.alloc().heapBuffer(FIRST), longest, allowance);
    }

    private Gathered(ByteBuf bytes, int longest, Allowance allowance) {
        this.bytes = bytes;
        this.longest = longest;
        this.allowance = allowance;
    }

    /// Takes a buffer over.
    ///
    /// @throws ProtocolViolation when too much is kept of all together
    void add(ByteBuf more) {
        try {
            bytes.discardSomeReadBytes().writeBytes(more);
        } finally {
            more.release();
        }
        int grown = bytes.capacity() - counted;
        allowance.take(grown);
        counted += grown;
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

    /// All of it for the next step of a login; nothing stays here.
    Gathered handOver() {
        return handOver(allowance);
    }

    /// All of it for whoever goes on with one that is known.
    Gathered handOverKnown() {
        return handOver(new Allowance(Long.MAX_VALUE));
    }

    private Gathered handOver(Allowance nextAllowance) {
        Gathered next = new Gathered(bytes, longest, nextAllowance);
        int size = counted;
        bytes = Unpooled.EMPTY_BUFFER;
        forget();
        nextAllowance.take(size);
        next.counted = size;
        return next;
    }

    private void forget() {
        allowance.giveBack(counted);
        counted = 0;
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
        forget();
    }
}
