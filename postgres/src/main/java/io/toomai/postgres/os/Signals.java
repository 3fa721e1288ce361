package io.toomai.postgres.os;

/// Sends signals to processes. Implementations may be called by any thread.
public interface Signals {
    Delivery send(long pid, Signal signal);

    /// What became of a signal.
    enum Delivery {
        SENT,
        NO_SUCH_PROCESS,
        NOT_PERMITTED
    }
}
