package io.toomai.settings;

import java.util.Optional;

/// A replication slot that the configuration wants on every node (`slots`).
///
/// @param clusterType where it is wanted: `primary`, `standby`; absent = both
public record PermanentSlot(String name, Kind kind, Optional<String> clusterType) {
    /// Physical, or logical with what logical decoding needs.
    public sealed interface Kind {}

    public record Physical() implements Kind {}

    public record Logical(String database, String plugin) implements Kind {}
}
