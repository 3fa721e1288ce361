package io.toomai.proxy.config;

/// A setting of `[pgbouncer]`: the name and the meaning of PgBouncer 1.25.
///
/// @param byDefault as written in the file; an empty text is a value, too
record Setting(String name, SettingKind kind, String byDefault, Change change, Effect effect) {
    /// What comes of it.
    enum Effect {
        FULL,
        /// It speaks of parts that this program does not have; told once where it is set.
        NONE
    }
}
