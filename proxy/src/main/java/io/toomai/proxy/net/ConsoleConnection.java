package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.toomai.proxy.console.Console;
import io.toomai.proxy.relay.Output;
import io.toomai.proxy.relay.ProtocolViolation;
import io.toomai.proxy.session.CancelKey;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/// A client at the admin console. It speaks the simple protocol; the extended one is refused, and
/// the session goes on after its Sync. While an order is waited for, a bounded number of bytes may
/// come, and nothing of them is looked at. Belongs to the first wing's event loop.
final class ConsoleConnection extends ChannelInboundHandlerAdapter implements Cancelable {
    /// No line is so long.
    static final int LONGEST = 65_536;

    private final Console console;
    private final Channel channel;
    private final Set<ConsoleConnection> all;
    private final Cancels cancels;
    private final CancelKey cancelKey;
    private final Gathered gathered;
    private final Output output;
    private final ConsoleReplies replies;
    private State state = State.LISTENING;
    private boolean inLoop;

    private enum State {
        LISTENING,
        /// An order is carried out, and its answer comes later.
        BUSY,
        /// An error in the extended protocol: nothing counts until Sync.
        SKIPPING,
        OVER
    }

    /// Who can cancel what is said here.
    record Canceling(Cancels cancels, CancelKey key) {}

    /// @param all those that are open; it puts itself there while it is
    ConsoleConnection(
            Console console, Channel channel, Set<ConsoleConnection> all, Canceling canceling) {
        this.all = all;
        cancels = canceling.cancels();
        cancelKey = canceling.key();
        this.console = console;
        this.channel = channel;
        gathered = new Gathered(channel, LONGEST);
        output = new Output(channel.alloc());
        replies = new ConsoleReplies(output, this::answered);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        all.add(this);
        cancels.add(this);
        replies.welcome(cancelKey);
        flush();
    }

    @Override
    public CancelKey cancelKey() {
        return cancelKey;
    }

    @Override
    public void cancel(Channel asker) {
        Sending.close(asker);
        if (state == State.BUSY) {
            console.cancel();
            flush();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (state == State.OVER) {
            ((ByteBuf) message).release();
            return;
        }
        gathered.add((ByteBuf) message);
        listen();
    }

    private void listen() {
        if (inLoop) {
            return;
        }
        inLoop = true;
        try {
            while (isAttentive() && gathered.hasMessage()) {
                message(gathered.type(), gathered.takeBody());
                flush();
            }
            if (gathered.all().readableBytes() > 2 * LONGEST) {
                throw new ProtocolViolation("too much is said before the last answer");
            }
        } catch (ProtocolViolation e) {
            end(e.what());
        } finally {
            inLoop = false;
        }
        flush();
    }

    private boolean isAttentive() {
        return (state == State.LISTENING || state == State.SKIPPING) && channel.isWritable();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        listen();
    }

    private void message(byte type, ByteBuf body) {
        switch (type) {
            case 'Q' -> {
                if (state == State.LISTENING) {
                    String line = line(body);
                    state = State.BUSY;
                    console.say(line, replies);
                }
            }
            case 'X' -> {
                state = State.OVER;
                Sending.close(channel);
            }
            case 'P', 'B', 'D', 'E', 'C' -> {
                if (state == State.LISTENING) {
                    state = State.SKIPPING;
                    replies.error(
                            "08P01", "extended query protocol not supported by admin console");
                }
            }
            case 'H' -> {} // all is flushed in any case
            case 'S' -> {
                state = State.LISTENING;
                replies.ready();
            }
            default ->
                    throw new ProtocolViolation(
                            "unsupported packet type for admin console: " + (type & 0xff));
        }
    }

    private static String line(ByteBuf body) {
        int length = body.bytesBefore((byte) 0);
        if (length < 0) {
            throw new ProtocolViolation("incomplete query");
        }
        return body.toString(body.readerIndex(), length, StandardCharsets.UTF_8);
    }

    /// Within [#message], or later.
    private void answered() {
        if (state == State.OVER) {
            output.release();
        } else if (state == State.BUSY) {
            state = State.LISTENING;
            listen();
        }
    }

    private void end(String text) {
        if (state != State.OVER) {
            state = State.OVER;
            Replies.fatal(output, "08P01", text);
            flush();
            Sending.closeWhenSent(channel);
        }
    }

    private void flush() {
        if (!output.isEmpty()) {
            output.drainTo(piece -> Sending.write(channel, piece));
            channel.flush();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        state = State.OVER;
        all.remove(this);
        cancels.remove(this);
        console.left();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        gathered.release();
        output.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Faults.end(channel, cause);
    }
}
