package io.toomai.wire;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Reads the fields of one message in order. A message that is shorter than its fields is a
/// protocol error, never an index error. Views the reader's buffer: valid until the next message is
/// read.
final class Payload {
    private final ByteBuffer bytes;

    Payload(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    byte int8() {
        try {
            return bytes.get();
        } catch (BufferUnderflowException e) {
            throw tooShort(e);
        }
    }

    short int16() {
        try {
            return bytes.getShort();
        } catch (BufferUnderflowException e) {
            throw tooShort(e);
        }
    }

    int int32() {
        try {
            return bytes.getInt();
        } catch (BufferUnderflowException e) {
            throw tooShort(e);
        }
    }

    long int64() {
        try {
            return bytes.getLong();
        } catch (BufferUnderflowException e) {
            throw tooShort(e);
        }
    }

    /// Text up to its terminating zero byte, as UTF-8.
    String cstring() {
        for (int end = bytes.position(); end < bytes.limit(); end++) {
            if (bytes.get(end) == 0) {
                byte[] text = bytes(end - bytes.position());
                bytes.get();
                return new String(text, StandardCharsets.UTF_8);
            }
        }
        throw new WireException(
                WireException.Code.WIRE_PROTOCOL, "text in a message has no terminating zero byte");
    }

    byte[] bytes(int count) {
        if (count < 0 || count > bytes.remaining()) {
            throw new WireException(
                    WireException.Code.WIRE_PROTOCOL,
                    "a message announces a field of " + count + " bytes but has " + remaining());
        }
        byte[] copy = new byte[count];
        bytes.get(copy);
        return copy;
    }

    int remaining() {
        return bytes.remaining();
    }

    /// What was not read yet, without a copy.
    ByteBuffer rest() {
        return bytes;
    }

    private static WireException tooShort(BufferUnderflowException cause) {
        return new WireException(
                WireException.Code.WIRE_PROTOCOL, "a message is shorter than its fields", cause);
    }
}
