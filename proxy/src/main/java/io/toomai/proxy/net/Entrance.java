package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.login.Negotiation;
import io.toomai.proxy.login.Opening;
import io.toomai.proxy.login.ReplicationWish;
import io.toomai.proxy.login.Welcome;
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

/// A client that has proven who it is, on its way to its pool's wing, and there until it may ask
/// its first query. Then its place in the pipeline is taken by a [ClientConnection]. Belongs to the
/// event loop that the connection is on.
final class Entrance extends ChannelInboundHandlerAdapter implements Transfer.Traveller {
    private static final Logger LOG = LoggerFactory.getLogger(Entrance.class);

    private final Wing wing;
    private final Newcomers newcomers;
    private final Gathered gathered;
    private final Visitor visitor;
    private Stage stage = Stage.ON_THE_WAY;
    private @Nullable ChannelHandlerContext context;

    /// Who wants to come in.
    ///
    /// @param grant what it has shown, or what is known of it
    /// @param account as whom servers are logged in to for it, which has led it to its wing
    record Visitor(
            Opening.Start start, Arrival arrival, Applicant who, Grant grant, String account) {
        Identity identity() {
            return who.identity();
        }
    }

    private enum Stage {
        ON_THE_WAY,
        /// For what a server says.
        WAITING,
        OVER
    }

    /// @param gathered what the client has sent already
    Entrance(Wing wing, Newcomers newcomers, Gathered gathered, Visitor visitor) {
        this.wing = wing;
        this.newcomers = newcomers;
        this.gathered = gathered;
        this.visitor = visitor;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /// Once it is in the pipeline.
    void begin() {
        ChannelHandlerContext ctx = context();
        if (wing.loop().equals(ctx.channel().eventLoop())) {
            Intake.open(ctx.channel());
            arrived();
        } else {
            Transfer.begin(ctx.channel(), wing.loop(), this);
        }
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("one comes in by a pipeline");
        }
        return ctx;
    }

    @Override
    public void lost() {
        stage = Stage.OVER;
        newcomers.remove(context().channel());
        gathered.release();
    }

    @Override
    public void arrived() {
        ChannelHandlerContext ctx = context();
        if (stage == Stage.OVER) {
            return;
        }
        stage = Stage.WAITING;
        boolean replicates = visitor.identity().replication() != ReplicationWish.NONE;
        if (replicates && wing.pools().messages().simpleQueries() == SimpleQueries.ARE_REFUSED) {
            refuse(
                    ctx,
                    new Refusal(
                            "08P01", "PQexec disallowed", "who replicates needs simple queries"));
            return;
        }
        Applicant who = now();
        Optional<Refusal> late = changed(who);
        if (late.isPresent()) {
            refuse(ctx, late.get());
            return;
        }
        ServerPool pool =
                wing.pools()
                        .of(
                                who.database().orElseThrow(),
                                new Pools.Name(
                                        visitor.identity().database(),
                                        visitor.identity().user(),
                                        who.route()),
                                wing.configuration());
        Grant grant = who.lends(visitor.grant());
        if (replicates) {
            replicate(ctx, pool, who, grant);
            return;
        }
        Optional<String> unfit = visitor.identity().causalGroup().flatMap(pool::unfitForCausality);
        if (unfit.isPresent()) {
            refuse(ctx, new Refusal("0A000", unfit.get(), "its wish for causal reads"));
            return;
        }
        pool.welcome(
                grant,
                new WaitingRoom.Guest() {
                    @Override
                    public void welcome(Welcome said) {
                        enter(ctx, pool, said);
                    }

                    @Override
                    public void refused(String code, String text) {
                        refuse(ctx, new Refusal(code, text, "its pool has no server"));
                    }

                    @Override
                    public long queryWait() {
                        return pool.timesOf(visitor.identity().user()).queryWait();
                    }

                    @Override
                    public boolean isGone() {
                        return !ctx.channel().isActive();
                    }
                });
    }

    /// The settings may have changed on its way, or while it waited: what it has proven may count
    /// no more, or not for the pool that it is led to.
    private Optional<Refusal> changed(Applicant who) {
        if (who.database().isEmpty()) {
            return Optional.of(
                    new Refusal("3D000", "database removed", "it was removed meanwhile"));
        }
        if (!visitor.who().isJudgedAlikeUnder(who.configuration())) {
            return Optional.of(Refusal.outdated(who));
        }
        String account = who.database().get().forcedUser().orElse(visitor.identity().user());
        return account.equals(visitor.account())
                ? Optional.empty()
                : Optional.of(
                        new Refusal(
                                "08P01",
                                "database configuration changed",
                                "another user is forced meanwhile"));
    }

    /// As the settings are after it has waited.
    private Applicant now() {
        return visitor.who().under(wing.configuration());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (stage == Stage.OVER) {
            ((ByteBuf) message).release();
            return;
        }
        gathered.add((ByteBuf) message);
        if (gathered.isFull()) {
            Intake.shut(ctx.channel()); // until it may ask queries
        }
    }

    // ---- replication

    /// It is one of the crowd before a server is asked for: else there could be any number of them.
    private void replicate(ChannelHandlerContext ctx, ServerPool pool, Applicant who, Grant grant) {
        if (!isLetIn(ctx, who)) {
            return;
        }
        ctx.channel().closeFuture().addListener(_ -> wing.crowd().leave(visitor.identity()));
        wing.replication()
                .open(
                        pool,
                        grant,
                        new Replication.Asked(
                                visitor.identity(), ctx.channel(), visitor.start().minor()),
                        new Replication.Guest() {
                            @Override
                            public void welcome(Welcome said, Passage passage) {
                                Optional<Refusal> late = changed(now());
                                if (late.isPresent()) {
                                    refuse(ctx, late.get());
                                    Sending.close(passage.ends().server());
                                } else {
                                    enterPassage(ctx, said, passage);
                                }
                            }

                            @Override
                            public void refused(String code, String text) {
                                refuse(ctx, new Refusal(code, text, "its server has refused it"));
                            }
                        });
    }

    private void enterPassage(ChannelHandlerContext ctx, Welcome said, Passage passage) {
        stage = Stage.OVER;
        LOG.info(
                "login: db={} user={} from={} replicates from {}",
                Printable.of(passage.identity().database()),
                Printable.of(passage.identity().user()),
                visitor.arrival().origin(),
                passage.ends().target().name());
        Output out = new Output(ctx.alloc());
        out.room(1024).writeByte('R').writeInt(8).writeInt(0);
        said.parameters()
                .forEach((name, value) ->
                        Replies.parameter(out, name, value, StandardCharsets.UTF_8));
        Replies.ready(out, passage.cancelKey());
        out.drainTo(piece -> Sending.write(ctx.channel(), piece));
        ctx.channel().flush();
        gathered.leaveTo(ctx, this, "passage", passage.toServer());
    }

    // ---- a pool's client

    private void enter(ChannelHandlerContext ctx, ServerPool pool, Welcome said) {
        if (stage == Stage.OVER || !ctx.channel().isActive()) {
            return;
        }
        Applicant who = now();
        Optional<Refusal> late = changed(who);
        if (late.isPresent()) {
            refuse(ctx, late.get());
            return;
        }
        ClientSettings settings;
        try {
            settings =
                    new ClientSettings(
                            pool.settings(), visitor.identity().settings(), said.parameters());
        } catch (ProtocolViolation e) {
            refuse(ctx, new Refusal("08P01", e.what(), "its StartupMessage"));
            return;
        }
        if (!isLetIn(ctx, who)) {
            return;
        }
        stage = Stage.OVER;
        if (wing.configuration().settings().values().isOn("log_connections")) {
            logEntry();
        }
        CancelKey key = wing.cancels().makeKey(Negotiation.minor(visitor.start()));
        welcome(ctx, settings, key);
        gathered.leaveTo(
                ctx,
                this,
                "client",
                new ClientConnection(
                        wing,
                        new ClientConnection.Passport(visitor.identity(), settings, key),
                        pool,
                        ctx.channel()));
    }

    /// From then on it is counted.
    private boolean isLetIn(ChannelHandlerContext ctx, Applicant who) {
        Optional<String> limit = newcomers.comesIn(ctx.channel(), who, wing.crowd());
        limit.ifPresent(
                text -> refuse(ctx, new Refusal("53300", text, "as many are there as may be")));
        return limit.isEmpty();
    }

    private void welcome(ChannelHandlerContext ctx, ClientSettings settings, CancelKey key) {
        Output out = new Output(ctx.alloc());
        out.room(1024).writeByte('R').writeInt(8).writeInt(0);
        settings.welcome()
                .forEach((name, value) ->
                        Replies.parameter(out, name, value, StandardCharsets.UTF_8));
        wing.configuration()
                .settings()
                .values()
                .given("login_notify_message")
                .ifPresent(text -> Replies.notice(out, "00000", text));
        Replies.ready(out, key);
        out.drainTo(piece -> Sending.write(ctx.channel(), piece));
        ctx.channel().flush();
    }

    private void logEntry() {
        Identity identity = visitor.identity();
        Origin origin = visitor.arrival().origin();
        LOG.info(
                "{} login attempt: db={} user={} tls={} replication=no",
                identity.label(),
                Printable.of(identity.database()),
                Printable.of(identity.user()),
                visitor.arrival().isEncrypted() ? origin.tls() : "no");
    }

    // ---- the end

    private void refuse(ChannelHandlerContext ctx, Refusal refusal) {
        if (stage != Stage.OVER) {
            stage = Stage.OVER;
            refusal.tell(ctx, visitor.start(), visitor.arrival().origin());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != Newcomers.Late.LATE) {
            return;
        }
        if (stage == Stage.ON_THE_WAY) {
            Sending.close(ctx.channel()); // between two loops nothing can be said
        } else {
            refuse(ctx, Refusal.LATE);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        gathered.release();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stage = Stage.OVER;
        newcomers.remove(ctx.channel());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Faults.end(ctx.channel(), cause);
    }
}
