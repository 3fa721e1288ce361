package io.toomai.dcs.zookeeper;

/// How far a connection is.
enum Phase {
    CONNECTING,
    CONNECTED,
    /// The connection, or the attempt to make one, failed; the handle will try again.
    LOST,
    /// Who this process is was refused; the session lives. A handle of no more use.
    DENIED,
    OVER;

    /// What comes after this one. Who was refused is let in, or the session ends; that the server
    /// closes the connection then is no news, nor is another attempt of the same handle.
    Phase followedBy(Phase next) {
        return this == DENIED && next.mayStillConnect() ? DENIED : next;
    }

    boolean mayStillConnect() {
        return switch (this) {
            case CONNECTING, LOST -> true;
            case CONNECTED, DENIED, OVER -> false;
        };
    }
}
