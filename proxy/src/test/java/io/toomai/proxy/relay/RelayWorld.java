package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.toomai.proxy.fuzz.Noise;
import io.toomai.proxy.relay.ClientStream.Want;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Clients and servers with the relay between them, as a seed makes them: a client that behaves,
/// others that send anything, servers that answer as PostgreSQL does, or anything. It links and
/// parts them as the proxy does. What must never happen throws.
final class RelayWorld implements AutoCloseable {
    private static final int CLIENTS = 3;
    private static final int SERVERS = 2;

    /// Of one client's bytes that the relay holds back.
    private static final int MOST_HELD = 33 << 20;

    private static final List<String> STATEMENTS =
            List.of(
                    "select 1",
                    "select 2",
                    "bad",
                    "fail",
                    "begin",
                    "commit",
                    "rollback",
                    "deallocate all",
                    "discard all",
                    "deallocate toomai_1",
                    "/* x */deallocate toomai_1",
                    "",
                    "copy",
                    "copy and fail",
                    "insert");

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    private final Noise noise;
    private final Truth truth;
    private final Statements statements;
    private final FakePostgres.Catalog catalog = new FakePostgres.Catalog();
    private final List<Client> clients = new ArrayList<>();
    private final List<Backend> backends = new ArrayList<>();
    private final ArrayDeque<Client> queue = new ArrayDeque<>();
    private final Client good;
    private final Output nowhere = new Output(allocator);

    /// What servers say.
    private enum Truth {
        HONEST,
        /// Their answers are changed, or are none.
        LYING
    }

    private enum State {
        AT_WORK,
        WAITS_FOR_SERVER,
        WAITS_FOR_ANSWERS,
        ENDED
    }

    RelayWorld(long seed) {
        noise = new Noise(seed, STATEMENTS);
        truth = noise.oneIn(2) ? Truth.LYING : Truth.HONEST;
        statements =
                noise.oneIn(5)
                        ? new Statements.AsTheyAre()
                        : new Statements.Shared(new StatementTable(4));
        good = new Client();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(i == 0 ? good : new Client());
        }
    }

    private boolean isSession() {
        return statements instanceof Statements.AsTheyAre;
    }

    // ---- the two ends

    private final class Client {
        final Output output = new Output(allocator);
        final ClientStream stream = new ClientStream(statements, output);
        final ArrayDeque<ByteBuf> parked = new ArrayDeque<>();
        final ByteBuf seen = Unpooled.buffer();
        final FakePostgres direct = new FakePostgres();
        final ByteBuf expected = Unpooled.buffer();
        @Nullable Backend server;
        State state = State.AT_WORK;

        void reads(byte[] bytes) {
            ByteBuf in = allocator.buffer(bytes.length).writeBytes(bytes);
            if (state == State.ENDED) {
                in.release();
            } else if (state == State.AT_WORK) {
                take(in);
            } else {
                parked.add(in);
            }
            drain();
        }

        void take(ByteBuf in) {
            try {
                Backend to = server;
                Want want = stream.feed(in, to == null ? nowhere : to.output);
                while (want == Want.A_SERVER) {
                    Backend free = idle();
                    if (free == null) {
                        state = State.WAITS_FOR_SERVER;
                        queue.add(this);
                        return;
                    }
                    link(free);
                    want = stream.feed(Unpooled.EMPTY_BUFFER, free.output);
                }
                if (want == Want.THE_END) {
                    leave();
                } else if (want == Want.ANSWERS) {
                    state = State.WAITS_FOR_ANSWERS;
                }
            } catch (ProtocolViolation _) {
                leave();
            }
            check(nowhere.isEmpty(), "something was sent to no server");
            check(stream.heldBytes() <= MOST_HELD, "too much is held back");
        }

        void resume() {
            state = State.AT_WORK;
            take(Unpooled.EMPTY_BUFFER);
            while (state == State.AT_WORK && !parked.isEmpty()) {
                take(parked.remove());
            }
        }

        void link(Backend to) {
            server = to;
            to.client = this;
            stream.link(to.side);
            to.stream.link();
        }

        void unlink() {
            server = null;
            stream.unlink();
        }

        void leave() {
            if (state == State.ENDED) {
                return;
            }
            state = State.ENDED;
            queue.remove(this);
            Backend to = server;
            if (to != null) {
                unlink();
                to.clientLeft(this);
            }
            drain();
            stream.release();
            parked.forEach(ByteBuf::release);
            parked.clear();
        }

        void drain() {
            output.drainTo(piece -> {
                seen.writeBytes(piece);
                piece.release();
            });
        }
    }

    private final class Backend implements ServerStream.Notes {
        final FakePostgres server = new FakePostgres(catalog, FakePostgres.Plans.FAIL);
        final ServerSide side = new ServerSide(1 + noise.below(3));
        final ServerStream stream = new ServerStream(side, this);
        final Output output = new Output(allocator);
        final Output forNobody = new Output(allocator);
        final ClientStream nobody = new ClientStream(new Statements.AsTheyAre(), forNobody);
        final ByteBuf answers = Unpooled.buffer();
        @Nullable Client client;
        boolean asksItself;
        boolean isGone;

        Backend() {
            if (noise.oneIn(2)) {
                stream.keepLastWords();
            }
        }

        boolean isFree() {
            Client from = client;
            return side.isFree()
                    && stream.isBetweenMessages()
                    && (from == null || !from.stream.keepsServer());
        }

        /// What was sent reaches the server.
        void hear() {
            ByteBuf sent = Unpooled.buffer();
            output.drainTo(piece -> {
                sent.writeBytes(piece);
                piece.release();
            });
            try {
                answers.writeBytes(server.feed(sent));
            } catch (RuntimeException | AssertionError _) {
                die(); // what it was sent is none of what it knows
            }
        }

        void says(byte[] bytes) {
            Client to = client;
            ByteBuf in = allocator.buffer(bytes.length).writeBytes(bytes);
            try {
                if (to == null) {
                    stream.feed(in, nobody, forNobody);
                    forNobody.release();
                } else {
                    stream.feed(in, to.stream, to.output);
                    if (side.wantsRetry()) {
                        to.stream.retry(output);
                    }
                }
            } catch (ProtocolViolation _) {
                if (to != null) {
                    to.leave();
                }
                close();
            }
            afterRead();
        }

        private void afterRead() {
            Client to = client;
            if (to == null) {
                if (asksItself && side.isReady() && stream.isBetweenMessages()) {
                    asksItself = false;
                    serve();
                }
                return;
            }
            if (to.state == State.WAITS_FOR_ANSWERS) {
                to.resume();
            }
            to.drain();
            if (client != null && !isSession() && isFree()) {
                to.unlink();
                unlink();
                serve();
            }
        }

        void unlink() {
            client = null;
            stream.unlink();
        }

        void clientLeft(Client from) {
            boolean canGoOn =
                    side.isReady()
                            && stream.isBetweenMessages()
                            && !from.stream.isMidMessage()
                            && output.isEmpty();
            unlink();
            if (!canGoOn) {
                close();
                return;
            }
            side.askItself();
            asksItself = true;
            byte[] query = Noise.message('Q', Noise.text(isSession() ? "discard all" : "rollback"));
            output.room(query.length).writeBytes(query);
            side.leftUnnamed();
        }

        /// The connection ends from the server's side.
        void die() {
            if (isGone) {
                return;
            }
            Client to = client;
            if (to != null) {
                LostServer lost = new LostServer(side, stream, to.stream);
                to.unlink();
                if (!isSession() && lost.tell(to.output) == LostServer.Session.GOES_ON) {
                    to.resume();
                    to.drain();
                } else {
                    to.leave();
                }
            }
            client = null;
            close();
        }

        void close() {
            if (!isGone) {
                isGone = true;
                stream.release();
                output.release();
                forNobody.release();
                backends.remove(this);
            }
        }

        @Override
        public void parameter(ByteBuf in, int index, int length) {
            check(index + length <= in.writerIndex(), "a parameter beyond its message");
        }

        @Override
        public void error(ByteBuf in, int index, int length) {
            check(index + length <= in.writerIndex(), "an error beyond its message");
        }

        @Override
        public void settingsMayHaveChanged() {}
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    private @Nullable Backend idle() {
        for (Backend each : backends) {
            if (each.client == null && !each.asksItself && each.isFree()) {
                return each;
            }
        }
        if (backends.size() < SERVERS) {
            Backend made = new Backend();
            backends.add(made);
            return made;
        }
        return null;
    }

    /// Whoever waits longest, if there is a server.
    private void serve() {
        for (int turns = queue.size(); turns > 0 && !queue.isEmpty(); turns--) {
            Backend free = idle();
            if (free == null) {
                return;
            }
            Client next = queue.remove();
            next.link(free);
            next.resume();
            next.drain();
        }
    }

    // ---- what happens

    void run(int steps) {
        for (int i = 0; i < steps; i++) {
            step();
        }
        finish();
    }

    private void step() {
        switch (noise.below(8)) {
            case 0, 1 -> goodClientAsks();
            case 2, 3, 4 -> badClientSends(1 + noise.below(clients.size() - 1));
            case 5, 6 -> serversAnswer();
            default -> rareThings();
        }
        serve();
    }

    private void goodClientAsks() {
        if (good.state != State.AT_WORK
                || good.seen.readableBytes() < good.expected.readableBytes()) {
            return; // it reads its answers first
        }
        Script script = new Script();
        switch (noise.below(8)) {
            case 0 -> script.query("select 1");
            case 6 -> script.query("deallocate mine");
            case 7 -> script.parse("", "DEALLOCATE mine").bind("", "").execute("").sync();
            case 1 -> script.query("begin").query("select 2").query("commit");
            case 2 -> script.closeStatement("mine").parse("mine", "select mine").sync();
            case 3 -> script.bind("", "mine").describePortal("").execute("").sync();
            case 4 -> script.parse("", "select 2").bind("", "").execute("").sync();
            default -> script.describeStatement("mine").sync();
        }
        byte[] bytes = script.bytes();
        good.expected.writeBytes(good.direct.feed(Unpooled.copiedBuffer(bytes)));
        noise.pieces(bytes).forEach(good::reads);
    }

    private void badClientSends(int which) {
        Client bad = clients.get(which);
        if (bad.state == State.ENDED) {
            clients.set(which, new Client());
            return;
        }
        byte[] bytes = new byte[0];
        for (int messages = 1 + noise.below(6); messages > 0; messages--) {
            byte[] one = noise.fromClient();
            bytes = Noise.concat(bytes, noise.oneIn(12) ? noise.mutated(one) : one);
        }
        noise.pieces(bytes).forEach(bad::reads);
    }

    private void serversAnswer() {
        for (Backend each : List.copyOf(backends)) {
            each.hear();
            byte[] all = new byte[each.answers.readableBytes()];
            each.answers.readBytes(all).clear();
            if (truth == Truth.LYING && noise.oneIn(6)) {
                all = noise.oneIn(2) ? noise.mutated(all) : Noise.concat(noise.fromServer(), all);
            }
            for (byte[] piece : noise.pieces(all)) {
                if (!each.isGone) {
                    each.says(piece);
                }
            }
        }
    }

    private void rareThings() {
        if (noise.oneIn(4)) {
            clients.get(1 + noise.below(clients.size() - 1)).leave();
        } else if (truth == Truth.LYING && noise.oneIn(4) && !backends.isEmpty()) {
            Backend some = noise.one(backends);
            if (noise.oneIn(2)) {
                some.die();
            } else {
                byte[] lie = noise.fromServer();
                some.says(noise.oneIn(2) ? noise.mutated(lie) : lie);
            }
        }
    }

    /// Everybody else leaves; then the good client must have all its answers.
    private void finish() {
        for (Client each : clients) {
            if (each != good) {
                each.leave();
            }
        }
        for (int turns = 0; turns < 50; turns++) {
            serve();
            serversAnswer();
        }
        if (truth == Truth.HONEST) {
            byte[] told = bytes(good.seen);
            byte[] due = bytes(good.expected);
            if (!Arrays.equals(told, due)) {
                throw new AssertionError(
                        "the client that behaves was told\n"
                                + readable(told)
                                + "\nwhere its own server would have said\n"
                                + readable(due));
            }
        }
    }

    private static byte[] bytes(ByteBuf of) {
        byte[] all = new byte[of.readableBytes()];
        of.getBytes(of.readerIndex(), all);
        return all;
    }

    private static String readable(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte each : bytes) {
            text.append(each >= ' ' ? (char) each : '.');
        }
        return text.toString();
    }

    /// @throws AssertionError where a buffer is not given back
    @Override
    public void close() {
        clients.forEach(Client::leave);
        List.copyOf(backends).forEach(Backend::close);
        long left = allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
        check(left == 0, left + " bytes of buffers were not given back");
    }
}
