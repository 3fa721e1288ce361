package io.toomai.proxy.relay;

/// Looks through what a session that may move has asked, for what no server lists
/// ([OwnParameters]). Belongs to an event loop.
final class OwnTexts {
    /// A text is looked through up to this length.
    private static final int LONGEST = 64 << 10;

    private Sight sight = Sight.ALL;

    /// Whether what the session has set on its server can be found there.
    private enum Sight {
        ALL,
        /// A text may have set a parameter that no server lists, or could not be looked through.
        NOT_ALL
    }

    boolean isAllSeen() {
        return sight == Sight.ALL;
    }

    /// @param index of a text in the cursor's buffer
    /// @return whether enough of it is here
    boolean lookThrough(Cursor cursor, int index, long length) {
        if (sight == Sight.NOT_ALL) {
            return true;
        }
        if (length > LONGEST) {
            sight = Sight.NOT_ALL;
            return true;
        }
        if (!cursor.has(index - cursor.at() + length)) {
            return false;
        }
        if (OwnParameters.mayBeSetIn(cursor.data(), index, (int) length)) {
            sight = Sight.NOT_ALL;
        }
        return true;
    }
}
