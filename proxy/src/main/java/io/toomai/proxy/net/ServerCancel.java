package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.toomai.proxy.session.CancelKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A CancelRequest on its way to a server, or to another proxy. It has been carried out when the
/// receiver closes the connection: PostgreSQL has signalled the process by then. Belongs to an
/// event loop.
final class ServerCancel extends ChannelInboundHandlerAdapter {
    /// So many clients may wait for one request; more are closed at once.
    private static final int MOST_ASKERS = 64;

    private final CancelKey key;
    private final BooleanSupplier isStillWanted;
    private final Consumer<ServerCancel> end;
    private final long since;
    private final List<Channel> askers = new ArrayList<>();
    private @Nullable Channel receiver;
    private State state = State.ON_THE_WAY;

    enum State {
        ON_THE_WAY,
        /// The receiver has it, and may act on it at any moment until it closes the connection.
        DELIVERED,
        OVER,
        /// It was delivered, and whether the receiver has acted on it is not known.
        IN_DOUBT
    }

    /// @param isStillWanted asked when the connection is made: what was to be canceled may have
    ///   ended by itself
    /// @param end called once
    ServerCancel(
            CancelKey key, BooleanSupplier isStillWanted, Consumer<ServerCancel> end, long since) {
        this.key = key;
        this.isStillWanted = isStillWanted;
        this.end = end;
        this.since = since;
    }

    State state() {
        return state;
    }

    /// Whether it is of use: what has arrived is, whatever comes of it.
    boolean isStillWanted() {
        return state != State.ON_THE_WAY || isStillWanted.getAsBoolean();
    }

    /// Clients that wait for it.
    int askers() {
        return askers.size();
    }

    long since() {
        return since;
    }

    /// A client that wants just this; its connection is closed when it is over, as a server does.
    void add(Channel asker) {
        boolean isOver = state == State.OVER || state == State.IN_DOUBT;
        if (isOver || askers.size() >= MOST_ASKERS) {
            Sending.close(asker);
        } else {
            askers.add(asker);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        receiver = ctx.channel();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (state != State.ON_THE_WAY || !isStillWanted.getAsBoolean()) {
            Sending.close(ctx.channel());
            return;
        }
        state = State.DELIVERED;
        ByteBuf request = ctx.alloc().ioBuffer(64);
        key.writeRequest(request);
        Sending.write(ctx.channel(), request);
        ctx.channel().flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ((ByteBuf) message).release(); // nothing is answered to this
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        over();
    }

    /// It has come to its end, or will not come there.
    void over() {
        end(State.OVER);
    }

    /// It takes too long.
    void giveUp() {
        end(state == State.DELIVERED ? State.IN_DOUBT : State.OVER);
        Channel to = receiver;
        if (to != null) {
            Sending.close(to);
        }
    }

    private void end(State as) {
        if (state == State.ON_THE_WAY || state == State.DELIVERED) {
            state = as;
            askers.forEach(Sending::close);
            askers.clear();
            end.accept(this);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Faults.end(ctx.channel(), cause);
    }
}
