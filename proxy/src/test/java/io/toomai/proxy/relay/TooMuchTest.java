package io.toomai.proxy.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.toomai.proxy.relay.ClientStream.Want;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A client that never comes to an end costs bounded memory, also where nothing of what it sends
/// goes anywhere.
final class TooMuchTest implements NothingNoted {
    private static final int MANY = 1_000_000;

    private final Output toClient = new Output(UnpooledByteBufAllocator.DEFAULT);
    private final Output toServer = new Output(UnpooledByteBufAllocator.DEFAULT);
    private final StatementTable table = new StatementTable(5000, () -> 1, 40 << 20);
    private final ClientStream client = new ClientStream(new Statements.Shared(table), toClient);
    private final ServerSide side = new ServerSide(5000, 5 << 20);
    private final ServerStream server = new ServerStream(side, this);

    TooMuchTest() {
        client.link(side);
        server.link();
        sends(new Script().parse("s", "select 1").sync());
        answers('1', "");
        answers('Z', "I");
    }

    @AfterEach
    void release() {
        toServer.release();
        toClient.release();
        client.release();
        server.release();
    }

    private Want sends(Script script) {
        return client.feed(Unpooled.wrappedBuffer(script.bytes()), toServer);
    }

    private void answers(char type, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuf message =
                Unpooled.buffer().writeByte(type).writeInt(4 + bytes.length).writeBytes(bytes);
        server.feed(message, client, toClient);
    }

    /// @return what it waits for in the end
    private Want comesAndGoes(String name, Script end) {
        byte[] one = new Script().parse(name, "select 1").closeStatement(name).bytes();
        byte[] last = end.bytes();
        Want want = Want.MORE_BYTES;
        for (int i = 0; i < MANY && want == Want.MORE_BYTES; i++) {
            want = client.feed(Unpooled.wrappedBuffer(one.clone(), last.clone()), toServer);
        }
        return want;
    }

    private void assertTooMuch(Runnable what) {
        assertThatThrownBy(what::run)
                .isInstanceOfSatisfying(
                        ProtocolViolation.class, e -> assertThat(e.code()).isEqualTo("54000"));
        assertThat(side.outstanding.size()).isLessThan(100_000);
    }

    @Test
    void withoutASyncNoAnswerMakesRoom() {
        sends(new Script().bind("", "s"));
        assertTooMuch(() -> comesAndGoes("a", new Script()));
    }

    @Test
    void longTextsAreFewer() {
        String text = "select '" + "x".repeat(1 << 20) + "' as t";
        assertTooMuch(() -> {
            for (int i = 0; i < 100; i++) {
                sends(new Script().parse("s" + i, text + i));
            }
        });
    }

    /// Nor do those that a client has no more stay for ever, here and at the server.
    @Test
    void longTextsThatNobodyHasMakeRoom() {
        String text = "select '" + "x".repeat(1 << 20) + "' as t";
        for (int i = 0; i < 100; i++) {
            sends(new Script().parse("s" + i, text + i).closeStatement("s" + i));
            while (side.outstanding.head() == Request.CLOSE) {
                answers('3', "");
            }
            answers('1', "");
            toServer.release();
        }
        assertThat(table.weight()).isBetween(30L << 20, 40L << 20);
        assertThat(side.prepared()).isEqualTo(4);
    }

    @Test
    void longNamesAreFewer() {
        sends(new Script().bind("", "s"));
        assertTooMuch(() -> comesAndGoes("a".repeat(50_000), new Script()));
        assertThat(side.outstanding.size()).isLessThan(200);
    }

    @Test
    void inTheMiddleOfACopyNoAnswerMakesRoom() {
        sends(new Script().query("copy t from stdin"));
        answers('G', "\0\0\0");
        assertTooMuch(() -> comesAndGoes("a", new Script()));
    }

    /// PostgreSQL takes no longer one.
    @Test
    void theEndOfACopyIsShort() {
        sends(new Script().query("copy t from stdin"));
        answers('G', "\0\0\0");
        ByteBuf head = Unpooled.buffer().writeByte('f').writeInt(10_000);
        assertThatThrownBy(() -> client.feed(head, toServer))
                .isInstanceOf(ProtocolViolation.class)
                .hasMessageContaining("10001 bytes");
    }

    @Test
    void answersThatWillComeAreWaitedFor() {
        sends(new Script().query("select pg_sleep(1)"));
        assertThat(comesAndGoes("a", new Script())).isEqualTo(Want.ANSWERS);
        assertThat(side.outstanding.size()).isLessThan(100_000);
        answers('C', "SELECT 1\0");
        answers('Z', "I");
        assertThat(client.feed(Unpooled.buffer(0), toServer)).isEqualTo(Want.MORE_BYTES);
        assertThat(side.owesAnswers()).isFalse();
    }

    @Test
    void whatIsAnsweredAtOnceMayBeAsMuchAsItIs() {
        assertThat(comesAndGoes("a", new Script())).isEqualTo(Want.MORE_BYTES);
        assertThat(client.prepared()).isEqualTo(1);
    }

    @Test
    void aClientHasOnlySoManyNames() {
        assertTooMuch(() -> {
            for (int i = 0; i < MANY; i++) {
                sends(new Script().parse("name " + i, "select 1"));
            }
        });
        assertThat(client.prepared()).isBetween(200_000, 300_000);
    }
}
