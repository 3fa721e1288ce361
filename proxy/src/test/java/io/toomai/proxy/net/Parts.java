package io.toomai.proxy.net;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Messages of a client's that few tests need.
final class Parts {
    static final byte[] FLUSH = RawClient.message('H', "");
    static final byte[] SYNC = RawClient.sync();
    static final byte[] TERMINATE = RawClient.message('X', "");
    static final byte[] COPY_DONE = RawClient.message('c', "");

    private Parts() {}

    static byte[] bindTo(String portal, String statement) {
        return RawClient.message('B', portal + "\0" + statement + "\0\0\0\0\0\0\0");
    }

    static byte[] executeRows(String portal, int most) {
        return RawClient.message('E', portal + "\0\0\0\0" + (char) most);
    }

    static byte[] statement(String name) {
        return RawClient.message('D', "S" + name + "\0");
    }

    static byte[] portal(String name) {
        return RawClient.message('D', "P" + name + "\0");
    }

    /// @param kind of what has the name: `S` or `P`
    static byte[] closes(char kind, String name) {
        return RawClient.message('C', kind + name + "\0");
    }

    static byte[] copies(String data) {
        return RawClient.message('d', data);
    }

    static byte[] copyFails(String why) {
        return RawClient.message('f', why + "\0");
    }

    /// All of an unnamed statement but its Sync.
    static byte[] unnamed(String sql) {
        return Dialogue.join(RawClient.parse("", sql), RawClient.bind(""), RawClient.execute());
    }

    /// A FunctionCall, arguments and result in binary.
    static byte[] calls(int function, byte[]... arguments) {
        int length = 0;
        for (byte[] argument : arguments) {
            length += 4 + argument.length;
        }
        ByteBuffer body = ByteBuffer.allocate(12 + length);
        body.putInt(function).putShort((short) 1).putShort((short) 1);
        body.putShort((short) arguments.length);
        for (byte[] argument : arguments) {
            body.putInt(argument.length).put(argument);
        }
        return FakeServer.message('F', body.putShort((short) 1).array());
    }

    static byte[] number(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    static byte[] text(String value) {
        return value.getBytes(StandardCharsets.UTF_8);
    }
}
