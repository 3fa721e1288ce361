package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.toomai.proxy.login.ServerDialogue;
import io.toomai.proxy.login.ServerDialogue.Step;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.relay.ProtocolViolation;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A connection to a server until it is ready for its first query. Then its caller takes its place
/// in the pipeline. A server that is about to be promoted is asked nothing, again and again: with
/// the answer it tells that it is primary (`in_hot_standby`, PostgreSQL 14), and the login is
/// behind it then.
final class ServerLogin extends ChannelInboundHandlerAdapter {
    /// As libpq: errors have room, nothing else needs it.
    static final int LONGEST = 30_000;

    private static final byte EMPTY_QUERY_RESPONSE = 'I';

    /// An empty query.
    private static final byte[] NOTHING = {'Q', 0, 0, 0, 5, 0};

    /// Between two askings, in milliseconds.
    private static final long PAUSE = 10;

    /// For two seconds; then another try may do better.
    private static final int MOST_ASKED = 200;

    private final Dialer.Call call;
    private final Dialer.Caller caller;
    private final ServerDialogue dialogue;
    private final Aside aside;
    private final Gathered gathered;
    private Stage stage = Stage.OPEN;
    private int asked;

    private enum Stage {
        OPEN,
        /// An answer is computed; what comes meanwhile waits.
        COMPUTING,
        /// The caller knows how it ended.
        TOLD
    }

    ServerLogin(
            Dialer.Call call,
            Dialer.Caller caller,
            ServerDialogue dialogue,
            Aside aside,
            Gathered gathered) {
        this.call = call;
        this.caller = caller;
        this.dialogue = dialogue;
        this.aside = aside;
        this.gathered = gathered;
    }

    /// There is a TLS session beneath.
    ///
    /// @param endPoint the hash of the server's certificate, where there is one
    void isOver(Optional<byte[]> endPoint) {
        dialogue.isOver(endPoint);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        caller.goesBy(ctx.channel());
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        Sending.write(
                ctx.channel(),
                ServerDialogue.startup(call.user(), call.database(), call.settings()));
        ctx.channel().flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (stage == Stage.TOLD) {
            ((ByteBuf) message).release();
            return;
        }
        gathered.add((ByteBuf) message);
        if (gathered.isFull() && stage == Stage.COMPUTING) {
            failed(ctx, "08P01", "the server sends more than a login needs");
        }
        more(ctx);
    }

    private void more(ChannelHandlerContext ctx) {
        try {
            while (stage == Stage.OPEN && gathered.hasMessage()) {
                byte type = gathered.type();
                ByteBuf body = gathered.takeBody();
                if (asked > 0 && type == EMPTY_QUERY_RESPONSE) {
                    continue;
                }
                if (dialogue.isCostly(type, body)) {
                    stage = Stage.COMPUTING;
                    ByteBuf kept = Unpooled.copiedBuffer(body);
                    aside.compute(
                            ctx.channel().eventLoop(),
                            () -> dialogue.message(type, kept),
                            step -> computed(ctx, step));
                } else {
                    step(ctx, dialogue.message(type, body));
                }
            }
        } catch (ProtocolViolation e) {
            failed(ctx, "08P01", e.what());
        }
    }

    private void computed(ChannelHandlerContext ctx, Optional<Step> step) {
        if (stage == Stage.COMPUTING) {
            stage = Stage.OPEN;
            step(
                    ctx,
                    step.orElseGet(() ->
                            new Step.Failed("08P01", "the server's SCRAM messages are no such")));
            more(ctx);
        }
    }

    private void step(ChannelHandlerContext ctx, Step step) {
        switch (step) {
            case Step.Wait _ -> {}
            case Step.Send(ByteBuf answer) -> {
                Sending.write(ctx.channel(), answer);
                ctx.channel().flush();
            }
            case Step.Ready(var welcome) -> ready(ctx, welcome);
            case Step.Failed(String code, String text) -> failed(ctx, code, text);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // ends with the loop
    private void ready(ChannelHandlerContext ctx, Welcome welcome) {
        Optional<Misfit> misfit = caller.misfit(call.target(), welcome);
        if (misfit.isEmpty()) {
            stage = Stage.TOLD;
            caller.reached(call.target(), ctx.channel(), welcome);
        } else if (misfit.get().prospect() == Misfit.Prospect.FITS_SOON && asked < MOST_ASKED) {
            asked++;
            ctx.channel().eventLoop().schedule(() -> askNothing(ctx), PAUSE, TimeUnit.MILLISECONDS);
        } else {
            failed(ctx, "57P03", misfit.get().text());
        }
    }

    private void askNothing(ChannelHandlerContext ctx) {
        if (stage == Stage.OPEN && ctx.channel().isActive()) {
            Sending.write(ctx.channel(), Unpooled.copiedBuffer(NOTHING));
            ctx.channel().flush();
        }
    }

    private void failed(ChannelHandlerContext ctx, String code, String text) {
        if (stage != Stage.TOLD) {
            stage = Stage.TOLD;
            caller.loginFailed(call.target(), code, text);
        }
        Sending.close(ctx.channel());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Newcomers.Late.LATE) {
            failed(ctx, "08001", "connect timeout: " + call.target().name() + " is too slow");
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        failed(ctx, "08006", "server closed the connection during the login");
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        gathered.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Faults.report(ctx.channel(), cause);
        failed(ctx, "08006", "the connection broke during the login: " + cause);
    }
}
