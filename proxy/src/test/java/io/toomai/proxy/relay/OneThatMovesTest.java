package io.toomai.proxy.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A session that keeps its server until it moves sees what it would see without a proxy.
final class OneThatMovesTest implements NothingNoted {
    private static final int WORLDS = 2000;

    private final Output toClient = new Output(UnpooledByteBufAllocator.DEFAULT);
    private final Output toServer = new Output(UnpooledByteBufAllocator.DEFAULT);
    private final ByteBuf seen = Unpooled.buffer();
    private ClientStream client = client();
    private FakePostgres server = new FakePostgres();
    private ServerSide side = new ServerSide(1);
    private ServerStream stream = new ServerStream(side, this);

    private ClientStream client() {
        return new ClientStream(new Statements.OfOneThatMoves(new StatementTable(100)), toClient);
    }

    private void begin() {
        client.release();
        client = client();
        seen.clear();
        moves();
    }

    /// To a server that has never heard of it.
    private void moves() {
        client.unlink();
        server = new FakePostgres();
        side = new ServerSide(1);
        stream = new ServerStream(side, this);
        stream.link();
        client.link(side);
    }

    private void reads(byte[] bytes) {
        ClientStream.Want want = client.feed(Unpooled.copiedBuffer(bytes), toServer);
        while (want == ClientStream.Want.ANSWERS) {
            answer();
            want = client.feed(Unpooled.buffer(0), toServer);
        }
        assertThat(want).isEqualTo(ClientStream.Want.MORE_BYTES);
        answer();
    }

    private void answer() {
        toServer.drainTo(part -> {
            stream.feed(server.feed(part), client, toClient);
            part.release();
        });
        toClient.drainTo(part -> {
            seen.writeBytes(part);
            part.release();
        });
    }

    private void readsInPieces(byte[] bytes, Random random) {
        for (int at = 0; at < bytes.length; ) {
            int next = Math.min(bytes.length, at + 1 + random.nextInt(30));
            reads(Arrays.copyOfRange(bytes, at, next));
            at = next;
        }
    }

    private static Script script(Random random, List<String> names, List<String> texts) {
        Script script = new Script();
        if (random.nextInt(5) == 0) {
            return script.query(texts.get(random.nextInt(texts.size())));
        }
        int length = 1 + random.nextInt(5);
        for (int i = 0; i < length; i++) {
            String name = names.get(random.nextInt(names.size()));
            switch (random.nextInt(5)) {
                case 0, 1 -> script.parse(name, texts.get(random.nextInt(texts.size())));
                case 2 -> script.describeStatement(name);
                case 3 -> script.closeStatement(name);
                default -> script.bind("", name).execute("");
            }
        }
        return script.sync();
    }

    private static String direct(List<Script> scripts) {
        FakePostgres alone = new FakePostgres();
        ByteBuf all = Unpooled.buffer();
        scripts.forEach(
                script -> all.writeBytes(alone.feed(Unpooled.wrappedBuffer(script.bytes()))));
        return all.toString(UTF_8);
    }

    @Test
    void itSeesWhatItsServerSays() {
        for (int seed = 0; seed < WORLDS; seed++) {
            Random random = new Random(seed);
            begin();
            List<Script> scripts = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                scripts.add(
                        script(
                                random,
                                List.of("", "", "a", "b"),
                                List.of("select 1", "select 2", "bad", "fail")));
            }
            scripts.forEach(script -> readsInPieces(script.bytes(), random));
            assertThat(seen.toString(UTF_8)).as("seed " + seed).isEqualTo(direct(scripts));
        }
    }

    /// What was prepared without a name is there after each move.
    @Test
    void theUnnamedStatementMovesWithIt() {
        for (int seed = 0; seed < WORLDS; seed++) {
            Random random = new Random(seed);
            begin();
            List<Script> scripts = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                scripts.add(script(random, List.of(""), List.of("select 1", "select 2", "fail")));
            }
            for (Script script : scripts) {
                readsInPieces(script.bytes(), random);
                if (side.isFree() && random.nextBoolean()) {
                    moves();
                }
            }
            assertThat(seen.toString(UTF_8)).as("seed " + seed).isEqualTo(direct(scripts));
        }
    }
}
