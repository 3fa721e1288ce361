package io.toomai.proxy.net;

import java.util.Set;

/// What is stopped at the moment, as each wing is told it whenever it changes.
///
/// @param databases that are stopped by their name
record Standstill(Extent extent, Set<String> databases) {
    /// How much is stopped whatever the database.
    enum Extent {
        NOTHING,
        /// Nobody gets a server.
        ALL_POOLS,
        /// Nothing is read at all.
        ALL_CONNECTIONS
    }

    static final Standstill NONE = new Standstill(Extent.NOTHING, Set.of());

    Standstill {
        databases = Set.copyOf(databases);
    }

    /// Whether clients of a database get no servers.
    boolean holds(String database) {
        return extent != Extent.NOTHING || databases.contains(database);
    }

    boolean isSuspended() {
        return extent == Extent.ALL_CONNECTIONS;
    }
}
