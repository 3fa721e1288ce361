package io.toomai.settings;

/// Which lower bounds hold for `ttl` and friends: Patroni members need longer ones (contract §4.1).
public enum TimeoutFloor {
    /// Every member is Toomai.
    TOOMAI(3, 1, 1),
    /// At least one member is Patroni.
    PATRONI(20, 1, 3);

    final long ttl;
    final long loopWait;
    final long retryTimeout;

    TimeoutFloor(long ttl, long loopWait, long retryTimeout) {
        this.ttl = ttl;
        this.loopWait = loopWait;
        this.retryTimeout = retryTimeout;
    }
}
