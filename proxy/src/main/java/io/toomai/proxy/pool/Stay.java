package io.toomai.proxy.pool;

/// What a pool keeps with a server connection. Only the pool changes it.
public final class Stay {
    /// The generation of a server that goes when it is free.
    static final int DISMISSED = -1;

    State state = State.LOGIN;
    long freeSince;

    /// Which `RECONNECT` or change of the leader it has seen; an older one is closed, not reused.
    int generation;

    long openedAt;

    /// How many the pool had opened before.
    int number;

    /// A client has had it.
    boolean isUsed;

    void isInUse() {
        state = State.ACTIVE;
        isUsed = true;
    }

    /// Where it stands.
    public enum State {
        LOGIN,
        IDLE,
        /// Idle, and asked whether it lives.
        TESTED,
        ACTIVE,
        GONE
    }

    public State state() {
        return state;
    }
}
