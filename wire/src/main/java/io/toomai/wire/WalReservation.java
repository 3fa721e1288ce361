package io.toomai.wire;

/// From when on a new replication slot keeps WAL.
public enum WalReservation {
    /// At once, from the last checkpoint's redo position.
    IMMEDIATELY,
    /// When a standby first uses the slot.
    ON_FIRST_USE
}
