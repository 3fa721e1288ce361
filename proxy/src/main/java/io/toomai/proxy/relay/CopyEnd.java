package io.toomai.proxy.relay;

/// The end of a client's part of COPY FROM. Where it has sent Syncs before, nothing more is sent
/// until the server has said how COPY went, because that tells whether they are answered.
final class CopyEnd {
    /// As PostgreSQL takes them, in bytes.
    private static final int LONGEST = 10_000;

    private CopyEnd() {}

    /// CopyDone and CopyFail.
    ///
    /// @return whether the message was there
    /// @throws ProtocolViolation if it is too long
    static boolean take(Cursor cursor, ServerSide to, Output toServer) {
        long length = cursor.length();
        if (length > LONGEST) {
            throw new ProtocolViolation(
                    "a message of type '%c' has %d bytes".formatted(cursor.type(), length));
        }
        if (to.copy.isUnderWay() && !cursor.has(length)) {
            return false;
        }
        cursor.pass(length);
        if (to.copy.isUnderWay() && to.endsCopy()) {
            cursor.flush(toServer);
            OwnMessages.flush(toServer);
        }
        return true;
    }
}
