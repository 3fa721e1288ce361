package io.toomai.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;

/// An ErrorResponse, as far as one reads it here.
///
/// @param severity in English, or empty
/// @param code SQLSTATE; `XX000` where the server sent none
/// @param routine of the server's source that raised it; empty where the server sent none
public record ServerError(String severity, String code, String message, String routine) {
    /// @param body without type and length
    /// @throws ProtocolViolation when a text in it does not end
    public static ServerError read(ByteBuf body) {
        String severity = "";
        String code = "XX000";
        String message = "";
        String routine = "";
        ByteBuf in = body.slice();
        while (in.isReadable()) {
            byte field = in.readByte();
            if (field == 0) {
                break;
            }
            int length = in.bytesBefore((byte) 0);
            if (length < 0) {
                throw new ProtocolViolation("a text in a message does not end");
            }
            String value =
                    new String(
                            ByteBufUtil.getBytes(in, in.readerIndex(), length),
                            StandardCharsets.UTF_8);
            in.skipBytes(length + 1);
            switch (field) {
                case 'V' -> severity = value;
                case 'C' -> code = value;
                case 'M' -> message = value;
                case 'R' -> routine = value;
                default -> {}
            }
        }
        return new ServerError(severity, code, message, routine);
    }

    /// With it the server ends the connection.
    public boolean isLast() {
        return severity.equals("FATAL") || severity.equals("PANIC");
    }

    /// A prepared statement gives other columns than when it was prepared. The words may be in any
    /// language, the routine's name is not.
    boolean isStalePlan() {
        return code.equals("0A000") && routine.equals("RevalidateCachedQuery");
    }

    /// The server knows no statement of that name.
    boolean isMissingStatement() {
        return code.equals("26000");
    }

    /// As where a Bind has more or fewer parameters than its statement, which these words name.
    boolean isProtocolViolation() {
        return code.equals("08P01");
    }
}
