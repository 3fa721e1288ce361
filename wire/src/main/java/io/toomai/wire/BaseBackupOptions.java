package io.toomai.wire;

import java.time.Duration;
import java.util.OptionalInt;

/// How a base backup is taken. Rates are in kB (1024 bytes) per second, as the server counts.
/// `checkpointTimeout` bounds the wait for the checkpoint that starts the backup; `stallTimeout`
/// bounds every silence after it.
public record BaseBackupOptions(
        String label,
        Checkpoint checkpoint,
        Wal wal,
        OptionalInt maxRateKilobytes,
        TablespaceMapping tablespaces,
        Duration checkpointTimeout,
        Duration stallTimeout) {
    /// The checkpoint that starts the backup.
    public enum Checkpoint {
        /// At once, at the price of a burst of writes.
        FAST,
        /// At the pace of checkpoint_completion_target: may take minutes.
        SPREAD
    }

    /// Whether the copy holds the WAL that it needs to start.
    public enum Wal {
        /// The copy starts by itself. The server must still have that WAL when the data is sent
        /// (wal_keep_size, or a slot that reserves it), else the backup fails.
        INCLUDED,
        /// The copy needs an archive or a streaming connection to become consistent.
        OMITTED
    }

    public BaseBackupOptions {
        if (label.isEmpty() || label.length() > 512 || label.chars().anyMatch(c -> c < ' ')) {
            throw new IllegalArgumentException(
                    "a backup label has 1 to 512 characters, none of them a control character");
        }
        maxRateKilobytes.ifPresent(rate -> {
            if (rate < 32 || rate > 1024 * 1024) {
                throw new IllegalArgumentException("the rate must be 32 to 1048576 kB/s: " + rate);
            }
        });
        ConnectOptions.requireMillis("checkpointTimeout", checkpointTimeout);
        ConnectOptions.requireMillis("stallTimeout", stallTimeout);
    }

    /// Fast checkpoint, WAL included, no rate limit, tablespaces where they are on the source; 10
    /// minutes for the checkpoint, 60 s of silence.
    public static BaseBackupOptions labelled(String label) {
        return new BaseBackupOptions(
                label,
                Checkpoint.FAST,
                Wal.INCLUDED,
                OptionalInt.empty(),
                TablespaceMapping.unchanged(),
                Duration.ofMinutes(10),
                Duration.ofSeconds(60));
    }

    public BaseBackupOptions withCheckpoint(Checkpoint other) {
        return new BaseBackupOptions(
                label, other, wal, maxRateKilobytes, tablespaces, checkpointTimeout, stallTimeout);
    }

    public BaseBackupOptions withWal(Wal other) {
        return new BaseBackupOptions(
                label,
                checkpoint,
                other,
                maxRateKilobytes,
                tablespaces,
                checkpointTimeout,
                stallTimeout);
    }

    public BaseBackupOptions withMaxRate(int kilobytesPerSecond) {
        return new BaseBackupOptions(
                label,
                checkpoint,
                wal,
                OptionalInt.of(kilobytesPerSecond),
                tablespaces,
                checkpointTimeout,
                stallTimeout);
    }

    public BaseBackupOptions withTablespaces(TablespaceMapping other) {
        return new BaseBackupOptions(
                label, checkpoint, wal, maxRateKilobytes, other, checkpointTimeout, stallTimeout);
    }

    public BaseBackupOptions withTimeouts(Duration forCheckpoint, Duration forSilence) {
        return new BaseBackupOptions(
                label, checkpoint, wal, maxRateKilobytes, tablespaces, forCheckpoint, forSilence);
    }

    /// The command for PostgreSQL 15 and later.
    String command() {
        var text = new StringBuilder("BASE_BACKUP (LABEL '").append(label.replace("'", "''"));
        text.append("', PROGRESS true, MANIFEST 'yes', CHECKPOINT '");
        text.append(
                switch (checkpoint) {
                    case FAST -> "fast";
                    case SPREAD -> "spread";
                });
        text.append(
                switch (wal) {
                    // The copy has its WAL: there is no need to wait until it is archived as well.
                    case INCLUDED -> "', WAL true, WAIT false";
                    case OMITTED -> "', WAL false, WAIT true";
                });
        maxRateKilobytes.ifPresent(rate -> text.append(", MAX_RATE ").append(rate));
        return text.append(')').toString();
    }
}
