package io.toomai.proxy.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.toomai.proxy.relay.ProtocolViolation;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Edge cases 1 to 5: what a connection may begin with.
class OpeningTest {
    private static ByteBuf packet(int major, int minor, String text) {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        return Unpooled.buffer()
                .writeInt(8 + body.length)
                .writeShort(major)
                .writeShort(minor)
                .writeBytes(body);
    }

    @Test
    void aSessionWithItsParameters() {
        assertThat(
                        Opening.read(
                                packet(
                                        3,
                                        2,
                                        "user\0anna\0database\0\0application_name\0\0"
                                                + "_pq_.grease\0x\0a\0001\0a\0002\0\0")))
                .hasValueSatisfying(opening -> {
                    Opening.Start start = (Opening.Start) opening;
                    assertThat(start.user()).isEqualTo("anna");
                    assertThat(start.database()).isEqualTo("anna");
                    assertThat(start.minor()).isEqualTo(2);
                    assertThat(start.unknownOptions()).containsExactly("_pq_.grease");
                    assertThat(start.parameters())
                            .containsEntry("application_name", "")
                            .containsEntry("a", "2");
                });
    }

    @Test
    void nothingIsTakenUntilAllIsThere() {
        ByteBuf whole = packet(3, 0, "user\0anna\0\0");
        for (int length = 0; length < whole.readableBytes(); length++) {
            ByteBuf part = whole.copy(0, length);
            assertThat(Opening.read(part)).isEmpty();
            assertThat(part.readableBytes()).isEqualTo(length);
        }
        ByteBuf more = whole.copy().writeByte(7);
        assertThat(Opening.read(more)).isPresent();
        assertThat(more.readableBytes()).isEqualTo(1);
    }

    @Test
    void requestsBeforeASession() {
        assertThat(Opening.read(packet(1234, 5679, ""))).contains(new Opening.SslRequest());
        assertThat(Opening.read(packet(1234, 5680, ""))).contains(new Opening.GssRequest());
        assertThat(Opening.read(packet(1234, 5678, "\0\0\0\7key!")))
                .hasValueSatisfying(opening -> {
                    Opening.Cancel cancel = (Opening.Cancel) opening;
                    assertThat(cancel.process()).isEqualTo(7);
                    assertThat(cancel.key()).hasSize(4);
                    assertThat(cancel.toString()).doesNotContain("key!");
                });
        assertThat(Opening.read(packet(1234, 5678, "\0\0\0\7" + "k".repeat(32)))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "3|0|",
                "3|0|user",
                "3|0|user~anna",
                "3|0|user~anna~",
                "3|0|user~anna~~x",
                "3|0|user~~~",
                "3|0|database~d~~",
                "2|0|user~anna~~",
                "4|0|user~anna~~",
                "1234|5679|x",
                "1234|5678|1234567",
                "1234|5681|"
            })
    void whatIsNoneIsAViolation(String text) {
        String[] parts = text.split("\\|", -1);
        ByteBuf packet =
                packet(
                        Integer.parseInt(parts[0]),
                        Integer.parseInt(parts[1]),
                        parts[2].replace('~', '\0'));
        assertThatThrownBy(() -> Opening.read(packet)).isInstanceOf(ProtocolViolation.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 4, 7, 10_001, Integer.MAX_VALUE})
    void aLengthThatCannotBeIsAViolationAtOnce(int length) {
        ByteBuf packet = Unpooled.buffer().writeInt(length);
        assertThatThrownBy(() -> Opening.read(packet)).isInstanceOf(ProtocolViolation.class);
    }

    @Test
    void optionsAreSettings() {
        assertThat(StartupOptions.parse("-c a=b  --search-path=x\\ y -cgeqo=off -c a=c\\\\ "))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("a", "c\\", "search_path", "x y", "geqo", "off"));
        assertThat(StartupOptions.parse(" ")).isEmpty();
        for (String bad : new String[] {"-d", "-c", "-c a", "--a", "x", "-c =b"}) {
            assertThatThrownBy(() -> StartupOptions.parse(bad))
                    .as(bad)
                    .isInstanceOf(ProtocolViolation.class);
        }
        assertThat(Optional.of(StartupOptions.parse("-c x=1=2"))).contains(Map.of("x", "1=2"));
    }
}
