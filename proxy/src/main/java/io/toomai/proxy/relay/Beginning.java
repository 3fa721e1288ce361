package io.toomai.proxy.relay;

/// How much of a client's message must be there before anything can be done with it. No server is
/// asked for before that: it would be given back unused, and waited for anew with each piece.
final class Beginning {
    /// The two names at the beginning of a Bind may be so long together.
    static final int LONGEST_NAMES = 64 << 10;

    /// Of a message that must be read whole so much is there before a server is asked for: who
    /// waits for one holds no more. Then it keeps that server until its message is there.
    static final int LONG = 64 << 10;

    /// A message that must be read whole may be so long.
    private static final int LONGEST_WHOLE = 16 << 20;

    /// A message up to this length is there before a server is asked for: whoever stops in the
    /// middle of one keeps none. (A longer one may have to go on before its end comes.)
    private static final int SHORT = 16 << 10;

    private Beginning() {}

    /// Whether a server should be asked for. Of a message that nobody knows no end is waited for.
    ///
    /// @throws ProtocolViolation if more must be read than anybody may send
    static boolean isThere(Cursor cursor, Statements statements) {
        long length = cursor.length();
        boolean isRead = statements instanceof Statements.Shared;
        return switch (cursor.type()) {
            case 'P' -> isRead ? isLongThere(cursor, length) : isShortThere(cursor, length);
            case 'B' -> isRead ? isBindThere(cursor, length) : isShortThere(cursor, length);
            case 'D', 'C' ->
                    isRead
                            ? cursor.has(Math.min(length, LONGEST_NAMES))
                            : isShortThere(cursor, length);
            case 'Q', 'E', 'F', 'S' -> isShortThere(cursor, length);
            default -> true;
        };
    }

    private static boolean isShortThere(Cursor cursor, long length) {
        return cursor.has(Math.min(length, SHORT));
    }

    private static boolean isLongThere(Cursor cursor, long length) {
        return isWhole(cursor, length) || cursor.has(LONG);
    }

    /// Its names, and of one that may be sent again what follows, too.
    private static boolean isBindThere(Cursor cursor, long length) {
        return length > Retry.MOST
                ? cursor.has(Math.min(length, LONGEST_NAMES + 1))
                : isThereWithNext(cursor, length);
    }

    /// No server answers a Bind alone, so what follows may be waited for.
    static boolean isThereWithNext(Cursor cursor, long length) {
        return cursor.has(length + 1);
    }

    /// @throws ProtocolViolation if the message is too long for that
    static boolean isWhole(Cursor cursor, long length) {
        if (length > LONGEST_WHOLE) {
            throw new ProtocolViolation(
                    "a message of " + length + " bytes must be read whole, which is too long");
        }
        return cursor.has(length);
    }
}
