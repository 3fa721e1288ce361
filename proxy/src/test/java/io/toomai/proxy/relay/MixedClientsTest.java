package io.toomai.proxy.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Clients that came before and after `max_prepared_statements` was changed share servers: whatever
/// one does with statements, the other's unnamed one stays its own.
final class MixedClientsTest implements NothingNoted {
    private final Output toClient = new Output(UnpooledByteBufAllocator.DEFAULT);
    private final Output toServer = new Output(UnpooledByteBufAllocator.DEFAULT);
    private final StatementTable table = new StatementTable(100);
    private final ClientStream shared = client(new Statements.Shared(table));
    private final ClientStream asItIs = client(new Statements.AsTheyAre());
    private final FakePostgres server = new FakePostgres();
    private final ServerSide side = new ServerSide(10);
    private final ServerStream stream = new ServerStream(side, this);

    private ClientStream client(Statements statements) {
        return new ClientStream(statements, toClient);
    }

    @AfterEach
    void release() {
        shared.release();
        asItIs.release();
    }

    /// @return what it hears
    private String runs(ClientStream client, Script script) {
        ByteBuf seen = Unpooled.buffer();
        client.link(side);
        stream.link();
        client.feed(Unpooled.wrappedBuffer(script.bytes()), toServer);
        toServer.drainTo(part -> {
            stream.feed(server.feed(part), client, toClient);
            part.release();
        });
        toClient.drainTo(part -> {
            seen.writeBytes(part);
            part.release();
        });
        assertThat(side.isFree()).isTrue();
        client.unlink();
        stream.unlink();
        return seen.toString(UTF_8);
    }

    static List<Script> whatAnotherDoes() {
        return List.of(
                new Script().parse("", "select 2").sync(),
                new Script().closeStatement("").sync(),
                new Script().parse("", "bad").sync(),
                new Script().query("select 2"),
                new Script().parse("s", "bad").query("select 2").sync(),
                new Script().parse("s", "select 2").closeStatement("s").sync());
    }

    @ParameterizedTest
    @MethodSource("whatAnotherDoes")
    void anUnnamedStatementIsNobodyElses(Script another) {
        runs(shared, new Script().parse("", "select 1").sync());
        runs(asItIs, another);
        assertThat(runs(shared, new Script().bind("", "").execute("").sync())).contains("select 1");
    }

    @ParameterizedTest
    @MethodSource("whatAnotherDoes")
    void whoHasNoneGetsNone(Script another) {
        runs(asItIs, new Script().parse("", "select 2").sync());
        runs(asItIs, another);
        assertThat(runs(shared, new Script().bind("", "").execute("").sync())).contains("26000");
    }

    /// What the server never got to has not dropped it.
    @Test
    void aQueryThatWasPassedOverDropsNobodys() {
        runs(client(new Statements.Shared(table)), new Script().parse("", "select 2").sync());
        runs(shared, new Script().parse("s", "bad").query("select 1").sync());
        assertThat(runs(shared, new Script().bind("", "").execute("").sync())).contains("26000");
    }
}
