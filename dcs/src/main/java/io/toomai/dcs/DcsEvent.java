package io.toomai.dcs;

import java.util.Optional;

/// Something moved in the store; the listener reads again. Events only make the loop fast, its
/// timer makes it certain, so an adapter may lose or repeat them.
public enum DcsEvent {
    LEADER_CHANGED,
    CONFIG_CHANGED,
    FAILOVER_CHANGED,
    SYNC_CHANGED,
    MEMBERS_CHANGED,
    STATUS_CHANGED,
    CONNECTION_CHANGED;

    /// What a change of that key is worth to a listener; nothing for keys that only their writer
    /// waits for.
    public static Optional<DcsEvent> of(DcsKey key) {
        return switch (key) {
            case CONFIG -> Optional.of(CONFIG_CHANGED);
            case FAILOVER -> Optional.of(FAILOVER_CHANGED);
            case SYNC -> Optional.of(SYNC_CHANGED);
            case STATUS -> Optional.of(STATUS_CHANGED);
            case INITIALIZE, HISTORY, FAILSAFE -> Optional.empty();
        };
    }
}
