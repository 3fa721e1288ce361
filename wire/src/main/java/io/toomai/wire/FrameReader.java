package io.toomai.wire;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// Splits the server's byte stream into messages: one type byte, a length, a payload. The payload
/// buffer is reused; no message larger than the limit is ever allocated. Not thread-safe.
final class FrameReader {
    /// Before the server has proven itself nothing it needs to say is longer (libpq's bound).
    static final int LIMIT_BEFORE_AUTHENTICATION = 30_000;

    /// Backup data comes in pieces of at most 32 KiB; timeline histories are the longest rows.
    static final int LIMIT = 16 * 1024 * 1024;

    private static final int HEADER_BYTES = 5;

    private final InputStream in;
    private final byte[] header = new byte[HEADER_BYTES];
    private byte[] buffer = new byte[8192];
    private int limit;
    private int length;

    FrameReader(InputStream in, int limit) {
        this.in = in;
        this.limit = limit;
    }

    void limit(int bytes) {
        limit = bytes;
    }

    /// Reads the next message whole and returns its type; its payload is then [#payload()].
    byte next() throws IOException {
        fill(header, HEADER_BYTES);
        int announced = ByteBuffer.wrap(header, 1, 4).getInt();
        if (announced < 4 || announced - 4 > limit) {
            throw new WireException(
                    WireException.Code.WIRE_PROTOCOL,
                    "message of type "
                            + printable(header[0])
                            + " announces "
                            + announced
                            + " bytes; at most "
                            + limit
                            + " are accepted (is this a PostgreSQL port?)");
        }
        length = announced - 4;
        if (buffer.length < length) {
            buffer = new byte[length];
        }
        fill(buffer, length);
        return header[0];
    }

    Payload payload() {
        return new Payload(ByteBuffer.wrap(buffer, 0, length));
    }

    static String printable(byte type) {
        return type > ' ' && type < 127
                ? "'" + (char) type + "'"
                : "0x" + Integer.toHexString(type & 0xFF);
    }

    private void fill(byte[] target, int count) throws IOException {
        int read = in.readNBytes(target, 0, count);
        if (read < count) {
            throw new EOFException("the server closed the connection");
        }
    }
}
