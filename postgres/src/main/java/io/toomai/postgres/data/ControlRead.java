package io.toomai.postgres.data;

/// What reading `global/pg_control` gave.
public sealed interface ControlRead {
    record Intact(ControlData data) implements ControlRead {}

    /// @param why what is wrong and what the operator may do
    record Corrupt(String why) implements ControlRead {}
}
