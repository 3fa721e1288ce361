package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.toomai.proxy.login.Opening;
import io.toomai.proxy.login.ProxyHeader;
import io.toomai.proxy.relay.ProtocolViolation;
import io.toomai.proxy.tls.ClientTls;
import io.toomai.proxy.tls.TlsReader;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A client's first bytes: a balancer's header, requests for encryption, TLS, until it says with a
/// StartupMessage who it is. Then its place in the pipeline is taken by a [ClientLogin]. Belongs to
/// the first wing's event loop.
final class Threshold extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Threshold.class);

    /// The type of TLS's first record: a client that does not ask in plain first.
    private static final byte TLS_HANDSHAKE = 0x16;

    private final Premises premises;
    private final Gathered gathered;
    private Arrival arrival;

    /// Who is trusted to tell who the client is, in the TLS that it is about to get.
    private String trust = "";

    private Stage stage;
    private Asked ssl = Asked.NOT_YET;
    private Asked gss = Asked.NOT_YET;

    private enum Stage {
        BEFORE_HEADER,
        BEFORE_ANYTHING,
        ASKING,
        SHAKING_HANDS_AS_ASKED,
        SHAKING_HANDS_DIRECTLY,
        OVER
    }

    /// A request that may be made once.
    private enum Asked {
        NOT_YET,
        ONCE
    }

    Threshold(Premises premises, Gathered gathered, Arrival arrival) {
        this.premises = premises;
        this.gathered = gathered;
        this.arrival = arrival;
        this.stage = isBehindBalancer() ? Stage.BEFORE_HEADER : Stage.BEFORE_ANYTHING;
    }

    private boolean isBehindBalancer() {
        return arrival.origin()
                .address()
                .filter(address ->
                        premises
                                .configuration()
                                .settings()
                                .values()
                                .networks("proxy_protocol_networks")
                                .stream()
                                .anyMatch(network -> network.contains(address)))
                .isPresent();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        premises.newcomers().add(ctx.channel(), System.nanoTime());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (stage == Stage.OVER) {
            ((ByteBuf) message).release();
            return;
        }
        try {
            gathered.add((ByteBuf) message);
            boolean goesOn = true;
            while (goesOn) {
                goesOn =
                        switch (stage) {
                            case BEFORE_HEADER -> header();
                            case BEFORE_ANYTHING -> firstByte(ctx);
                            case ASKING -> asks(ctx);
                            case SHAKING_HANDS_AS_ASKED, SHAKING_HANDS_DIRECTLY, OVER -> false;
                        };
            }
        } catch (ProtocolViolation e) {
            refuse(ctx, e.what());
        }
    }

    /// @return whether what follows may be looked at; so all of these
    private boolean header() {
        Optional<ProxyHeader> header = ProxyHeader.read(gathered.all());
        if (header.isEmpty()) {
            return false;
        }
        if (header.get() instanceof ProxyHeader.Client(var address, var port)) {
            arrival = arrival.from(address, port);
        }
        stage = Stage.BEFORE_ANYTHING;
        return true;
    }

    private boolean firstByte(ChannelHandlerContext ctx) {
        if (!gathered.all().isReadable()) {
            return false;
        }
        if (gathered.type() != TLS_HANDSHAKE) {
            stage = Stage.ASKING;
            return true;
        }
        if (!(clientTls() instanceof ClientTls.On on) || arrival.isLocal()) {
            end(ctx, "it begins with TLS, which is not offered here");
            return false;
        }
        stage = Stage.SHAKING_HANDS_DIRECTLY;
        ByteBuf hello = Unpooled.copiedBuffer(gathered.all());
        gathered.all().skipBytes(hello.readableBytes());
        encrypt(ctx, on);
        ctx.pipeline().fireChannelRead(hello).fireChannelReadComplete();
        return false;
    }

    private boolean asks(ChannelHandlerContext ctx) {
        Optional<Opening> opening = Opening.read(gathered.all());
        if (opening.isEmpty()) {
            return false;
        }
        return switch (opening.get()) {
            case Opening.SslRequest _ -> asksForTls(ctx);
            case Opening.GssRequest _ -> {
                gss = once(gss, "GSSAPI");
                mustBeUnencrypted("GSSAPI");
                say(ctx, 'N');
                yield true;
            }
            case Opening.Cancel cancel -> {
                stage = Stage.OVER;
                premises.wings().first().cancels().request(cancel, ctx.channel());
                yield false;
            }
            case Opening.Start start -> {
                starts(ctx, start);
                yield false;
            }
        };
    }

    private boolean asksForTls(ChannelHandlerContext ctx) {
        ssl = once(ssl, "SSL");
        mustBeUnencrypted("SSL");
        if (!(clientTls() instanceof ClientTls.On on) || arrival.isLocal()) {
            say(ctx, 'N');
            return true;
        }
        if (gathered.all().isReadable()) {
            // They came before the handshake, so whoever sent them is not whom it will prove.
            end(ctx, "it sent bytes in plain behind its request for TLS");
            return false;
        }
        stage = Stage.SHAKING_HANDS_AS_ASKED;
        say(ctx, 'S');
        encrypt(ctx, on);
        return false;
    }

    private static Asked once(Asked before, String what) {
        if (before == Asked.ONCE) {
            throw new ProtocolViolation("a second request for " + what + " encryption");
        }
        return Asked.ONCE;
    }

    private void mustBeUnencrypted(String what) {
        if (arrival.isEncrypted()) {
            throw new ProtocolViolation("a request for " + what + " encryption within TLS");
        }
    }

    private void starts(ChannelHandlerContext ctx, Opening.Start start) {
        boolean mustEncrypt =
                clientTls() instanceof ClientTls.On(_, var demand, _)
                        && demand != ClientTls.Demand.OFFERED;
        if (mustEncrypt && !arrival.isEncrypted() && !arrival.isLocal()) {
            refuse(ctx, "SSL required");
            return;
        }
        stage = Stage.OVER;
        ClientLogin login = new ClientLogin(premises, gathered.handOver(), arrival, start);
        ctx.pipeline().replace(this, "login", login);
        login.begin();
    }

    private ClientTls clientTls() {
        return premises.configuration().access().clientTls();
    }

    private void encrypt(ChannelHandlerContext ctx, ClientTls.On tls) {
        trust = tls.trust();
        SslHandler handler = tls.context().newHandler(ctx.alloc());
        handler.setHandshakeTimeoutMillis(0); // client_login_timeout is about all of the login
        Intake.encrypt(ctx.pipeline(), handler);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Newcomers.Late.LATE) {
            refuse(ctx, "client_login_timeout");
        } else if (event instanceof SslHandshakeCompletionEvent done) {
            shaken(ctx, done);
        }
    }

    private void shaken(ChannelHandlerContext ctx, SslHandshakeCompletionEvent done) {
        if (!done.isSuccess()) {
            end(ctx, "TLS failed: " + Faults.why(done.cause()));
            return;
        }
        SslHandler tls = (SslHandler) ctx.pipeline().get("tls");
        boolean direct = stage == Stage.SHAKING_HANDS_DIRECTLY;
        if (direct && !TlsReader.ALPN.equals(tls.applicationProtocol())) {
            end(ctx, "it begins with TLS and does not say by ALPN that it means PostgreSQL");
            return;
        }
        arrival = TlsSession.of(tls.engine().getSession(), trust, arrival);
        stage = Stage.ASKING;
    }

    private void refuse(ChannelHandlerContext ctx, String text) {
        if (stage == Stage.OVER) {
            return;
        }
        LOG.info("login failed: from={} reason={}", arrival.origin(), Printable.of(text));
        boolean isReadable =
                stage != Stage.SHAKING_HANDS_AS_ASKED && stage != Stage.SHAKING_HANDS_DIRECTLY;
        stage = Stage.OVER;
        if (isReadable) {
            Replies.lastWords(ctx, "08P01", text);
        } else {
            Sending.close(ctx.channel());
        }
    }

    /// Without a word: the peer would not understand one.
    private void end(ChannelHandlerContext ctx, String why) {
        if (stage != Stage.OVER) {
            LOG.info("login failed: from={} reason={}", arrival.origin(), Printable.of(why));
            stage = Stage.OVER;
        }
        Sending.close(ctx.channel());
    }

    private static void say(ChannelHandlerContext ctx, char answer) {
        Sending.write(ctx.channel(), ctx.alloc().ioBuffer(1).writeByte(answer));
        ctx.channel().flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stage = Stage.OVER;
        premises.newcomers().remove(ctx.channel());
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        gathered.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Faults.report(ctx.channel(), cause);
        boolean hasAsked = stage != Stage.BEFORE_HEADER && stage != Stage.BEFORE_ANYTHING;
        if (hasAsked || !(cause instanceof IOException)) {
            end(ctx, Faults.why(cause));
        } else { // as balancers do that only look whether somebody listens
            stage = Stage.OVER;
            Sending.close(ctx.channel());
        }
    }
}
