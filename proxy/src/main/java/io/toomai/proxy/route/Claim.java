package io.toomai.proxy.route;

/// What a server says of itself (`in_hot_standby`).
public enum Claim {
    PRIMARY,
    STANDBY;

    /// For messages.
    public String word() {
        return this == PRIMARY ? "primary" : "standby";
    }
}
