package io.toomai.proxy.relay;

/// `unconfirmed_commit`: what a client hears of a commit whose wait for a synchronous standby was
/// canceled.
public enum UnconfirmedCommit {
    /// An error; and a COMMIT is not canceled.
    ERROR,
    /// PostgreSQL's warning, and that it was done.
    WARNING
}
