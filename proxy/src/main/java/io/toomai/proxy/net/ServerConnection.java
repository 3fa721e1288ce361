package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.toomai.core.model.Lsn;
import io.toomai.proxy.config.PoolMode;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.net.Brake.Reason;
import io.toomai.proxy.net.Destination.Outage;
import io.toomai.proxy.pool.Server;
import io.toomai.proxy.pool.Stay;
import io.toomai.proxy.relay.ClientStream;
import io.toomai.proxy.relay.DataRow;
import io.toomai.proxy.relay.LostServer;
import io.toomai.proxy.relay.Output;
import io.toomai.proxy.relay.ProtocolViolation;
import io.toomai.proxy.relay.ServerError;
import io.toomai.proxy.relay.ServerSide;
import io.toomai.proxy.relay.ServerStream;
import io.toomai.proxy.relay.Statements;
import io.toomai.proxy.relay.UnconfirmedCommit;
import io.toomai.proxy.route.CausalGroup;
import io.toomai.proxy.route.Claim;
import io.toomai.proxy.session.Belongings.PreparedThere;
import io.toomai.proxy.session.CancelKey;
import io.toomai.proxy.session.ServerSettings;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A connection to a server after its login. Belongs to the event loop of its pool.
final class ServerConnection extends ChannelInboundHandlerAdapter
        implements ServerStream.Notes, Server {
    private final ServerPool pool;
    private final Channel channel;
    private final Welcome welcome;
    private final Brake brake;
    private final ServerSide side;
    private final ServerStream stream;
    private final Output output;
    private final Output nowhere;
    private final ClientStream nobody;
    private final Consumer<ByteBuf> write;
    private final Turn turn;
    private final Stay stay = new Stay();
    private final ServerSettings settings;
    private final long number;
    private final Instant connected = Instant.now();
    private final CancelKey cancelKey;
    private @Nullable ClientConnection client;
    private @Nullable OwnQuery ownQuery;
    private @Nullable ServerCancel cancel;
    private @Nullable Next afterCancel;
    private final Next freed;
    private @Nullable CausalGroup owed;
    private Lsn readable = Lsn.ZERO;
    private long links;
    private long linkedAt;
    private long ownQueryAt;
    private long heardAt;
    private long answered;
    private long ended;
    private long committals;

    /// @throws ProtocolViolation when the server says more of itself than any honest one
    ServerConnection(ServerPool pool, Channel channel, Welcome welcome) {
        this.pool = pool;
        this.channel = channel;
        this.welcome = welcome;
        settings = new ServerSettings(pool.settings(), welcome.parameters());
        number = pool.nextNumber();
        cancelKey = new CancelKey(welcome.process(), welcome.key());
        turn = pool.turn();
        freed = () -> pool.freed(this);
        brake = new Brake(channel);
        side = new ServerSide(Math.max(1, pool.preparedStatements()));
        stream = new ServerStream(side, this, pool.messages());
        output = new Output(channel.alloc());
        nowhere = new Output(channel.alloc());
        nobody = new ClientStream(new Statements.AsTheyAre(), nowhere);
        write = piece -> Sending.write(channel, piece);
        if (pool.outage() == Outage.IS_WAITED_OUT) {
            stream.keepLastWords();
        }
    }

    /// No other connection of this process to a server had it.
    long number() {
        return number;
    }

    Instant connected() {
        return connected;
    }

    /// When its present or latest client got it, in nanoseconds; 0 if it never had one.
    long linkedAt() {
        return linkedAt;
    }

    Channel channel() {
        return channel;
    }

    ServerPool pool() {
        return pool;
    }

    ServerSettings settings() {
        return settings;
    }

    @Override
    public Object state() {
        return settings.state();
    }

    @Override
    public Stay stay() {
        return stay;
    }

    /// What it said of itself when it was opened.
    Welcome welcome() {
        return welcome;
    }

    void close() {
        Sending.close(channel);
    }

    ServerSide side() {
        return side;
    }

    Output output() {
        return output;
    }

    Brake brake() {
        return brake;
    }

    @Nullable ClientConnection client() {
        return client;
    }

    /// When it last said anything, in nanoseconds.
    long heardAt() {
        return heardAt;
    }

    /// A part of a message has gone to the client and the rest is still to come.
    boolean isInsideMessage() {
        return stream.isMidMessage();
    }

    void link(ClientConnection to) {
        client = to;
        links++;
        linkedAt = turn.now();
        if (to.mode() == PoolMode.STATEMENT) {
            stream.linkForStatements();
        } else {
            stream.link();
        }
        if (!to.channel().isWritable()) {
            brake.hold(Reason.PEER_IS_FULL);
        }
    }

    /// Cancels what it does for its client, and nothing that it does for another one later.
    ///
    /// @param asker is closed when that is done
    void cancel(Cancels by, Channel asker) {
        cancel(by);
        ServerCancel running = cancel;
        if (running == null) {
            Sending.close(asker);
        } else {
            running.add(asker);
        }
    }

    void cancel(Cancels by) {
        ServerCancel running = cancel;
        if (running != null && !running.isStillWanted()) {
            running.giveUp(); // an earlier client's, which has not arrived
        }
        if (cancel == null && mayBeCanceled()) {
            long meant = links;
            cancel =
                    by.send(
                                    channel,
                                    cancelKey,
                                    () -> links == meant && client != null && mayBeCanceled(),
                                    this::cancelEnded)
                            .orElse(null);
        }
    }

    /// A COMMIT may be waiting for a standby: if it were canceled, nobody could tell whether what
    /// is committed lasts (decision 0035).
    private boolean mayBeCanceled() {
        return !side.isFree()
                && (unconfirmedCommit() == UnconfirmedCommit.WARNING || !side.isCommitting());
    }

    @Override
    public boolean listensApart() {
        ClientConnection to = client;
        return to != null && to.mode() != PoolMode.SESSION && pool.terms().listens();
    }

    @Override
    public void unlistened(String channel) {
        ClientConnection to = client;
        if (to != null) {
            to.notifications().unsubscribe(channel);
        }
    }

    @Override
    public UnconfirmedCommit unconfirmedCommit() {
        return pool.terms().unconfirmedCommit();
    }

    private void cancelEnded() {
        ServerCancel over = cancel;
        cancel = null;
        if (over != null && over.state() == ServerCancel.State.IN_DOUBT) {
            Sending.close(channel); // it might cancel what the server does next
        } else {
            takeNext().ifPresent(Next::begin);
        }
    }

    /// The request to cancel that is under way to it.
    Optional<ServerCancel> runningCancel() {
        return Optional.ofNullable(cancel);
    }

    /// It would be free if it were known that nothing can be cancelled any more.
    boolean isBeingCanceled() {
        return afterCancel != null;
    }

    /// What is done while a cancel is on its way could be what it hits.
    private void whenSafe(Next next) {
        ServerCancel running = cancel;
        if (running != null && running.state() == ServerCancel.State.DELIVERED) {
            afterCancel = next;
        } else {
            next.begin();
        }
    }

    private Optional<Next> takeNext() {
        Optional<Next> next = Optional.ofNullable(afterCancel);
        afterCancel = null;
        return next;
    }

    /// What comes next for it, by itself and not for a client.
    interface Next {
        void begin();

        /// It is gone before that could begin.
        default void lost() {}
    }

    /// Asks on the proxy's own account. No client may have the server meanwhile, and nobody else
    /// may ask.
    void ask(String query, OwnQuery.End end) {
        ownQuery = new OwnQuery(end);
        ownQueryAt = turn.now();
        side.askItself();
        ByteBuf out = output.room(6 + query.length() * 3);
        int start = out.writerIndex() + 1;
        out.writeByte('Q').writeInt(0);
        ByteBufUtil.writeUtf8(out, query);
        out.writeByte(0);
        out.setInt(start, out.writerIndex() - start);
        flush();
    }

    /// Prepares statements on the proxy's own account, as [#ask] asks.
    void prepare(List<PreparedThere> statements, OwnQuery.End end) {
        ownQuery = new OwnQuery(end);
        ownQueryAt = turn.now();
        side.prepareItself(statements.size());
        for (PreparedThere each : statements) {
            int length = 4 + each.name().length + each.text().length + 4 + 4 * each.types().size();
            ByteBuf out = output.room(1 + length);
            out.writeByte('P').writeInt(length);
            out.writeBytes(each.name()).writeByte(0).writeBytes(each.text()).writeByte(0);
            out.writeShort(each.types().size());
            each.types().forEach(out::writeInt);
        }
        output.room(5).writeByte('S').writeInt(4);
        flush();
    }

    void flush() {
        if (!output.isEmpty()) {
            output.drainTo(write);
            channel.flush();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        ClientConnection to = client;
        heardAt = turn.goesOn();
        pool.statistics().sent(in.readableBytes());
        try {
            if (to == null) {
                stream.feed(in, nobody, nowhere);
                nowhere.release();
            } else {
                stream.feed(in, to.stream(), to.output());
                if (side.wantsRetry()) {
                    to.stream().retry(output);
                    flush();
                }
            }
        } catch (ProtocolViolation e) {
            pool.closes(this, e.what());
            fail("bad packet from server: " + e.what());
        }
    }

    /// It is of no more use, and whoever it works for hears so.
    void fail(String why) {
        isHandedOnNoMore(why);
        ClientConnection to = client;
        if (to != null) {
            to.end("08P01", why);
        }
        Sending.close(channel);
    }

    /// Whoever has it may leave it first: it goes then, and at once if nobody uses it.
    private void isHandedOnNoMore(String why) {
        pool.numbers().dismiss(this, why, turn.now());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ClientConnection to = client;
        if (to == null) {
            endOwnQuery();
            return;
        }
        measure(to);
        oweTo(to.group());
        to.answered();
        to.flush();
        if (!to.equals(client)) {
            return; // it has left by itself, and somebody else may have the server
        }
        if (stream.mustRefuseTransaction()) {
            to.end("08P01", "transaction blocks not allowed in statement pooling mode");
        } else {
            rest(to);
        }
    }

    /// It goes from a client that has no use for it now, and stays with one that keeps it.
    void rest(ClientConnection with) {
        if (with.mode() != PoolMode.SESSION && isFree()) {
            unlink(with);
        } else if (pool.endsInSwitchover(this)) {
            with.waitsForSwitchover();
        }
    }

    private void unlink(ClientConnection from) {
        boolean listens = side.takeWithheldReady();
        if (listens) {
            from.unlinkToListen();
        } else {
            from.unlink();
        }
        unlink();
        if (listens) {
            whenSafe(new Subscribing(pool, this, from));
        } else {
            whenSafe(freed);
            from.notifications().deliver();
        }
    }

    private void measure(ClientConnection to) {
        long nowAnswered = side.answered();
        if (nowAnswered != answered) {
            pool.statistics().queries(nowAnswered - answered, to.watch().queryTook(turn.now()));
            answered = nowAnswered;
        }
        long nowEnded = side.ended();
        if (nowEnded != ended) {
            pool.statistics()
                    .transactions(nowEnded - ended, to.watch().transactionTook(turn.now()));
            ended = nowEnded;
        }
    }

    /// What the client hears now is done for good.
    private void oweTo(@Nullable CausalGroup group) {
        long now = side.committals();
        if (now != committals) {
            committals = now;
            if (group != null && !settings.isStandby()) {
                group.ended(this);
                owed = group;
            }
        }
    }

    /// The group that has written here since it was asked where it is.
    @Nullable CausalGroup takeOwed() {
        CausalGroup group = owed;
        owed = null;
        return group;
    }

    private void loseOwed() {
        CausalGroup group = takeOwed();
        if (group != null) {
            group.lost(this);
        }
    }

    /// What can be read there at least.
    Lsn readable() {
        return readable;
    }

    void readable(Lsn atLeast) {
        readable = atLeast;
    }

    private void endOwnQuery() {
        OwnQuery asked = ownQuery;
        if (asked != null && side.isReady() && stream.isBetweenMessages()) {
            ownQuery = null;
            answered = side.answered();
            ended = side.ended();
            committals = side.committals();
            asked.ended();
        }
    }

    /// Something of a client's, or for one, is under way.
    boolean isBusy() {
        return ownQuery != null || (client != null && !isFree());
    }

    /// Everything is answered, no transaction is open, and neither side has half a message under
    /// way.
    boolean isFree() {
        return side.isFree() && isBetweenMessages();
    }

    private boolean isBetweenMessages() {
        ClientConnection from = client;
        return stream.isBetweenMessages() && (from == null || !from.stream().keepsServer());
    }

    /// No client has it.
    void unlink() {
        client = null;
        side.listening().isNobodys();
        stream.unlink();
        brake.release(Reason.PEER_IS_FULL);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        ClientConnection from = client;
        if (from == null) {
            return;
        }
        if (ctx.channel().isWritable()) {
            from.brake().release(Reason.PEER_IS_FULL);
        } else {
            from.brake().hold(Reason.PEER_IS_FULL);
        }
    }

    /// What it left open is rolled back, where nothing of it is under way. In the middle of a query
    /// the connection goes.
    void clientLeft(ClientConnection from) {
        loseOwed();
        if (!channel.isActive()) {
            unlink();
            return;
        }
        boolean canGoOn =
                side.isReady()
                        && !side.hasListened()
                        && stream.isBetweenMessages()
                        && !from.stream().isMidMessage()
                        && output.isEmpty();
        unlink();
        if (canGoOn) {
            whenSafe(() -> pool.left(this, from));
        } else {
            pool.closes(this, "client disconnect while server was not ready");
            Sending.close(channel);
        }
    }

    /// To be called a few times each second.
    void tick(long now, long patience) {
        if (ownQuery != null && now - ownQueryAt > patience) {
            pool.closes(this, "it does not answer the proxy's own query");
            Sending.close(channel);
        }
    }

    @Override
    public void parameter(ByteBuf in, int index, int length) {
        ClientConnection to = client;
        if (to == null && side.isInTransaction()) {
            settings.takeBack(in, index, length);
        } else {
            settings.report(in, index, length, to == null ? null : to.settings());
        }
        Claim claim = RoleReport.of(in, index, length);
        if (claim != null) {
            pool.claimed(this, claim);
        }
    }

    @Override
    public void isOutsideTransaction() {
        ClientConnection to = client;
        if (to != null) {
            to.settings().settle();
        }
    }

    @Override
    public void settingsMayHaveChanged() {
        settings.mayHaveChanged();
    }

    @Override
    public void error(ByteBuf in, int index, int length) {
        OwnQuery asked = ownQuery;
        ServerError said = ServerError.read(in.slice(index, length));
        if (asked != null) {
            asked.error(said);
        }
        if (said.isLast() || (client == null && asked == null)) {
            isHandedOnNoMore("it says: " + said.message());
        }
    }

    @Override
    public void row(ByteBuf in, int index, int length) {
        OwnQuery asked = ownQuery;
        if (asked != null) {
            asked.row(DataRow.read(in.slice(index, length)));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ClientConnection to = client;
        takeNext().ifPresent(Next::lost);
        loseOwed();
        if (to != null) {
            to.serverLost(new LostServer(side, stream, to.stream()));
        }
        client = null;
        stream.release();
        output.release();
        nowhere.release();
        pool.lost(this);
        OwnQuery asked = ownQuery;
        if (asked != null) {
            ownQuery = null;
            asked.lost();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Faults.end(channel, cause);
    }
}
