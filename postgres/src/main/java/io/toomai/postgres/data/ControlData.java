package io.toomai.postgres.data;

import io.toomai.core.ha.ControlFacts;

/// An intact `global/pg_control`.
///
/// @param limits what a standby must not go below when it starts
/// @param pageChecksums version of the data checksums, 0 = off
/// @param walSegmentBytes size of one WAL segment
public record ControlData(
        int controlVersion,
        ControlFacts facts,
        Limits limits,
        WalLogHints walLogHints,
        int pageChecksums,
        int walSegmentBytes) {

    /// The parameters of the primary as of the last WAL record that told them.
    public record Limits(
            int maxConnections,
            int maxWorkerProcesses,
            int maxWalSenders,
            int maxPreparedTransactions,
            int maxLocksPerTransaction) {}

    /// The parameter `wal_log_hints`.
    public enum WalLogHints {
        ON,
        OFF
    }

    /// Whether pg_rewind can work on this cluster.
    public boolean canRewind() {
        return walLogHints == WalLogHints.ON || pageChecksums != 0;
    }
}
