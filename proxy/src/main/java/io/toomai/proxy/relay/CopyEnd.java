package io.toomai.proxy.relay;

/// The end of a client's part of COPY FROM. Where it has sent Syncs before, nothing more is sent
/// until the server has said how COPY went, because that tells whether they are answered.
final class CopyEnd {
    private CopyEnd() {}

    /// CopyDone and CopyFail.
    ///
    /// @return whether the message was there
    static boolean take(Cursor cursor, ServerSide to, Output toServer) {
        long length = cursor.length();
        if (to.copy.isUnderWay() && !cursor.has(length)) {
            return false;
        }
        cursor.pass(length);
        if (to.copy.isUnderWay()) {
            ask(cursor, to, toServer);
        }
        return true;
    }

    /// A request in the middle of COPY ends the session, as PostgreSQL does it.
    ///
    /// @throws ProtocolViolation if it is one
    static void check(Cursor cursor, ServerSide to) {
        byte type = cursor.type();
        if (to.isInCopy() && isRequest(type)) {
            throw new ProtocolViolation(
                    "unexpected message type 0x%02X during COPY from stdin".formatted(type));
        }
    }

    private static boolean isRequest(byte type) {
        return switch (type) {
            case 'Q', 'P', 'B', 'D', 'C', 'E', 'F' -> true;
            default -> false; // style: of COPY itself, or none of the protocol
        };
    }

    private static void ask(Cursor cursor, ServerSide to, Output toServer) {
        if (to.endsCopy()) {
            cursor.flush(toServer);
            OwnMessages.flush(toServer);
        }
    }
}
