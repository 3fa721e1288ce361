package io.toomai.proxy.relay;

/// Syncs that a client has sent while its server was in COPY FROM, which has failed since. One that
/// the server has read as a part of COPY is never answered, one that it read after the error is,
/// and the error does not tell: a trigger may raise it before anything is read, a bad row does it
/// after.
///
/// As long as nothing but the rest of COPY is sent, which a server ignores then, a ReadyForQuery is
/// the answer to one of them. Before anything else is sent the server is asked, by a Sync and a
/// Close: of the ReadyForQuery that come before the CloseComplete all but one are answers to the
/// client's. Belongs to an event loop.
final class SwallowedSyncs {
    private State state = State.ARE_KNOWN;
    private int ready;

    private enum State {
        ARE_KNOWN,
        IN_DOUBT,
        ARE_ASKED_FOR
    }

    void mayBe() {
        state = State.IN_DOUBT;
        ready = 0;
    }

    void areKnown() {
        state = State.ARE_KNOWN;
    }

    void areAskedFor() {
        state = State.ARE_ASKED_FOR;
    }

    boolean areAllKnown() {
        return state == State.ARE_KNOWN;
    }

    boolean areInDoubt() {
        return state == State.IN_DOUBT;
    }

    boolean isAsked() {
        return state == State.ARE_ASKED_FOR;
    }

    /// One more ReadyForQuery has come since the server was asked.
    void ready() {
        ready++;
    }

    /// How many of the client's were answered since then.
    int answered() {
        return Math.max(0, ready - 1);
    }
}
