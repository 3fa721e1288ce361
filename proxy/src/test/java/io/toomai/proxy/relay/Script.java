package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/// A client's messages, written down in order.
final class Script {
    private final ByteBuf bytes = Unpooled.buffer();

    Script parse(String name, String sql) {
        return message('P', name + "\0" + sql + "\0\0\0");
    }

    Script bind(String portal, String name) {
        return message('B', portal + "\0" + name + "\0\0\0\0\0\0\0");
    }

    Script describeStatement(String name) {
        return message('D', "S" + name + "\0");
    }

    Script describePortal(String name) {
        return message('D', "P" + name + "\0");
    }

    Script execute(String portal) {
        return message('E', portal + "\0\0\0\0\0");
    }

    Script closeStatement(String name) {
        return message('C', "S" + name + "\0");
    }

    Script sync() {
        return message('S', "");
    }

    Script query(String sql) {
        return message('Q', sql + "\0");
    }

    Script copyData(String data) {
        return message('d', data + "\0");
    }

    Script copyDone() {
        return message('c', "");
    }

    Script copyFail() {
        return message('f', "no more\0");
    }

    byte[] bytes() {
        byte[] all = new byte[bytes.readableBytes()];
        bytes.getBytes(0, all);
        return all;
    }

    private Script message(char type, String body) {
        byte[] text = body.getBytes(StandardCharsets.UTF_8);
        bytes.writeByte(type).writeInt(4 + text.length).writeBytes(text);
        return this;
    }
}
