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
        if (to.copy.isUnderWay() && to.endsCopy()) {
            cursor.flush(toServer);
            OwnMessages.flush(toServer);
        }
        return true;
    }
}
