package io.toomai.core.ha;

/// The server that a standby is told to stream from.
public sealed interface Upstream {
    /// `primary_conninfo` is empty.
    record None() implements Upstream {}

    record Server(String host, int port) implements Upstream {}
}
