package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.toomai.proxy.auth.Exchange;
import io.toomai.proxy.auth.Exchange.Step;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.console.Right;
import io.toomai.proxy.login.Negotiation;
import io.toomai.proxy.login.Opening;
import io.toomai.proxy.net.Gate.Admission;
import io.toomai.proxy.relay.ProtocolViolation;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A client from its StartupMessage until it has proven who it is. Then its place in the pipeline
/// is taken by an [Entrance]. Belongs to the first wing's event loop.
final class ClientLogin extends ChannelInboundHandlerAdapter {
    /// What a client may say to prove who it is, in bytes; PgBouncer takes passwords of up to
    /// 2,048. Whoever connects can have as much kept while nobody knows who it is, and as often as
    /// there may be connections.
    static final int LONGEST = 8_192;

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
        Intake.shut(ctx.channel()); // only who is asked something is listened to
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
                granted(ctx, who, grant, Optional.empty());
            }
        }

        @Override
        public void refuse(String code, String text, String why) {
            ClientLogin.this.refuse(ctx, code, text, why);
        }

        @Override
        public boolean isGone() {
            return stage instanceof Stage.Over;
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (stage instanceof Stage.Over) {
            ((ByteBuf) message).release();
            return;
        }
        try {
            gathered.add((ByteBuf) message);
        } catch (ProtocolViolation e) {
            refuse(ctx, "53200", e.what(), "while it was to prove who it is");
            return;
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
        Intake.shut(ctx.channel());
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
                Intake.open(ctx.channel());
            }
            case Step.Refused(String why) -> refuse(ctx, Refusal.wrongPassword(who, why));
            case Step.Granted(var grant, var last) -> granted(ctx, who, grant, last);
        }
    }

    /// By what held when it came; what holds now has the last word.
    ///
    /// @param last that belongs to what it was asked
    private void granted(
            ChannelHandlerContext ctx, Applicant came, Grant grant, Optional<byte[]> last) {
        Configuration now = premises.configuration();
        if (!came.isJudgedAlikeUnder(now)) {
            refuse(ctx, Refusal.outdated(came));
            return;
        }
        last.ifPresent(message -> write(ctx, 12, message));
        Applicant who = came.under(now);
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
        stage = new Stage.Over();
        String account = database.get().forcedUser().orElse(who.identity().user());
        Wing wing = premises.wings().of(who.identity().database(), account);
        Entrance entrance =
                new Entrance(
                        wing,
                        premises.newcomers(),
                        gathered.handOverKnown(),
                        new Entrance.Visitor(start, arrival, who, grant, account));
        ctx.pipeline().replace(this, "login", entrance);
        entrance.begin();
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
        premises.newcomers().remove(ctx.channel());
        gathered.leaveTo(
                ctx,
                this,
                "console",
                premises.consoles()
                        .open(
                                who.identity(),
                                right.get(),
                                ctx.channel(),
                                Negotiation.minor(start)));
    }

    private void refuse(ChannelHandlerContext ctx, String code, String text, String why) {
        refuse(ctx, new Refusal(code, text, why));
    }

    private void refuse(ChannelHandlerContext ctx, Refusal refusal) {
        if (stage instanceof Stage.Over) {
            return;
        }
        stage = new Stage.Over();
        Intake.open(ctx.channel()); // bytes that nobody reads would cost the client the last words
        refusal.tell(ctx, start, arrival.origin());
    }

    private static void write(ChannelHandlerContext ctx, int code, byte[] content) {
        ByteBuf out = ctx.alloc().ioBuffer(9 + content.length);
        out.writeByte('R').writeInt(8 + content.length).writeInt(code).writeBytes(content);
        Sending.write(ctx.channel(), out);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Newcomers.Late.LATE) {
            refuse(ctx, Refusal.LATE);
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
