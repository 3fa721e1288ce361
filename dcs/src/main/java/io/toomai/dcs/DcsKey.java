package io.toomai.dcs;

/// The plain keys below `/{namespace}/{scope}/` (contract §1.1). The leader key and the member keys
/// have calls of their own because a lease is behind them.
public enum DcsKey {
    INITIALIZE("initialize"),
    CONFIG("config"),
    FAILOVER("failover"),
    HISTORY("history"),
    STATUS("status"),
    SYNC("sync"),
    FAILSAFE("failsafe");

    private final String path;

    DcsKey(String path) {
        this.path = path;
    }

    /// Path relative to the scope's base.
    public String path() {
        return path;
    }
}
