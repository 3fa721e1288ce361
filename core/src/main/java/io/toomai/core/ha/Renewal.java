package io.toomai.core.ha;

import io.toomai.core.model.MonoTime;

/// The leader's latest renewal as the store shows it. Together with a linearizable read in the same
/// cycle it proves that the lease was not renewed between `since` and that read.
///
/// @param revision of the leader's heartbeat key
/// @param since when this process first saw that revision
public record Renewal(long revision, MonoTime since) {}
