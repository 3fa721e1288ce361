package io.toomai.proxy.relay;

import io.netty.buffer.Unpooled;

/// A statement's text and parameter types, once for all clients of a pool that prepare the same.
final class Statement {
    private final byte[] body;
    private final boolean mayEnd;
    private int holders;

    /// @param body what follows the name in a Parse message: text, NUL, types
    Statement(byte[] body) {
        this.body = body;
        this.mayEnd = Ending.mayBeIn(Unpooled.wrappedBuffer(body), 0, body.length);
    }

    /// Whether it may end a transaction.
    boolean mayEnd() {
        return mayEnd;
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
