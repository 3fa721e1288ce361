package io.toomai.core.ha;

/// Where the WAL of a standby cluster comes from (`standby_cluster`, contract §4.10).
///
/// @param upstream what the leader streams from; `None` where it restores from an archive only
public record RemotePrimary(Upstream upstream) {}
