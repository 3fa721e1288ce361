package io.toomai.core.citus;

/// A row of `pg_dist_node`. The row of a group's primary keeps its number for good: shards are
/// placed by it.
public record NodeRow(int id, int group, NodeAddress address, Role role) {
    /// `noderole`.
    public enum Role {
        PRIMARY,
        SECONDARY;

        /// Citus' spelling.
        public String text() {
            return this == PRIMARY ? "primary" : "secondary";
        }
    }
}
