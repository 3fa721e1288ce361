package io.toomai.core.cluster;

import io.toomai.core.model.MemberName;
import java.util.Optional;

/// The `failover` key: somebody wants the leader to move (contract §1.2). With `leader` it is a
/// switchover, without a failover. Never empty on both sides: such a key reads as absent.
///
/// @param scheduledAt ISO 8601 text with offset, as written
/// @param handedOver revision of the leader key that its holder released after its PostgreSQL had
///   ended: to the candidate, which has everything, or without one to whichever voter has most;
///   [LeaderKey#UNKNOWN_TERM] where nobody did so
public record FailoverRequest(
        Optional<MemberName> leader,
        Optional<MemberName> candidate,
        Optional<String> scheduledAt,
        long handedOver) {
    public FailoverRequest(
            Optional<MemberName> leader,
            Optional<MemberName> candidate,
            Optional<String> scheduledAt) {
        this(leader, candidate, scheduledAt, LeaderKey.UNKNOWN_TERM);
    }

    /// Whether the holder of the key that is vacant now gave it up by this request. Then it is no
    /// primary any more, whatever it was when it last said so.
    public boolean isHandedOver(LeaderKey key) {
        return key instanceof LeaderKey.Vacant(var lastTerm, _)
                && lastTerm != LeaderKey.UNKNOWN_TERM
                && handedOver == lastTerm;
    }

    /// Whether somebody has held the key since its holder gave it up by this request: what was
    /// handed over then was taken, and is not to be had any more.
    public boolean isSpent(LeaderKey key) {
        return key instanceof LeaderKey.Vacant(var lastTerm, _)
                && lastTerm != LeaderKey.UNKNOWN_TERM
                && handedOver != LeaderKey.UNKNOWN_TERM
                && handedOver != lastTerm;
    }

    public FailoverRequest {
        if (leader.isEmpty() && candidate.isEmpty()) {
            throw new IllegalArgumentException("a failover request names a leader or a candidate");
        }
    }
}
