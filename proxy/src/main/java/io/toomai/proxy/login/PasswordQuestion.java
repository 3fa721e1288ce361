package io.toomai.proxy.login;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.toomai.core.model.Secret;
import io.toomai.proxy.relay.ProtocolViolation;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Asks a server by `auth_query` what it keeps of a user's password, and reads what it says. One
/// object per question; not thread safe.
public final class PasswordQuestion {
    private static final int NAME_AND_PASSWORD = 2;

    private Answer answer = new Answer.NoSuchUser();

    /// What the server says.
    public sealed interface Answer {
        record NoSuchUser() implements Answer {}

        /// @param password nothing for a user without one, or whose password has expired
        record Found(Optional<Secret> password) implements Answer {}

        /// @param why for the log
        record Failed(String why) implements Answer {}
    }

    /// The question. The name is a parameter and never part of the query.
    public static ByteBuf ask(String query, String name) {
        ByteBuf out = Unpooled.buffer();
        int at = begin(out, 'P');
        text(out, "");
        text(out, query);
        out.writeShort(0);
        end(out, at);
        at = begin(out, 'B');
        text(out, "");
        text(out, "");
        byte[] value = name.getBytes(StandardCharsets.UTF_8);
        out.writeShort(0).writeShort(1).writeInt(value.length).writeBytes(value).writeShort(0);
        end(out, at);
        at = begin(out, 'D');
        out.writeByte('P');
        text(out, "");
        end(out, at);
        at = begin(out, 'E');
        text(out, "");
        out.writeInt(2); // one more than there may be
        end(out, at);
        end(out, begin(out, 'S'));
        return out;
    }

    /// A message of the server's.
    ///
    /// @param body without type and length; stays the caller's
    /// @return the answer, with the last message of it
    /// @throws ProtocolViolation when it has no place here
    public Optional<Answer> message(byte type, ByteBuf body) {
        switch (type) {
            case 'T' -> {
                if (columns(body) != NAME_AND_PASSWORD) {
                    answer = new Answer.Failed("it must give two columns: name and password");
                }
            }
            case 'D' -> row(body);
            case 'E' -> answer = new Answer.Failed(reason(body));
            case 'n' -> answer = new Answer.Failed("it is no query that gives rows");
            case 'Z' -> {
                return Optional.of(answer);
            }
            case '1', '2', 's', 'C', 'N', 'S', 'A', 'I' -> {}
            default ->
                    throw new ProtocolViolation(
                            "the server answers it with a message of type " + (type & 0xff));
        }
        return Optional.empty();
    }

    private void row(ByteBuf body) {
        if (answer instanceof Answer.Failed) {
            return;
        }
        if (answer instanceof Answer.Found) {
            answer = new Answer.Failed("it gives more than one row for one user");
            return;
        }
        if (columns(body) != NAME_AND_PASSWORD) {
            throw new ProtocolViolation("a row of it has no two columns");
        }
        if (value(body).isEmpty()) {
            answer = new Answer.Failed("the name in its row is NULL");
            return;
        }
        answer = new Answer.Found(value(body).map(Secret::new));
    }

    private static int columns(ByteBuf body) {
        if (body.readableBytes() < 2) {
            throw new ProtocolViolation("a message of the server's is too short");
        }
        return body.readUnsignedShort();
    }

    private static Optional<String> value(ByteBuf body) {
        int length = body.readableBytes() < 4 ? Integer.MAX_VALUE : body.readInt();
        if (length == -1) {
            return Optional.empty();
        }
        if (length < 0 || length > body.readableBytes()) {
            throw new ProtocolViolation("a column in the server's row does not end");
        }
        return Optional.of(body.readCharSequence(length, StandardCharsets.UTF_8).toString());
    }

    /// Code and message of an ErrorResponse, whatever it lacks.
    private static String reason(ByteBuf body) {
        StringBuilder reason = new StringBuilder();
        while (body.isReadable()) {
            byte field = body.readByte();
            int length = body.bytesBefore((byte) 0);
            if (field == 0 || length < 0) {
                break;
            }
            String value = body.readCharSequence(length, StandardCharsets.UTF_8).toString();
            body.skipBytes(1);
            if (field == 'C' || field == 'M') {
                reason.append(reason.isEmpty() ? "" : " ").append(value);
            }
        }
        return reason.isEmpty() ? "the server says no reason" : reason.toString();
    }

    private static int begin(ByteBuf out, char type) {
        out.writeByte(type);
        int at = out.writerIndex();
        out.writeInt(0);
        return at;
    }

    private static void end(ByteBuf out, int at) {
        out.setInt(at, out.writerIndex() - at);
    }

    private static void text(ByteBuf out, String text) {
        ByteBufUtil.writeUtf8(out, text);
        out.writeByte(0);
    }
}
