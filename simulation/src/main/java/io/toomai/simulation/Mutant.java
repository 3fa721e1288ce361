package io.toomai.simulation;

/// A bug planted on purpose, to prove that the checkers would see it.
public enum Mutant {
    NONE,
    /// A lease counts from the reply instead of from a request the store has counted.
    LEASE_FROM_REPLY,
    /// The guard does nothing when the lease ends.
    GUARD_SLEEPS,
    /// The leader adds standbys to `/sync` before they have confirmed.
    SYNC_GROWN_TOO_EARLY,
    /// `synchronous_standby_names` is shrunk before `/sync`.
    PARAMETER_SHRUNK_FIRST,
    /// `WriteSync` does not compare the revision.
    SYNC_WRITTEN_BLINDLY,
    /// Who takes the key does not look at `/sync`.
    RACE_IGNORES_SYNC,
    /// Who takes the key does not compare WAL positions.
    RACE_IGNORES_POSITION,
    /// A data directory is replaced without asking whether its source leads.
    REINITIALIZE_UNGUARDED,
    /// The key is handed over while the backends of a dead postmaster live on.
    HAND_OVER_WITH_ORPHANS,
    /// A new agent process does not know of the lease of the one before it.
    RESTART_FORGETS_LEASE
}
