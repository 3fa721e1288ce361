package io.toomai.dcs.zookeeper;

/// How far a connection is.
enum Phase {
    CONNECTING,
    CONNECTED,
    /// The connection, or the attempt to make one, failed; the handle will try again.
    LOST,
    /// The credentials were refused; the handle is of no more use, the session lives.
    DENIED,
    OVER;

    boolean mayStillConnect() {
        return switch (this) {
            case CONNECTING, LOST -> true;
            case CONNECTED, DENIED, OVER -> false;
        };
    }
}
