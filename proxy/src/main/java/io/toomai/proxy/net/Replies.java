package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.toomai.proxy.relay.Output;
import io.toomai.proxy.session.CancelKey;
import java.nio.charset.Charset;
import java.util.Optional;

/// Messages that the proxy sends in its own name.
final class Replies {
    private Replies() {}

    static void fatal(Output to, String code, String text) {
        fatal(to, code, text, Optional.empty());
    }

    /// @param detail what more is known
    static void fatal(Output to, String code, String text, Optional<String> detail) {
        int room = 64 + text.length() * 3 + detail.map(String::length).orElse(0) * 3;
        report(to.room(room), new Report('E', "FATAL", code, text, detail));
    }

    static void notice(Output to, String code, String text) {
        report(
                to.room(64 + text.length() * 3),
                new Report('N', "NOTICE", code, text, Optional.empty()));
    }

    /// What a client hears that is not let in; its connection ends with it.
    static void lastWords(ChannelHandlerContext ctx, String code, String text) {
        ByteBuf out = ctx.alloc().ioBuffer(256);
        report(out, new Report('E', "FATAL", code, text, Optional.empty()));
        Sending.write(ctx.channel(), out);
        Sending.closeWhenSent(ctx.channel());
    }

    /// @param type of the message: an error's or a notice's
    private record Report(
            char type, String severity, String code, String text, Optional<String> detail) {}

    private static void report(ByteBuf out, Report report) {
        out.writeByte(report.type());
        int start = out.writerIndex();
        out.writeInt(0);
        field(out, 'S', report.severity());
        field(out, 'V', report.severity());
        field(out, 'C', report.code());
        field(out, 'M', report.text());
        report.detail().ifPresent(more -> field(out, 'D', more));
        out.writeByte(0);
        out.setInt(start, out.writerIndex() - start);
    }

    static void parameter(Output to, String name, String value, Charset encoding) {
        byte[] text = (name + '\0' + value + '\0').getBytes(encoding);
        to.room(5 + text.length).writeByte('S').writeInt(4 + text.length).writeBytes(text);
    }

    /// The end of a login.
    static void ready(Output to, CancelKey key) {
        ByteBuf out = to.room(64);
        out.writeByte('K').writeInt(8 + key.secret().length);
        key.write(out);
        out.writeByte('Z').writeInt(5).writeByte('I');
    }

    private static void field(ByteBuf out, char type, String value) {
        out.writeByte(type);
        ByteBufUtil.writeUtf8(out, value);
        out.writeByte(0);
    }
}
