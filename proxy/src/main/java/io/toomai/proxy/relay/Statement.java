package io.toomai.proxy.relay;

import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// A statement's text and parameter types, once for all clients of a pool that prepare the same.
final class Statement {
    private final byte[] body;
    private final Ending ending;
    private final Listening.@Nullable Alone listening;
    private int holders;

    /// @param body what follows the name in a Parse message: text, NUL, types
    Statement(byte[] body) {
        this.body = body;
        this.ending = Ending.of(Unpooled.wrappedBuffer(body), 0, textLength(body));
        this.listening = Listening.read(Unpooled.wrappedBuffer(body), 0, textLength(body));
    }

    /// Whether it may end a transaction.
    Ending ending() {
        return ending;
    }

    Listening.@Nullable Alone listening() {
        return listening;
    }

    private static int textLength(byte[] body) {
        int length = 0;
        while (length < body.length && body[length] != 0) {
            length++;
        }
        return length;
    }

    byte[] body() {
        return body;
    }

    void hold() {
        holders++;
    }

    void letGo() {
        holders--;
    }

    boolean isHeld() {
        return holders > 0;
    }
}
