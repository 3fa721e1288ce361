package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/// One client behind the relay, with several servers: between transactions it gets whichever is
/// chosen for it.
final class Session implements AutoCloseable {
    /// So often one read of a client may have to wait.
    private static final int MOST_TURNS = 1000;

    private final List<Backend> backends = new ArrayList<>();
    private final FakePostgres.Catalog catalog = new FakePostgres.Catalog();
    private final IntUnaryOperator choice;
    private final Output toClient = new Output(UnpooledByteBufAllocator.DEFAULT);
    private final ByteBuf seen = Unpooled.buffer();
    private final ClientStream client;
    private @Nullable Backend linked;

    private static final class Backend implements NothingNoted {
        final FakePostgres server;
        final ServerSide side;
        final ServerStream stream;

        Backend(int room, FakePostgres.Catalog catalog) {
            server = new FakePostgres(catalog, FakePostgres.Plans.FAIL);
            side = new ServerSide(room);
            stream = new ServerStream(side, this);
        }
    }

    /// @param choice which of so many servers is next
    Session(int servers, int room, IntUnaryOperator choice) {
        for (int i = 0; i < servers; i++) {
            backends.add(new Backend(room, catalog));
        }
        this.choice = choice;
        client = new ClientStream(new Statements.Shared(new StatementTable(100)), toClient);
    }

    /// What one read of the client's socket brings, and all that follows from it. The server's
    /// answers come in pieces of so many bytes.
    void read(byte[] bytes, int piece) {
        Output toServer = new Output(UnpooledByteBufAllocator.DEFAULT);
        ClientStream.Want want = client.feed(Unpooled.copiedBuffer(bytes), toServer);
        for (int turns = 0; want != ClientStream.Want.MORE_BYTES; turns++) {
            if (turns == MOST_TURNS) {
                throw new AssertionError("the client waits for ever for " + want);
            }
            if (want == ClientStream.Want.ANSWERS) {
                answer(toServer, piece);
            }
            if (linked == null) {
                Backend next = backends.get(choice.applyAsInt(backends.size()));
                linked = next;
                client.link(next.side);
                next.stream.link();
            }
            want = client.feed(Unpooled.buffer(0), toServer);
        }
        answer(toServer, piece);
        toClient.drainTo(part -> {
            seen.writeBytes(part);
            part.release();
        });
    }

    private void answer(Output toServer, int piece) {
        ByteBuf sent = Unpooled.buffer();
        toServer.drainTo(part -> {
            sent.writeBytes(part);
            part.release();
        });
        Backend working = linked;
        if (working != null) {
            ByteBuf answer = working.server.feed(sent);
            while (answer.isReadable()) {
                working.stream.feed(
                        answer.readBytes(Math.min(piece, answer.readableBytes())),
                        client,
                        toClient);
                if (working.side.wantsRetry()) {
                    client.retry(toServer);
                    toServer.drainTo(part -> {
                        answer.writeBytes(working.server.feed(part));
                        part.release();
                    });
                }
            }
            if (working.side.isFree() && working.stream.isBetweenMessages()) {
                client.unlink();
                working.stream.unlink();
                linked = null;
            }
        }
    }

    List<String> executed() {
        return catalog.executed;
    }

    ByteBuf seen() {
        return seen;
    }

    /// How many statements the servers keep.
    int prepared() {
        return backends.stream().mapToInt(each -> each.server.prepared()).sum();
    }

    boolean isLinked() {
        return linked != null;
    }

    @Override
    public void close() {
        client.release();
    }
}
