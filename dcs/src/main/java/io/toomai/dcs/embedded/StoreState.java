package io.toomai.dcs.embedded;

/// What this process's voter is doing.
public enum StoreState {
    /// Searching for a majority; serves nobody.
    LOOKING,
    FOLLOWING,
    LEADING,
    OBSERVING,
    /// Not running; it is being rebuilt, or the store was closed.
    DOWN,
    /// Has no data yet: waits for the other voters to found the store, or for the store to join it.
    FOUNDING
}
