package io.toomai.proxy.relay;

/// COPY FROM, and which Syncs of the client's its server has read as a part of it. One that was
/// read so is never answered, one that the server read after an error is, and the error does not
/// tell: a trigger may raise it before anything is read, a bad row does it after.
///
/// As long as nothing but the rest of COPY is sent, which a server ignores then, a ReadyForQuery is
/// the answer to one of them. Before anything else is sent the server is asked, by a Sync and a
/// Close: of the ReadyForQuery that come before the CloseComplete all but one are answers to the
/// client's. Belongs to an event loop.
final class CopyIn {
    private State state = State.NONE;
    private int ready;
    private boolean skips;

    private enum State {
        NONE,
        /// The server has asked for data.
        UNDER_WAY,
        /// The client has sent all, and Syncs before the end: whether they are answered is known
        /// when the server has said how COPY went.
        IS_ENDING,
        /// A simple query has failed, and its own ReadyForQuery comes first.
        HAS_FAILED,
        IS_IN_DOUBT,
        IS_ASKED_FOR
    }

    void begins() {
        state = State.UNDER_WAY;
    }

    boolean isUnderWay() {
        return state == State.UNDER_WAY;
    }

    /// The client has ended its part.
    ///
    /// @param hasSynced whether it has sent Syncs before
    void ends(boolean hasSynced) {
        state = hasSynced ? State.IS_ENDING : State.NONE;
    }

    /// Nothing of the client's is sent before the server has said how COPY went, which it is about
    /// to.
    boolean isWaitedFor() {
        return state == State.IS_ENDING || state == State.HAS_FAILED;
    }

    /// All has been read.
    ///
    /// @return whether Syncs were a part of it
    boolean succeeds() {
        boolean hadSyncs = state == State.IS_ENDING;
        if (hadSyncs) {
            state = State.NONE;
        }
        return hadSyncs;
    }

    /// @param hasSynced whether nothing but Syncs has been sent behind it
    void failsByMessages(boolean hasSynced) {
        if (state == State.UNDER_WAY || state == State.IS_ENDING) {
            state = hasSynced ? State.IS_IN_DOUBT : State.NONE;
            ready = 0;
            skips = true;
        }
    }

    /// @param hasSynced likewise
    void failsByQuery(boolean hasSynced) {
        if (state == State.UNDER_WAY || state == State.IS_ENDING) {
            state = hasSynced ? State.HAS_FAILED : State.NONE;
            ready = 0;
        }
    }

    /// The server is ready for a query, and its client hears so.
    void ready() {
        switch (state) {
            case NONE, IS_ASKED_FOR -> {}
            case UNDER_WAY, IS_ENDING -> state = State.NONE;
            case HAS_FAILED, IS_IN_DOUBT -> {
                state = State.IS_IN_DOUBT;
                skips = false;
            }
        }
    }

    void areKnown() {
        state = State.NONE;
    }

    void areAskedFor() {
        state = State.IS_ASKED_FOR;
    }

    /// Whether it is known which Syncs are answered.
    boolean areAllKnown() {
        return state == State.NONE || state == State.UNDER_WAY;
    }

    boolean areInDoubt() {
        return state == State.IS_IN_DOUBT;
    }

    boolean isAsked() {
        return state == State.IS_ASKED_FOR;
    }

    /// One more ReadyForQuery has come since the server was asked.
    void readySinceAsked() {
        ready++;
    }

    /// How many of the client's were answered since then.
    int answered() {
        return Math.max(0, ready - 1);
    }

    /// Whether the server has answered none since the error, and would skip what follows if it had
    /// not been asked.
    boolean hasSkipped() {
        return skips && answered() == 0;
    }
}
