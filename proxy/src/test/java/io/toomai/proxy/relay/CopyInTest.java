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

/// A server that is asked which Syncs it has read as a part of COPY may lie.
final class CopyInTest implements NothingNoted {
    private final Output toClient = new Output(UnpooledByteBufAllocator.DEFAULT);
    private final Output toServer = new Output(UnpooledByteBufAllocator.DEFAULT);
    private final ClientStream client =
            new ClientStream(
                    new Statements.Shared(new StatementTable(5000, () -> 1, 1 << 20)), toClient);
    private final ServerSide side = new ServerSide(100);
    private final ServerStream server = new ServerStream(side, this);

    CopyInTest() {
        client.link(side);
        server.link();
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

    /// One of the client's Syncs is outstanding when the proxy asks.
    private void failsBehindASync() {
        sends(new Script().parse("", "copy t from stdin").bind("", "").execute("").sync());
        answers('1', "");
        answers('2', "");
        answers('G', "\0\0\0");
        answers('E', "C22P02\0\0");
        assertThat(sends(new Script().query("select 1"))).isEqualTo(Want.ANSWERS);
    }

    @Test
    void itHasAnsweredAllOrNone() {
        failsBehindASync();
        answers('Z', "I");
        answers('Z', "I");
        answers('3', "");
        answers('Z', "I");
        assertThat(side.isFree()).isTrue();
    }

    @Test
    void oneThatSaysThatItHasAnsweredMoreIsOfNoUse() {
        failsBehindASync();
        for (int i = 0; i < 5; i++) {
            answers('Z', "I");
        }
        assertThatThrownBy(() -> answers('3', ""))
                .isInstanceOf(ProtocolViolation.class)
                .hasMessage("the server is ready more often than it was asked");
    }
}
