package io.toomai.wire;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.SequencedMap;

/// Writes the messages of a client, each in one piece and flushed. Text with a zero byte in it is
/// refused: it would end the field early and could smuggle in another. Not thread-safe.
final class FrameWriter {
    private static final int PROTOCOL_3_0 = 3 << 16;
    private static final int SSL_REQUEST = (1234 << 16) | 5679;

    private final OutputStream out;

    FrameWriter(OutputStream out) {
        this.out = out;
    }

    void sslRequest() throws IOException {
        untyped(body -> body.writeInt(SSL_REQUEST));
    }

    void startup(SequencedMap<String, String> parameters) throws IOException {
        untyped(body -> {
            body.writeInt(PROTOCOL_3_0);
            for (var parameter : parameters.entrySet()) {
                cstring(body, parameter.getKey());
                cstring(body, parameter.getValue());
            }
            body.writeByte(0);
        });
    }

    void query(String command) throws IOException {
        typed('Q', body -> cstring(body, command));
    }

    void password(String response) throws IOException {
        typed('p', body -> cstring(body, response));
    }

    void saslInitial(String mechanism, String response) throws IOException {
        byte[] bytes = response.getBytes(StandardCharsets.UTF_8);
        typed(
                'p',
                body -> {
                    cstring(body, mechanism);
                    body.writeInt(bytes.length);
                    body.write(bytes);
                });
    }

    void saslResponse(String response) throws IOException {
        typed('p', body -> body.write(response.getBytes(StandardCharsets.UTF_8)));
    }

    void terminate() throws IOException {
        typed('X', _ -> {});
    }

    private interface Body {
        void writeTo(DataOutputStream body) throws IOException;
    }

    private void typed(char type, Body body) throws IOException {
        send(new byte[] {(byte) type}, body);
    }

    private void untyped(Body body) throws IOException {
        send(new byte[0], body);
    }

    private void send(byte[] type, Body body) throws IOException {
        var content = new ByteArrayOutputStream();
        body.writeTo(new DataOutputStream(content));
        var message = new ByteArrayOutputStream();
        message.write(type);
        new DataOutputStream(message).writeInt(content.size() + 4);
        content.writeTo(message);
        message.writeTo(out);
        out.flush();
    }

    private static void cstring(DataOutputStream body, String text) throws IOException {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("text for the server must not contain a zero byte");
        }
        body.write(text.getBytes(StandardCharsets.UTF_8));
        body.writeByte(0);
    }
}
