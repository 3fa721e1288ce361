package io.toomai.core.ha;

import java.util.Optional;

/// A replication slot that the configuration wants on every node (`slots`, contract §4.9).
///
/// @param clusterType where it is wanted: `primary`, `standby`; absent = both
public record PermanentSlot(String name, Kind kind, Optional<String> clusterType) {
    /// Physical, or logical with what logical decoding needs.
    public sealed interface Kind {}

    public record Physical() implements Kind {}

    public record Logical(String database, String plugin, Carrier carrier) implements Kind {}

    /// Who brings a logical slot to the standbys.
    public enum Carrier {
        /// PostgreSQL's own slot synchronization, where it has one (17 and newer).
        SERVER,
        /// Toomai copies the slot's state from the leader, as Patroni does.
        AGENT
    }
}
