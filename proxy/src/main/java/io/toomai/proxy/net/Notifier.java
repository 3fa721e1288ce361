package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.toomai.proxy.auth.Grant;
import io.toomai.proxy.console.Overview.ListenNumbers;
import io.toomai.proxy.login.Welcome;
import io.toomai.proxy.net.Destination.Outage;
import io.toomai.proxy.net.Destination.Target;
import io.toomai.proxy.relay.Listening;
import io.toomai.proxy.relay.ProtocolViolation;
import io.toomai.proxy.relay.ServerError;
import io.toomai.proxy.route.Keeping;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Listens for all clients of a pool on one connection of its own, which is there while any of them
/// listens (decision 0036). If it is lost another one takes its place and listens again; what is
/// notified meanwhile is told to nobody. Belongs to the event loop of its pool.
final class Notifier {
    private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);

    /// Of a message: a payload is shorter than 8000 bytes.
    private static final int LONGEST = 64 << 10;

    /// Before the next try to get a connection where it may soon do better, in milliseconds.
    private static final long SOON = 250;

    /// A connection that has said nothing for so long is asked whether it lives, in nanoseconds.
    private static final long SILENCE = 30_000_000_000L;

    private final ServerPool pool;
    private final Map<String, Set<ClientConnection>> wanted = new LinkedHashMap<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private State state = State.ABSENT;
    private long tries;
    private int failures;
    private @Nullable Ear ear;

    /// The connection that is on its way.
    private @Nullable Attempted attempted;

    /// Clients that listen to anything, and connections that do so for them.
    ListenNumbers numbers() {
        Set<ClientConnection> clients = new HashSet<>();
        wanted.values().forEach(clients::addAll);
        return new ListenNumbers(clients.size(), ear == null ? 0 : 1);
    }

    private record Attempted(Journey journey, Channel by) {}

    private enum State {
        ABSENT,
        /// A connection is on its way.
        SOUGHT,
        /// The next try is.
        AWAITED,
        THERE
    }

    /// Who is to be told when all of these channels are listened to.
    ///
    /// @param fresh those of them that it had not listened to before
    private record Waiting(
            ClientConnection client, Set<String> channels, Set<String> fresh, long since) {}

    Notifier(ServerPool pool) {
        this.pool = pool;
    }

    /// The client is told by [ClientConnection#listens], once.
    void subscribe(ClientConnection client, Set<String> channels) {
        Set<String> fresh = new HashSet<>();
        channels.forEach(channel -> {
            if (wanted.computeIfAbsent(channel, _ -> new LinkedHashSet<>()).add(client)) {
                fresh.add(channel);
            }
        });
        waiting.add(new Waiting(client, channels, fresh, pool.turn().now()));
        Ear there = ear;
        if (there != null) {
            channels.forEach(there::listen);
            settle(there);
        } else if (state == State.ABSENT) {
            seek();
        }
    }

    /// @param channel or [Listening#ALL]
    void unsubscribe(ClientConnection client, String channel) {
        if (channel.equals(Listening.ALL)) {
            List.copyOf(wanted.keySet()).forEach(each -> leave(client, each));
        } else {
            leave(client, channel);
        }
        if (wanted.isEmpty()) {
            close();
        }
    }

    /// The client is gone.
    void left(ClientConnection client) {
        waiting.removeIf(each -> each.client().equals(client));
        unsubscribe(client, Listening.ALL);
    }

    private void leave(ClientConnection client, String channel) {
        Set<ClientConnection> there = wanted.get(channel);
        if (there != null && there.remove(client) && there.isEmpty()) {
            wanted.remove(channel);
            Ear listening = ear;
            if (listening != null) {
                listening.unlisten(channel);
            }
        }
    }

    private void settle(Ear by) {
        List<Waiting> done =
                waiting.stream().filter(each -> by.heard.containsAll(each.channels())).toList();
        waiting.removeAll(done);
        done.forEach(each -> each.client().listens());
    }

    private void refuse(Waiting each, String code, String text) {
        if (waiting.remove(each)) {
            each.fresh().forEach(channel -> unsubscribe(each.client(), channel));
            each.client().cannotListen(code, text);
        }
    }

    /// To be called a few times each second.
    void tick(long now) {
        long patience = pool.terms().patience().toNanos();
        for (Waiting each : List.copyOf(waiting)) {
            if (now - each.since() > patience) {
                refuse(
                        each,
                        "57P03",
                        "no server could be listened on in time (server_connect_timeout);"
                                + " try LISTEN again");
            }
        }
        Ear there = ear;
        if (there != null) {
            there.tick(now, patience);
        }
    }

    /// Other servers are fit than before.
    void review() {
        Ear there = ear;
        if (there != null && there.journey.keeping() != Keeping.STAYS) {
            Sending.close(there.channel);
        }
        Attempted on = attempted;
        if (on != null && on.journey().keeping() != Keeping.STAYS) {
            Sending.close(on.by()); // which may never be answered
        }
    }

    /// The connection is not wanted any more; another takes its place if anybody listens.
    void close() {
        Ear there = ear;
        if (there != null) {
            Sending.close(there.channel);
        }
    }

    /// The pool is not paused any more.
    void resume() {
        if (state == State.ABSENT) {
            seek();
        }
    }

    /// The pool has got a server: another connection may be made, too.
    void reached() {
        if (state == State.AWAITED) {
            seek();
        }
    }

    // ---- the connection

    private void seekLater(long millis) {
        state = State.AWAITED;
        long awaited = ++tries;
        pool.later(
                () -> {
                    if (state == State.AWAITED && awaited == tries) {
                        seek();
                    }
                },
                millis);
    }

    private void seek() {
        if (wanted.isEmpty() || pool.numbers().isPaused()) {
            state = State.ABSENT;
            return;
        }
        state = State.SOUGHT;
        Optional<Journey> next = pool.nextJourney();
        if (next.isEmpty()) {
            seekLater(SOON);
            return;
        }
        Journey journey = next.get();
        pool.dialAlone(
                journey.target(),
                new Grant.Nothing(),
                Map.of("client_encoding", "UTF8"),
                new Dialer.Caller() {
                    @Override
                    public void goesBy(Channel by) {
                        attempted = new Attempted(journey, by);
                    }

                    @Override
                    public Optional<Misfit> misfit(Target target, Welcome said) {
                        return pool.misfit(journey, said);
                    }

                    @Override
                    public void reached(Target target, Channel channel, Welcome said) {
                        attempted = null;
                        channel.closeFuture().addListener(_ -> journey.left());
                        begin(journey, channel);
                    }

                    @Override
                    public void loginFailed(Target target, String code, String text) {
                        attempted = null;
                        failed(journey, code + " " + Printable.of(text));
                    }
                });
    }

    /// Said once, however long it lasts.
    private void failed(Journey journey, String why) {
        LOG.atLevel(failures == 0 ? Level.WARN : Level.DEBUG)
                .log(
                        "{} {} listen on {}: {}",
                        pool.label(),
                        failures == 0 ? "cannot" : "still cannot",
                        journey.target().name(),
                        why);
        boolean isFirst = failures++ == 0;
        journey.failed();
        Destination to = pool.destination();
        long retry = pool.terms().values().time("server_login_retry").toMillis();
        seekLater(
                isFirst || to.outage() == Outage.IS_WAITED_OUT || to.hasUntried()
                        ? SOON
                        : Math.max(SOON, retry));
    }

    private void begin(Journey journey, Channel channel) {
        Ear made = new Ear(journey, channel);
        channel.pipeline().replace("login", "notifier", made);
        ear = made;
        state = State.THERE;
        failures = 0;
        journey.reached();
        if (wanted.isEmpty() || pool.numbers().isPaused()) {
            Sending.close(channel);
        } else {
            LOG.info("{} listens on {} for its clients", pool.label(), journey.target().name());
            wanted.keySet().forEach(made::listen);
        }
    }

    private void lost() {
        ear = null;
        if (wanted.isEmpty()) {
            state = State.ABSENT;
            return;
        }
        boolean isPaused = pool.numbers().isPaused();
        LOG.warn(
                "{} is not told notifications until it listens again: {}",
                pool.label(),
                isPaused ? "it is paused" : "the connection was lost");
        if (isPaused) {
            state = State.ABSENT;
        } else {
            seekLater(SOON);
        }
    }

    /// What the server is asked.
    ///
    /// @param channel which is to be listened to; empty for anything else
    private record Asked(String channel, long number) {}

    /// One connection, which listens.
    private final class Ear extends ChannelInboundHandlerAdapter {
        private final Journey journey;
        private final Channel channel;
        private final Gathered gathered;
        private final ArrayDeque<Asked> asked = new ArrayDeque<>();
        private final Map<String, Long> sent = new HashMap<>();
        private final Set<String> heard = new HashSet<>();
        private Optional<ServerError> failure = Optional.empty();
        private long number;
        private long quietSince;

        Ear(Journey journey, Channel channel) {
            this.journey = journey;
            this.channel = channel;
            gathered = new Gathered(channel, LONGEST);
            quietSince = pool.turn().now();
        }

        void listen(String name) {
            if (!sent.containsKey(name)) {
                sent.put(name, ++number);
                ask("LISTEN " + quoted(name), new Asked(name, number));
            }
        }

        void unlisten(String name) {
            sent.remove(name);
            heard.remove(name);
            ask("UNLISTEN " + quoted(name), new Asked("", 0));
        }

        private static String quoted(String name) {
            return '"' + name.replace("\"", "\"\"") + '"';
        }

        private void ask(String sql, Asked what) {
            if (asked.isEmpty()) {
                quietSince = pool.turn().now();
            }
            asked.add(what);
            byte[] text = sql.getBytes(StandardCharsets.UTF_8);
            ByteBuf out = channel.alloc().ioBuffer(6 + text.length);
            out.writeByte('Q').writeInt(5 + text.length).writeBytes(text).writeByte(0);
            Sending.write(channel, out);
            channel.flush();
        }

        void tick(long now, long patience) {
            if (!asked.isEmpty() && now - quietSince > patience) {
                Sending.close(channel);
            } else if (asked.isEmpty() && now - quietSince > SILENCE) {
                ask("", new Asked("", 0));
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            quietSince = pool.turn().now();
            gathered.add((ByteBuf) message);
            try {
                while (gathered.hasMessage()) {
                    byte type = gathered.type();
                    understand(type, gathered.takeBody());
                }
            } catch (ProtocolViolation e) {
                LOG.warn("{} closing the connection that listens: {}", pool.label(), e.what());
                Sending.close(channel);
            }
        }

        private void understand(byte type, ByteBuf body) {
            switch (type) {
                case 'A' -> notified(body);
                case 'E' -> failure = Optional.of(ServerError.read(body));
                case 'Z' -> answered();
                default -> {} // style: notices, parameters, what is complete
            }
        }

        private void answered() {
            Asked done = asked.poll();
            Optional<ServerError> error = failure;
            failure = Optional.empty();
            if (done == null || !Long.valueOf(done.number()).equals(sent.get(done.channel()))) {
                return; // left meanwhile
            }
            if (error.isEmpty()) {
                heard.add(done.channel());
                settle(this);
                return;
            }
            sent.remove(done.channel());
            for (Waiting each : List.copyOf(waiting)) {
                if (each.channels().contains(done.channel())) {
                    refuse(each, error.get().code(), error.get().message());
                }
            }
        }

        private void notified(ByteBuf body) {
            int process = body.readInt();
            String name = text(body);
            Set<ClientConnection> listeners = wanted.get(name);
            if (listeners != null) {
                String payload = text(body);
                for (ClientConnection each : List.copyOf(listeners)) {
                    each.notifications().add(process, name, payload);
                }
            }
        }

        private static String text(ByteBuf body) {
            int length = body.bytesBefore((byte) 0);
            if (length < 0) {
                throw new ProtocolViolation("a text in a message does not end");
            }
            byte[] bytes = ByteBufUtil.getBytes(body, body.readerIndex(), length);
            body.skipBytes(length + 1);
            return new String(bytes, StandardCharsets.UTF_8);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            gathered.release();
            if (equals(ear)) {
                lost();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            Faults.end(channel, cause);
        }
    }
}
