package io.toomai.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FrameTest {
    private static FrameReader reader(byte[] bytes, int limit) {
        return new FrameReader(new ByteArrayInputStream(bytes), limit);
    }

    private static byte[] frame(char type, byte[] payload) {
        return ByteBuffer.allocate(5 + payload.length)
                .put((byte) type)
                .putInt(4 + payload.length)
                .put(payload)
                .array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void messagesAreReadOneByOne() throws IOException {
        byte[] large = new byte[20_000];
        large[19_999] = 7;
        var bytes = new ByteArrayOutputStream();
        bytes.write(frame('C', ascii("SELECT 1\0")));
        bytes.write(frame('d', large));
        bytes.write(frame('Z', ascii("I")));
        FrameReader reader = reader(bytes.toByteArray(), 20_000);
        assertThat(reader.next()).isEqualTo((byte) 'C');
        assertThat(reader.payload().cstring()).isEqualTo("SELECT 1");
        assertThat(reader.next()).isEqualTo((byte) 'd');
        assertThat(reader.payload().bytes(20_000)).isEqualTo(large);
        assertThat(reader.next()).isEqualTo((byte) 'Z');
        assertThat(reader.payload().remaining()).isEqualTo(1);
        assertThatThrownBy(reader::next).isInstanceOf(EOFException.class);
    }

    @Test
    void aMessageBeyondTheLimitIsRefusedBeforeItIsAllocated() {
        byte[] huge = ByteBuffer.allocate(5).put((byte) 'd').putInt(Integer.MAX_VALUE).array();
        assertProtocolError(() -> next(reader(huge, 1000)), "at most 1000");
        byte[] negative = ByteBuffer.allocate(5).put((byte) 'd').putInt(3).array();
        assertProtocolError(() -> next(reader(negative, 1000)), "announces 3 bytes");
    }

    @Test
    void aCutMessageIsAnEndOfStream() {
        assertThatThrownBy(() -> reader(new byte[] {'d', 0, 0}, 1000).next())
                .isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> reader(new byte[] {'d', 0, 0, 0, 9, 1}, 1000).next())
                .isInstanceOf(EOFException.class);
    }

    @Test
    void fieldsBeyondTheMessageAreProtocolErrors() {
        assertProtocolError(() -> payload(1).int16(), "shorter");
        assertProtocolError(() -> payload(1, 2, 3).int32(), "shorter");
        assertProtocolError(() -> payload(1, 2, 3).int64(), "shorter");
        assertProtocolError(() -> payload('a', 'b').cstring(), "zero byte");
        assertProtocolError(() -> payload(1, 2).bytes(3), "field of 3 bytes");
        assertProtocolError(() -> payload(1, 2).bytes(-7), "field of -7 bytes");
        assertProtocolError(() -> Row.parse(payload(0, 1, 0, 0, 0, 9, 1)), "field of 9 bytes");
    }

    @Test
    void aRowKnowsNullFromEmpty() {
        Row row = Row.parse(payload(0, 3, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 1, 'x'));
        assertThat(row.text(0)).isEmpty();
        assertThat(row.text(1)).isEqualTo(Optional.of(""));
        assertThat(row.required(2)).isEqualTo("x");
        assertProtocolError(() -> row.required(0), "NULL");
        assertProtocolError(() -> row.text(3), "no column 3");
        assertProtocolError(() -> row.requiredLsn(2), "not an LSN");
    }

    @Test
    void serverErrorsKeepTheirFields() {
        ServerError error =
                ServerError.parse(
                        new Payload(
                                ByteBuffer.wrap(
                                        ascii(
                                                "SFEHLER\0VERROR\0C42704\0Mno slot\0"
                                                        + "Wfoo\0Hmake one\0\0"))));
        assertThat(error).isEqualTo(new ServerError("ERROR", "42704", "no slot", "", "make one"));
        assertThat(error.summary()).isEqualTo("ERROR: no slot (SQLSTATE 42704); hint: make one");
        assertThat(error.endsTheSession()).isFalse();
    }

    @Test
    void whatTheClientWrites() throws IOException {
        var out = new ByteArrayOutputStream();
        var writer = new FrameWriter(out);
        writer.query("SHOW é");
        assertThat(out.toByteArray())
                .isEqualTo(frame('Q', "SHOW é\0".getBytes(StandardCharsets.UTF_8)));
        out.reset();
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("user", "u");
        writer.startup(parameters);
        assertThat(out.toByteArray())
                .isEqualTo(
                        ByteBuffer.allocate(16)
                                .putInt(16)
                                .putInt(196608)
                                .put(ascii("user\0u\0\0"))
                                .array());
        out.reset();
        writer.saslInitial("M", "abc");
        assertThat(out.toByteArray())
                .isEqualTo(frame('p', new byte[] {'M', 0, 0, 0, 0, 3, 'a', 'b', 'c'}));
        assertThatThrownBy(() -> writer.query("SHOW a\0b"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void credentialsAndLabelsStayWhatTheyAre() {
        assertThat(new Credentials("u", "hush").toString()).doesNotContain("hush");
        assertThat(BaseBackupOptions.labelled("it's").withMaxRate(64).command())
                .isEqualTo(
                        "BASE_BACKUP (LABEL 'it''s', PROGRESS true, MANIFEST 'yes',"
                                + " CHECKPOINT 'fast', WAL true, WAIT false, MAX_RATE 64)");
    }

    private static Payload payload(int... bytes) {
        byte[] raw = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            raw[i] = (byte) bytes[i];
        }
        return new Payload(ByteBuffer.wrap(raw));
    }

    private static void next(FrameReader reader) {
        try {
            reader.next();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertProtocolError(Runnable action, String message) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        WireException.class,
                        e -> assertThat(e.code()).isEqualTo(WireException.Code.WIRE_PROTOCOL))
                .hasMessageContaining(message);
    }
}
