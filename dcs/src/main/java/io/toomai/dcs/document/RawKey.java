package io.toomai.dcs.document;

import io.toomai.core.cluster.LeaderKey.Ownership;

/// One key as a store returned it.
///
/// @param value decoded as UTF-8
/// @param revision for compare-and-set; of the leader key: grows with every acquisition
/// @param ownership whose lease is behind it; of no meaning for plain keys
public record RawKey(String value, long revision, Ownership ownership) {
    /// A key without a lease.
    public static RawKey plain(String value, long revision) {
        return new RawKey(value, revision, Ownership.ANOTHER_PROCESS);
    }
}
