package io.toomai.dcs;

/// Something moved in the store; the listener reads again. Events only make the loop fast, its
/// timer makes it certain, so an adapter may lose or repeat them.
public enum DcsEvent {
    LEADER_CHANGED,
    CONFIG_CHANGED,
    FAILOVER_CHANGED,
    SYNC_CHANGED,
    MEMBERS_CHANGED,
    STATUS_CHANGED,
    CONNECTION_CHANGED
}
