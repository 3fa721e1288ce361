package io.toomai.proxy.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A pipeline in which the server forgets all statements, and what becomes of those behind that.
final class ForgettingTest {
    private static final Script SETUP = new Script().parse("s", "select 0").sync();

    private static Script forgetting() {
        return new Script().parse("", "deallocate all").bind("", "").execute("");
    }

    private static Script use(String name) {
        return new Script().bind("", name).execute("").sync();
    }

    static List<List<Script>> conversations() {
        Script again = forgetting().parse("s", "select 1").closeStatement("s");
        return List.of(
                List.of(SETUP, forgetting().parse("s", "select 1").sync(), use("s")),
                List.of(SETUP, again.parse("s", "select 2").sync(), use("s")),
                List.of(
                        SETUP,
                        forgetting().parse("s", "select 1").closeStatement("s").sync(),
                        new Script().parse("s", "select 2").sync(),
                        use("s")),
                List.of(SETUP, forgetting().parse("", "select 3").sync(), use("")),
                List.of(SETUP, forgetting().sync(), use("")));
    }

    @ParameterizedTest
    @MethodSource("conversations")
    void whatComesBehindCounts(List<Script> conversation) {
        FakePostgres direct = new FakePostgres();
        ByteBuf expected = Unpooled.buffer();
        try (Session session = new Session(2, 5, count -> 0)) {
            for (Script script : conversation) {
                expected.writeBytes(direct.feed(Unpooled.wrappedBuffer(script.bytes())));
                session.read(script.bytes(), 4096);
            }
            assertThat(readable(session.seen())).isEqualTo(readable(expected));
        }
    }

    private static String readable(ByteBuf messages) {
        return new String(ByteBufUtil.getBytes(messages), StandardCharsets.ISO_8859_1);
    }
}
