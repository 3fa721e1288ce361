package io.toomai.proxy.route;

/// What becomes of a connection to a server.
public enum Keeping {
    STAYS,
    /// Closed when no client needs it for its transaction.
    GOES_WHEN_FREE,
    /// Closed at once: its server must not be written to any more.
    IS_CUT
}
