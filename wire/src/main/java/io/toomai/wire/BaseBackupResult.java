package io.toomai.wire;

/// A complete base backup. The copy is consistent from `endLsn` on, which lies on `endTimeline`;
/// positions have PostgreSQL's text form `X/Y`.
public record BaseBackupResult(
        String startLsn,
        int startTimeline,
        String endLsn,
        int endTimeline,
        long files,
        long bytes) {}
