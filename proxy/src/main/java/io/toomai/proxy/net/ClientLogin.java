package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.toomai.proxy.auth.Exchange;
import io.toomai.proxy.auth.Exchange.Step;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.console.Right;
import io.toomai.proxy.login.Negotiation;
import io.toomai.proxy.login.Opening;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.net.Gate.Admission;
import io.toomai.proxy.relay.MessageRules.SimpleQueries;
import io.toomai.proxy.relay.Output;
import io.toomai.proxy.relay.ProtocolViolation;
import io.toomai.proxy.session.CancelKey;
import io.toomai.proxy.session.ClientSettings;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A client from its StartupMessage until it may ask its first query. Then its place in the
/// pipeline is taken by a [ClientConnection]. Belongs to an event loop.
final class ClientLogin extends ChannelInboundHandlerAdapter {
    /// PostgreSQL's limit of an authentication message.
    static final int LONGEST = 65_536;

    private static final Logger LOG = LoggerFactory.getLogger(ClientLogin.class);

    private final Premises premises;
    private final Gathered gathered;
    private final Arrival arrival;
    private final Opening.Start start;
    private Stage stage = new Stage.Waiting();
    private @Nullable ChannelHandlerContext context;

    /// How far the login is.
    private sealed interface Stage {
        /// Somebody else is asked: a server, a computing thread. The client has to be patient.
        record Waiting() implements Stage {}

        record Proving(Applicant who, Exchange exchange) implements Stage {}

        record Over() implements Stage {}
    }

    ClientLogin(Premises premises, Gathered gathered, Arrival arrival, Opening.Start start) {
        this.premises = premises;
        this.gathered = gathered;
        this.arrival = arrival;
        this.start = start;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /// Once it is in the pipeline.
    void begin() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("a login begins in a pipeline");
        }
        try {
            Negotiation.answer(start).ifPresent(message -> Sending.write(ctx.channel(), message));
            switch (premises.gate().admit(start, arrival)) {
                case Admission.Refused(String code, String text, String why) ->
                        refuse(ctx, code, text, why);
                case Admission.Asked(Applicant who) -> {
                    if (OwnUser.comes(who.identity(), arrival)) {
                        enterConsole(ctx, who); // no list needs to know this user
                    } else {
                        premises.examiner().examine(who, new Judged(ctx, who));
                    }
                }
            }
        } catch (ProtocolViolation e) {
            refuse(ctx, "08P01", e.what(), "its StartupMessage");
        }
    }

    /// The examiner's words, if the client is still there to hear them.
    private final class Judged implements Examiner.Verdict {
        private final ChannelHandlerContext ctx;
        private final Applicant who;

        Judged(ChannelHandlerContext ctx, Applicant who) {
            this.ctx = ctx;
            this.who = who;
        }

        @Override
        public void ask(Exchange exchange) {
            if (stage instanceof Stage.Waiting) {
                step(ctx, who, exchange, exchange.begin());
                more(ctx);
            }
        }

        @Override
        public void grant(Grant grant) {
            if (stage instanceof Stage.Waiting) {
                granted(ctx, who, grant);
            }
        }

        @Override
        public void refuse(String code, String text, String why) {
            ClientLogin.this.refuse(ctx, code, text, why);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (stage instanceof Stage.Over) {
            ((ByteBuf) message).release();
            return;
        }
        gathered.add((ByteBuf) message);
        if (gathered.isFull()) {
            Intake.shut(ctx.channel()); // until it may ask queries
        }
        more(ctx);
    }

    private void more(ChannelHandlerContext ctx) {
        try {
            while (stage instanceof Stage.Proving(var who, var exchange) && gathered.hasMessage()) {
                if (gathered.type() != 'p') {
                    throw new ProtocolViolation(
                            "expected password response, got message type "
                                    + (gathered.type() & 0xff));
                }
                answered(ctx, who, exchange, ByteBufUtil.getBytes(gathered.takeBody()));
            }
        } catch (ProtocolViolation e) {
            refuse(ctx, "08P01", e.what(), "while it was to prove who it is");
        }
    }

    private void answered(
            ChannelHandlerContext ctx, Applicant who, Exchange exchange, byte[] body) {
        if (!exchange.isCostly()) {
            step(ctx, who, exchange, exchange.answer(body));
            return;
        }
        stage = new Stage.Waiting();
        premises.aside()
                .compute(
                        ctx.channel().eventLoop(),
                        () -> exchange.answer(body),
                        answer -> {
                            if (stage instanceof Stage.Waiting) {
                                step(
                                        ctx,
                                        who,
                                        exchange,
                                        answer.orElseGet(
                                                () -> new Step.Refused("computing is behind")));
                                more(ctx);
                            }
                        });
    }

    private void step(ChannelHandlerContext ctx, Applicant who, Exchange exchange, Step step) {
        switch (step) {
            case Step.Ask(int code, byte[] content) -> {
                stage = new Stage.Proving(who, exchange);
                write(ctx, code, content);
                ctx.channel().flush();
            }
            case Step.Refused(String why) ->
                    refuse(
                            ctx,
                            "28P01",
                            "password authentication failed for user \""
                                    + who.identity().user()
                                    + "\"",
                            why);
            case Step.Granted(var grant, var last) -> {
                last.ifPresent(message -> write(ctx, 12, message));
                granted(ctx, who, Examiner.serverGrant(who, grant, Optional.empty()));
            }
        }
    }

    private void granted(ChannelHandlerContext ctx, Applicant who, Grant grant) {
        if (who.isForConsole()) {
            enterConsole(ctx, who);
            return;
        }
        Optional<Database> database = who.database();
        if (database.isEmpty()) {
            refuse(
                    ctx,
                    "3D000",
                    "no such database: " + who.identity().database(),
                    "no entry of [databases] is about it");
            return;
        }
        boolean replicates = Replication.isWanted(who.identity().settings());
        if (replicates
                && premises.pools().messages().simpleQueries() == SimpleQueries.ARE_REFUSED) {
            refuse(ctx, "08P01", "PQexec disallowed", "who replicates needs simple queries");
            return;
        }
        stage = new Stage.Waiting();
        ServerPool pool =
                premises.pools()
                        .of(
                                database.get(),
                                new Pools.Name(
                                        who.identity().database(),
                                        who.identity().user(),
                                        who.route()),
                                who.configuration());
        if (replicates) {
            replicate(ctx, who, pool, grant);
            return;
        }
        Optional<String> unfit = who.identity().causalGroup().flatMap(pool::unfitForCausality);
        if (unfit.isPresent()) {
            refuse(ctx, "0A000", unfit.get(), "its wish for causal reads");
            return;
        }
        pool.welcome(
                grant,
                new WaitingRoom.Guest() {
                    @Override
                    public void welcome(Welcome said) {
                        enter(ctx, who, pool, said);
                    }

                    @Override
                    public void refused(String code, String text) {
                        refuse(ctx, code, text, "its pool has no server");
                    }

                    @Override
                    public boolean isGone() {
                        return !ctx.channel().isActive();
                    }
                });
    }

    private void replicate(ChannelHandlerContext ctx, Applicant who, ServerPool pool, Grant grant) {
        premises.replication()
                .open(
                        pool,
                        grant,
                        new Replication.Asked(who.identity(), ctx.channel(), start.minor()),
                        new Replication.Guest() {
                            @Override
                            public void welcome(Welcome said, Passage passage) {
                                enterPassage(ctx, said, passage);
                            }

                            @Override
                            public void refused(String code, String text) {
                                refuse(ctx, code, text, "its server has refused it");
                            }
                        });
    }

    private void enterPassage(ChannelHandlerContext ctx, Welcome said, Passage passage) {
        stage = new Stage.Over();
        LOG.info(
                "login: db={} user={} from={} replicates from {}",
                passage.identity().database(),
                passage.identity().user(),
                arrival.origin(),
                passage.target().name());
        Output out = new Output(ctx.alloc());
        out.room(1024).writeByte('R').writeInt(8).writeInt(0);
        said.parameters()
                .forEach((name, value) ->
                        Replies.parameter(out, name, value, StandardCharsets.UTF_8));
        Replies.ready(out, passage.cancelKey());
        out.drainTo(piece -> Sending.write(ctx.channel(), piece));
        ctx.channel().flush();
        goOn(ctx, "passage", passage.toServer());
    }

    private void enterConsole(ChannelHandlerContext ctx, Applicant who) {
        Optional<Right> right =
                OwnUser.comes(who.identity(), arrival)
                        ? Optional.of(Right.ADMIN)
                        : Right.of(
                                who.identity().user(),
                                premises.configuration().settings().values());
        if (right.isEmpty()) {
            refuse(ctx, "08P01", "not allowed", "it is neither in admin_users nor in stats_users");
            return;
        }
        stage = new Stage.Over();
        goOn(
                ctx,
                "console",
                premises.consoles()
                        .open(
                                who.identity(),
                                right.get(),
                                ctx.channel(),
                                Negotiation.minor(start)));
    }

    /// Another handler has the connection from now on, with what came early.
    private void goOn(ChannelHandlerContext ctx, String name, ChannelInboundHandler next) {
        premises.newcomers().remove(ctx.channel());
        ByteBuf early = Unpooled.copiedBuffer(gathered.all());
        Intake.open(ctx.channel()); // unless the next one has a reason against it
        ctx.pipeline().replace(this, name, next);
        if (early.isReadable()) {
            ctx.fireChannelRead(early).fireChannelReadComplete(); // from here on, not through TLS
        }
    }

    private void enter(ChannelHandlerContext ctx, Applicant who, ServerPool pool, Welcome said) {
        if (stage instanceof Stage.Over || !ctx.channel().isActive()) {
            return;
        }
        Optional<String> limit = Crowd.limit(who, premises.clients());
        if (limit.isPresent()) {
            refuse(ctx, "53300", limit.get(), "as many are there as may be");
            return;
        }
        ClientSettings settings;
        try {
            settings =
                    new ClientSettings(
                            pool.settings(), who.identity().settings(), said.parameters());
        } catch (ProtocolViolation e) {
            refuse(ctx, "08P01", e.what(), "its StartupMessage");
            return;
        }
        stage = new Stage.Over();
        if (premises.configuration().settings().values().isOn("log_connections")) {
            LOG.info(
                    "C-0x{}: {}/{}@{} login attempt: db={} user={} tls={} replication={}",
                    Long.toHexString(who.identity().number()),
                    who.identity().database(),
                    who.identity().user(),
                    arrival.origin(),
                    who.identity().database(),
                    who.identity().user(),
                    arrival.isEncrypted() ? arrival.origin().tls() : "no",
                    who.identity().settings().getOrDefault("replication", "no"));
        }
        Output out = new Output(ctx.alloc());
        out.room(1024).writeByte('R').writeInt(8).writeInt(0);
        settings.welcome()
                .forEach((name, value) ->
                        Replies.parameter(out, name, value, StandardCharsets.UTF_8));
        CancelKey key = premises.cancels().makeKey(Negotiation.minor(start));
        premises.configuration()
                .settings()
                .values()
                .given("login_notify_message")
                .ifPresent(text -> Replies.notice(out, "00000", text));
        Replies.ready(out, key);
        out.drainTo(piece -> Sending.write(ctx.channel(), piece));
        ctx.channel().flush();
        goOn(
                ctx,
                "client",
                new ClientConnection(
                        premises,
                        new ClientConnection.Passport(who.identity(), settings, key),
                        pool,
                        ctx.channel()));
    }

    private void refuse(ChannelHandlerContext ctx, String code, String text, String why) {
        if (stage instanceof Stage.Over) {
            return;
        }
        stage = new Stage.Over();
        LOG.info(
                "login failed: db={} user={} from={} reason={} ({})",
                printable(start.database()),
                printable(start.user()),
                arrival.origin(),
                text,
                why);
        Replies.lastWords(ctx, code, text);
    }

    /// A name that somebody unknown has sent makes no second line in a log.
    private static String printable(String name) {
        String start = name.length() <= 128 ? name : name.substring(0, 128) + "…";
        return start.replaceAll("\\p{Cntrl}", "?");
    }

    private static void write(ChannelHandlerContext ctx, int code, byte[] content) {
        ByteBuf out = ctx.alloc().ioBuffer(9 + content.length);
        out.writeByte('R').writeInt(8 + content.length).writeInt(code).writeBytes(content);
        Sending.write(ctx.channel(), out);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Newcomers.Late.LATE) {
            refuse(ctx, "08P01", "client_login_timeout", "its login took too long");
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        gathered.release();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stage = new Stage.Over();
        premises.newcomers().remove(ctx.channel());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Faults.end(ctx.channel(), cause);
    }
}
