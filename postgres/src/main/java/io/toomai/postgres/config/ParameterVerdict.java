package io.toomai.postgres.config;

/// Whether PostgreSQL would start with a parameter.
public sealed interface ParameterVerdict {
    /// As it is.
    record Taken() implements ParameterVerdict {}

    /// Its number is out of range.
    ///
    /// @param value the nearest one within, in the parameter's own unit
    record Clamped(String value, String reason) implements ParameterVerdict {}

    /// Not at all.
    record Dropped(String reason) implements ParameterVerdict {}
}
