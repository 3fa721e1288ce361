package io.toomai.proxy.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.toomai.proxy.relay.ClientStream.Want;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A server is asked for when something can be sent to it, and not before: one that has nothing to
/// do is given back, and waited for anew.
final class ServerAskedForTest {
    private static final String LONG = "x".repeat(200_000);

    private final Output toClient = new Output(UnpooledByteBufAllocator.DEFAULT);
    private final Output toServer = new Output(UnpooledByteBufAllocator.DEFAULT);
    private ClientStream client = of(new Statements.Shared(new StatementTable(10)));
    private ServerSide side = new ServerSide(10);

    private ClientStream of(Statements statements) {
        return new ClientStream(statements, toClient);
    }

    @AfterEach
    void release() {
        toServer.release();
        toClient.release();
        client.release();
    }

    /// What is read of a client; a server is there as soon as it is asked for, and given back where
    /// nothing was asked of it.
    ///
    /// @return how often one was asked for
    private int asks(byte[] bytes, int piece) {
        int asked = 0;
        for (int at = 0; at < bytes.length; at += piece) {
            ByteBuf part = Unpooled.copiedBuffer(bytes, at, Math.min(piece, bytes.length - at));
            if (client.feed(part, toServer) == Want.A_SERVER) {
                asked++;
                client.link(side);
                assertThat(client.feed(Unpooled.EMPTY_BUFFER, toServer)).isEqualTo(Want.MORE_BYTES);
            }
            if (side.isFree() && !client.keepsServer()) {
                client.unlink();
            }
        }
        return asked;
    }

    static List<Arguments> longMessages() {
        String name = "n".repeat(20_000);
        return List.of(
                Arguments.of("Parse", new Script().parse("s", LONG).sync()),
                Arguments.of("unnamed Parse", new Script().parse("", LONG).sync()),
                Arguments.of("Query", new Script().query(LONG)),
                Arguments.of("Bind", new Script().bind("", "s").execute("").sync()),
                Arguments.of("long names", new Script().bind("", name).execute("").sync()),
                Arguments.of("Describe", new Script().describeStatement(name).sync()),
                Arguments.of("Close", new Script().closeStatement(name).sync()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("longMessages")
    void onceForAMessageThatComesInPieces(String what, Script script) {
        for (int piece : List.of(20, 100, 8192, 16384)) {
            side = new ServerSide(10);
            client.release();
            client = of(new Statements.Shared(new StatementTable(10)));
            asks(new Script().parse("s", "select 1").bytes(), 1000);
            side = new ServerSide(10);
            client.unlink();
            assertThat(asks(script.bytes(), piece)).as(what + " by " + piece).isEqualTo(1);
        }
    }

    @Test
    void aBindIsSentWhenWhatFollowsIsKnown() {
        client.link(side);
        asks(new Script().parse("s", "select 1").bytes(), 1000);
        side = new ServerSide(10);
        client.unlink();
        assertThat(asks(new Script().bind("", "s").bytes(), 1000)).isZero();
        assertThat(asks(new Script().execute("").sync().bytes(), 1000)).isEqualTo(1);
    }

    /// However many wait at the same time, and for however long.
    @Test
    void whoWaitsForAServerDoesNotHoldAllOfALongMessage() {
        byte[] parse = new Script().parse("", LONG).bytes();
        int at = 0;
        Want want = Want.MORE_BYTES;
        while (want == Want.MORE_BYTES) {
            want = client.feed(Unpooled.copiedBuffer(parse, at, 100), toServer);
            at += 100;
        }
        assertThat(want).isEqualTo(Want.A_SERVER);
        assertThat(client.heldBytes()).isBetween(64 << 10, (64 << 10) + 100);
    }

    /// It has sent nothing to it, so it goes on by another one.
    @Test
    void whoLosesTheServerBeforeAllOfALongMessageIsThereGoesOn() {
        Script script = new Script().parse("", LONG).sync();
        byte[] half = Arrays.copyOf(script.bytes(), 100_000);
        assertThat(asks(half, 8192)).isEqualTo(1);
        assertThat(client.keepsServer()).isTrue();
        assertThat(client.isMidMessage()).isFalse();
        client.unlink();
        assertThat(client.keepsServer()).isFalse();
        side = new ServerSide(10);
        byte[] rest = Arrays.copyOfRange(script.bytes(), half.length, script.bytes().length);
        assertThat(asks(rest, 8192)).isEqualTo(1);
        assertThat(client.keepsServer()).isFalse();
        assertThat(side.owesAnswers()).isTrue();
    }

    /// Nothing of it is read, so it need not be held.
    @ParameterizedTest
    @ValueSource(ints = {100, 8192})
    void whatGoesOnAsItIsIsNotHeld(int piece) {
        client = of(new Statements.AsTheyAre());
        byte[] parse = new Script().parse("s", LONG).bytes();
        byte[] half = Arrays.copyOf(parse, parse.length / 2);
        assertThat(asks(half, piece)).isEqualTo(1);
        assertThat(client.heldBytes()).isZero();
    }

    @Test
    void whatIsTooLongToBeReadWholeIsRefusedAtOnce() {
        ByteBuf head = Unpooled.buffer().writeByte('P').writeInt(16 << 20);
        assertThatThrownBy(() -> client.feed(head, toServer))
                .isInstanceOf(ProtocolViolation.class)
                .hasMessageContaining("must be read whole");
    }
}
