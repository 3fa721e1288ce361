package io.toomai.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.toomai.proxy.console.Answers;
import io.toomai.proxy.console.Column;
import io.toomai.proxy.console.Console;
import io.toomai.proxy.console.Row;
import io.toomai.proxy.console.Table;
import io.toomai.proxy.relay.Output;
import io.toomai.proxy.session.CancelKey;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A console's answers as messages of the protocol. After each line comes ReadyForQuery.
final class ConsoleReplies implements Answers {
    /// What a server says of itself after the login.
    private static final Map<String, String> PARAMETERS =
            new TreeMap<>(
                    Map.of(
                            "server_version", Console.VERSION + "/bouncer",
                            "client_encoding", "UTF8",
                            "server_encoding", "UTF8",
                            "DateStyle", "ISO",
                            "TimeZone", "GMT",
                            "standard_conforming_strings", "on",
                            "is_superuser", "on"));

    /// What a message of fields is.
    private enum Kind {
        NOTICE('N', 'D'),
        ERROR('E', 'H');

        final char type;

        /// The field besides the text.
        final char more;

        Kind(char type, char more) {
            this.type = type;
            this.more = more;
        }
    }

    private final Output to;
    private final Runnable afterwards;

    /// @param afterwards called when a line has its whole answer
    ConsoleReplies(Output to, Runnable afterwards) {
        this.to = to;
        this.afterwards = afterwards;
    }

    /// From AuthenticationOk to the first ReadyForQuery.
    void welcome(CancelKey key) {
        to.room(1024).writeByte('R').writeInt(8).writeInt(0);
        PARAMETERS.forEach(
                (name, value) -> Replies.parameter(to, name, value, StandardCharsets.UTF_8));
        Replies.ready(to, key);
    }

    @Override
    public void notice(String text, String detail) {
        fields(Kind.NOTICE, "00000", text, detail);
    }

    @Override
    public void table(Table table) {
        description(table);
        table.rows().forEach(this::row);
        tag("SHOW");
        ended();
    }

    @Override
    public void done(String tag) {
        tag(tag);
        ended();
    }

    @Override
    public void failed(String code, String text, String hint) {
        fields(Kind.ERROR, code, text, hint);
        ended();
    }

    private void ended() {
        ready();
        afterwards.run();
    }

    void error(String code, String text) {
        fields(Kind.ERROR, code, text, "");
    }

    void ready() {
        to.room(6).writeByte('Z').writeInt(5).writeByte('I');
    }

    private void description(Table table) {
        ByteBuf out = to.room(1024);
        int start = begin(out, 'T');
        out.writeShort(table.columns().size());
        for (Column column : table.columns()) {
            text(out, column.name());
            out.writeInt(0).writeShort(0); // of no table
            out.writeInt(column.type().oid()).writeShort(column.type().size());
            out.writeInt(-1).writeShort(0); // no modifier, as text
        }
        end(out, start);
    }

    private void row(Row row) {
        ByteBuf out = to.room(1024);
        int start = begin(out, 'D');
        out.writeShort(row.cells().size());
        for (Optional<String> cell : row.cells()) {
            if (cell.isEmpty()) {
                out.writeInt(-1);
            } else {
                out.writeInt(ByteBufUtil.utf8Bytes(cell.get()));
                ByteBufUtil.writeUtf8(out, cell.get());
            }
        }
        end(out, start);
    }

    private void tag(String tag) {
        ByteBuf out = to.room(64);
        int start = begin(out, 'C');
        text(out, tag);
        end(out, start);
    }

    /// @param more a notice's detail, an error's hint; empty if there is none
    private void fields(Kind kind, String code, String text, String more) {
        ByteBuf out = to.room(256);
        int start = begin(out, kind.type);
        field(out, 'S', kind.name());
        field(out, 'C', code);
        field(out, 'M', text);
        if (!more.isEmpty()) {
            field(out, kind.more, more);
        }
        out.writeByte(0);
        end(out, start);
    }

    private static int begin(ByteBuf out, char type) {
        out.writeByte(type).writeInt(0);
        return out.writerIndex() - 4;
    }

    private static void end(ByteBuf out, int start) {
        out.setInt(start, out.writerIndex() - start);
    }

    private static void field(ByteBuf out, char type, String value) {
        out.writeByte(type);
        text(out, value);
    }

    private static void text(ByteBuf out, String value) {
        ByteBufUtil.writeUtf8(out, value);
        out.writeByte(0);
    }
}
