package io.toomai.settings;

/// `synchronous_mode`.
public enum SynchronousMode {
    OFF,
    ON,
    QUORUM
}
