package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.toomai.proxy.relay.ProtocolViolation;
import io.toomai.proxy.tls.ServerTls;
import java.net.InetSocketAddress;

/// Asks a server for TLS, or begins with it, before the login, or the request to cancel, behind it
/// in the pipeline learns that there is a connection. Then it is gone.
final class ServerTlsRequest extends ChannelInboundHandlerAdapter {
    private final ServerTls.Asked tls;
    private final Destination.Target target;
    private Stage stage = Stage.ASKED;

    private enum Stage {
        ASKED,
        SHAKING_HANDS
    }

    ServerTlsRequest(ServerTls.Asked tls, Destination.Target target) {
        this.tls = tls;
        this.target = target;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (tls.opening() == ServerTls.Opening.HANDSHAKE) {
            shakeHands(ctx);
            return;
        }
        Sending.write(
                ctx.channel(), Unpooled.buffer(8).writeInt(8).writeShort(1234).writeShort(5679));
        ctx.channel().flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        int length = in.readableBytes();
        byte answer = in.readByte();
        in.release();
        if (stage == Stage.SHAKING_HANDS || length != 1) {
            // What came before the handshake is of somebody that it does not prove.
            fail(ctx, "the server sent bytes in plain behind its answer to the request for TLS");
            return;
        }
        switch (answer) {
            case 'S' -> shakeHands(ctx);
            case 'N' -> {
                switch (tls.refusal()) {
                    case ENDS -> fail(ctx, "the server has no TLS, which server_tls_sslmode wants");
                    case GOES_ON_IN_PLAIN -> goOn(ctx);
                }
            }
            default -> fail(ctx, "the server answered neither yes nor no to the request for TLS");
        }
    }

    private void shakeHands(ChannelHandlerContext ctx) {
        stage = Stage.SHAKING_HANDS;
        InetSocketAddress at = (InetSocketAddress) target.address();
        SslHandler handler =
                tls.context().get().newHandler(ctx.alloc(), at.getHostString(), at.getPort());
        handler.setHandshakeTimeoutMillis(0); // server_connect_timeout is about all of the login
        Intake.encrypt(ctx.pipeline(), handler);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (!(event instanceof SslHandshakeCompletionEvent done)) {
            ctx.fireUserEventTriggered(event);
        } else if (done.isSuccess()) {
            SslHandler handler = (SslHandler) ctx.pipeline().get("tls");
            if (ctx.pipeline().get("login") instanceof ServerLogin login) {
                login.isOver(TlsSession.endPoint(handler.engine().getSession()));
            }
            goOn(ctx);
        } else {
            fail(ctx, "TLS failed: " + Faults.why(done.cause()));
        }
    }

    private void goOn(ChannelHandlerContext ctx) {
        ctx.fireChannelActive();
        ctx.pipeline().remove(this);
    }

    private static void fail(ChannelHandlerContext ctx, String why) {
        ctx.fireExceptionCaught(new ProtocolViolation(why));
    }
}
