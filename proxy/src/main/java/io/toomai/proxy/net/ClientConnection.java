package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.toomai.proxy.config.PoolMode;
import io.toomai.proxy.net.Brake.Reason;
import io.toomai.proxy.net.Destination.Outage;
import io.toomai.proxy.pool.Waiter;
import io.toomai.proxy.relay.ClientStream;
import io.toomai.proxy.relay.ClientStream.Want;
import io.toomai.proxy.relay.LostServer;
import io.toomai.proxy.relay.Output;
import io.toomai.proxy.relay.ProtocolViolation;
import io.toomai.proxy.route.CausalGroup;
import io.toomai.proxy.session.Belongings;
import io.toomai.proxy.session.CancelKey;
import io.toomai.proxy.session.ClientSettings;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A client after its login. Belongs to the event loop of its pool, as its servers do.
final class ClientConnection extends ChannelInboundHandlerAdapter implements Waiter, Cancelable {
    private final Clients clients;
    private final Identity identity;
    private final ServerPool pool;
    private final Cancels cancels;
    private final CancelKey cancelKey;
    private final PoolMode mode;
    private final Turn turn;
    private final ClientSettings settings;
    private final Channel channel;
    private final Brake brake;
    private final Output output;
    private final Output nowhere;
    private final ClientStream stream;
    private final Consumer<ByteBuf> write;
    private final TimeWatch watch;
    private final @Nullable CausalGroup group;
    private final Notifications notifications = new Notifications(this);

    /// Where its next server comes from.
    private ServerPool source;

    private @Nullable ServerConnection server;

    /// What the client has set is being set on it.
    private @Nullable ServerConnection promised;

    /// What it takes to its next server, or why it has to stay.
    private Belongings belongings = Belongings.NONE;

    private final Parked parked = new Parked();
    private State state = State.AT_WORK;
    private long waitsSince;
    private final Instant connected = Instant.now();

    /// What becomes of what it sends.
    private enum State {
        AT_WORK,
        WAITS_FOR_SERVER,
        /// Its server is asked what it keeps for it ([Moving]).
        IS_ASKED_FOR,
        /// It hears when its LISTEN has taken effect ([Subscribing]).
        WAITS_TO_LISTEN,
        /// Some of what it sent must not go on before the server has answered what went before.
        WAITS_FOR_ANSWERS,
        ENDED
    }

    /// What a login has found out of a client, and given to it.
    record Passport(Identity identity, ClientSettings settings, CancelKey cancelKey) {}

    ClientConnection(Wing wing, Passport passport, ServerPool pool, Channel channel) {
        this.clients = wing.clients();
        this.cancels = wing.cancels();
        this.identity = passport.identity();
        this.settings = passport.settings();
        this.cancelKey = passport.cancelKey();
        this.pool = pool;
        this.mode = pool.rules().mode();
        this.turn = wing.pools().turn();
        source = pool;
        group = identity.causalGroup().map(name -> pool.group(identity.user(), name)).orElse(null);
        this.channel = channel;
        brake = new Brake(channel);
        output = new Output(channel.alloc());
        nowhere = new Output(channel.alloc());
        stream = new ClientStream(pool.statements(), output, pool.messages());
        write = piece -> Sending.write(channel, piece);
        watch = new TimeWatch(pool.timesOf(identity.user()), turn.now());
    }

    Identity identity() {
        return identity;
    }

    @Override
    public CancelKey cancelKey() {
        return cancelKey;
    }

    @Override
    public void cancel(Channel asker) {
        ServerConnection to = server;
        if (to != null) {
            to.cancel(cancels, asker);
            return;
        }
        Sending.close(asker);
        if (state == State.WAITS_FOR_SERVER) {
            source.leave(this);
            source = pool;
            promised = null;
            stream.refuse("57014", "canceling statement due to user request");
            resume();
        }
    }

    /// Its query has run too long, and the session is to go on without it.
    void cancelLate() {
        ServerConnection to = server;
        if (to != null) {
            to.cancel(cancels);
        }
    }

    /// The mode in which it began: its statements are kept as that needs it.
    PoolMode mode() {
        return mode;
    }

    ClientSettings settings() {
        return settings;
    }

    @Override
    public Object state() {
        return settings.wish();
    }

    Instant connected() {
        return connected;
    }

    Channel channel() {
        return channel;
    }

    ServerPool pool() {
        return pool;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        clients.add(this);
        cancels.add(this);
        pool.enters(this);
    }

    @Override
    public void waitsSince(long now) {
        if (state != State.WAITS_FOR_SERVER) {
            waitsSince = now;
        }
    }

    @Override
    public long waitsSince() {
        return waitsSince;
    }

    ClientStream stream() {
        return stream;
    }

    Output output() {
        return output;
    }

    Brake brake() {
        return brake;
    }

    TimeWatch watch() {
        return watch;
    }

    @Nullable ServerConnection server() {
        return server;
    }

    /// A client that keeps its server (session pooling) begins nothing there any more.
    void waitsForSwitchover() {
        ServerConnection to = server;
        if (to == null || !to.isFree() || brake.isHeldFor(Reason.SWITCHOVER)) {
            return;
        }
        brake.hold(Reason.SWITCHOVER);
        if (stream.mayHaveSetUnseen()) {
            belongings = Belongings.tied("parameters with names of its own");
        } else if (mode == PoolMode.SESSION) {
            state = State.IS_ASKED_FOR;
            unlink();
            to.unlink();
            Moving.begin(this, to);
        }
    }

    void goesOnAfterSwitchover() {
        brake.release(Reason.SWITCHOVER);
        if (belongings.tie().isPresent()) {
            belongings = Belongings.NONE;
        }
    }

    /// What its server keeps for it. If that can go on elsewhere, the server is given back.
    void toldOf(Belongings found, ServerConnection by) {
        if (state != State.IS_ASKED_FOR) {
            pool.left(by, this);
            return;
        }
        state = State.AT_WORK;
        belongings = found;
        if (found.tie().isEmpty()) {
            by.settings().carry(settings, found.settings());
            brake.release(Reason.SWITCHOVER);
            pool.numbers().keepPlace(this);
            pool.left(by, this);
        } else {
            link(by);
        }
        take(parked.take());
        flushBoth();
    }

    /// Its server went before it had answered that.
    void lostUntold() {
        if (state == State.IS_ASKED_FOR) {
            end("57P01", "server conn crashed? nothing was under way", whyItStays());
        }
    }

    private Optional<String> whyItStays() {
        return mode == PoolMode.SESSION ? Optional.of(belongings.whyItStays()) : Optional.empty();
    }

    Belongings belongings() {
        return belongings;
    }

    /// For whoever looks for a client that does not end.
    String whereabouts() {
        return state + (server == null ? " no server " : " ") + brake + " " + channel;
    }

    boolean waitsForServer() {
        return state == State.WAITS_FOR_SERVER;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        pool.statistics().received(in.readableBytes());
        watch.asks(server, turn.goesOn());
        switch (state) {
            case AT_WORK -> take(in);
            case WAITS_FOR_SERVER, WAITS_FOR_ANSWERS, IS_ASKED_FOR, WAITS_TO_LISTEN ->
                    parked.add(in);
            case ENDED -> in.release();
        }
    }

    private void take(ByteBuf in) {
        try {
            ServerConnection to = server;
            Want want = stream.feed(in, to == null ? nowhere : to.output());
            while (want == Want.A_SERVER) {
                ServerConnection free = source.take(this);
                if (free == null || !isReady(free)) {
                    awaitServer();
                    return;
                }
                link(free);
                want = stream.feed(Unpooled.EMPTY_BUFFER, free.output());
            }
            if (want == Want.THE_END) {
                clients.because(this, "client close request");
                close();
            } else if (want == Want.ANSWERS) {
                state = State.WAITS_FOR_ANSWERS;
                brake.hold(Reason.ANSWERS);
            }
        } catch (ProtocolViolation e) {
            end(e.code(), e.what());
        }
    }

    private boolean isReady(ServerConnection free) {
        return Readiness.isGiven(this, free, belongings.statements());
    }

    /// Its messages must not reach that server before what is done there for it has succeeded.
    void promise(ServerConnection by) {
        promised = by;
        waitsSince(turn.now());
    }

    /// Its own pool, or that of the primary.
    ServerPool source() {
        return source;
    }

    @Nullable CausalGroup group() {
        return group;
    }

    boolean isPromised(ServerConnection by) {
        return by.equals(promised);
    }

    /// No replica has in time what it must see.
    void readsFromPrimary() {
        promised = null;
        source = pool.ofPrimary();
        waitAgain();
    }

    /// Its statements are prepared where it goes on.
    void unpacked() {
        belongings = Belongings.NONE;
    }

    private void awaitServer() {
        if (state != State.ENDED) {
            state = State.WAITS_FOR_SERVER;
            brake.hold(Reason.NO_SERVER);
        }
    }

    private void link(ServerConnection to) {
        server = to;
        stream.link(to.side());
        to.link(this);
        watch.linked(turn.now());
        to.settings()
                .tell(
                        settings,
                        (name, value) ->
                                Replies.parameter(output, name, value, to.settings().encoding()));
    }

    /// Its turn in the queue has come.
    void served(ServerConnection by) {
        if (isReady(by)) {
            goOn(by);
        }
    }

    /// The server that it was to have is gone, and has not seen anything of it.
    void waitAgain() {
        ServerConnection free = source.take(this);
        if (free != null) {
            served(free);
        }
    }

    /// Whether it still waits for this server to be made ready. Then it is the last time that it
    /// says so.
    boolean takesPromised(ServerConnection by) {
        if (!by.equals(promised)) {
            return false;
        }
        promised = null;
        return channel.isActive();
    }

    /// It waits no more.
    void goOn(ServerConnection by) {
        state = State.AT_WORK;
        link(by);
        resume();
    }

    private void resume() {
        state = State.AT_WORK;
        take(parked.take());
        if (state != State.WAITS_FOR_SERVER) {
            brake.release(Reason.NO_SERVER);
        }
        flushBoth();
        if (server != null && server.isFree()) {
            channel.eventLoop().execute(this::restUnused); // later: others wait for it, too
        }
        notifications.deliver();
    }

    /// The server has answered something: perhaps what was held back may go on.
    void answered() {
        if (state == State.WAITS_FOR_ANSWERS) {
            state = State.AT_WORK;
            take(parked.take());
            if (state != State.WAITS_FOR_ANSWERS) {
                brake.release(Reason.ANSWERS);
            }
            flushBoth();
        }
    }

    Notifications notifications() {
        return notifications;
    }

    /// It has no server and wants none.
    boolean isBetweenTransactions() {
        return server == null && state == State.AT_WORK;
    }

    boolean waitsToListen() {
        return state == State.WAITS_TO_LISTEN;
    }

    void unlinkToListen() {
        unlink();
        state = State.WAITS_TO_LISTEN;
        brake.hold(Reason.ANSWERS);
    }

    /// What it has listened to it is told from now on.
    void listens() {
        if (state == State.WAITS_TO_LISTEN) {
            LostServer.writeReady(output);
            brake.release(Reason.ANSWERS);
            resume();
        }
    }

    void cannotListen(String code, String text) {
        if (state == State.WAITS_TO_LISTEN) {
            LostServer.writeError(output, code, text);
            listens();
        }
    }

    /// Its server is gone. Where servers are led to, the session goes on with another if it can.
    void serverLost(LostServer lost) {
        if (pool.outage() == Outage.IS_TOLD) {
            end("08P01", "server conn crashed?");
            return;
        }
        unlink();
        settings.takeBack();
        if (mode != PoolMode.SESSION && lost.tell(output) == LostServer.Session.GOES_ON) {
            if (state == State.WAITS_FOR_ANSWERS) {
                state = State.AT_WORK;
                brake.release(Reason.ANSWERS);
            }
            take(parked.take());
            flushBoth();
            notifications.deliver();
        } else if (lost.canBeTold()) {
            end(lost.code(), lost.text(), whyItStays());
        } else {
            close();
        }
    }

    /// The server has answered all and is needed no more.
    void unlink() {
        server = null;
        source = pool;
        stream.unlink();
        brake.release(Reason.PEER_IS_FULL);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        flushBoth();
        restUnused();
        notifications.deliver(); // where the proxy has answered itself
    }

    /// What it sent was the rest of a COPY that has failed, or the beginning of a long message.
    private void restUnused() {
        ServerConnection to = server;
        if (to != null && state == State.AT_WORK && to.isFree()) {
            to.rest(this);
        }
    }

    private void flushBoth() {
        ServerConnection to = server;
        if (to != null) {
            to.flush();
        }
        flush();
    }

    void flush() {
        if (!output.isEmpty()) {
            output.drainTo(write);
            channel.flush();
        }
    }

    /// A client that does not read is not read from, as PostgreSQL does not: else the proxy's own
    /// answers could pile up.
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        ServerConnection to = server;
        if (channel.isWritable()) {
            brake.release(Reason.READS_NOTHING);
            notifications.deliver();
            if (to != null) {
                to.brake().release(Reason.PEER_IS_FULL);
            }
        } else {
            brake.hold(Reason.READS_NOTHING);
            if (to != null) {
                to.brake().hold(Reason.PEER_IS_FULL);
            }
        }
    }

    /// To be called a few times each second.
    void tick(long now) {
        ServerConnection to = server;
        if (to != null) {
            watch.whileLinked(this, to, now);
        } else if (state == State.WAITS_FOR_SERVER) {
            watch.whileWaiting(this, now - waitsSince, now);
        } else {
            watch.whileIdle(this, now);
        }
    }

    void tell(String code, String text) {
        Replies.notice(output, code, text);
        flush();
    }

    /// The last that it hears; nothing where it is in the middle of a server's message.
    void end(String code, String text) {
        end(code, text, Optional.empty());
    }

    void end(String code, String text, Optional<String> detail) {
        if (state == State.ENDED) {
            return;
        }
        clients.refused(this, text);
        ServerConnection to = server;
        if (to == null || !to.isInsideMessage()) {
            Replies.fatal(output, code, text, detail);
        }
        close();
    }

    private void close() {
        leave();
        flush();
        Sending.closeWhenSent(channel);
    }

    /// Gives back what it has of its pool.
    private void leave() {
        State before = state;
        state = State.ENDED;
        promised = null;
        notifications.end();
        ServerConnection to = server;
        if (to != null) {
            unlink();
            to.clientLeft(this);
        } else if (before == State.WAITS_FOR_SERVER) {
            source.leave(this);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        clients.remove(this);
        cancels.remove(this);
        leave();
        pool.left(this);
        stream.release();
        output.release();
        nowhere.release();
        parked.take().release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Faults.end(channel, cause);
    }
}
