package io.toomai.core.ha;

import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// What a member tells every other at least four times within `suspect_after`, and at once when it
/// changes. Position and pledge are of one view: a position told with a pledge is final.
///
/// @param position end of WAL received (standby) or flushed (primary)
/// @param hears the members whose heartbeats the sender receives: who hears whom tells asymmetric
///   partitions
/// @param pledge present only when it is durable and the WAL receiver was seen gone
public record Heartbeat(
        MemberName name,
        PeerStatus.Standing standing,
        Lsn position,
        Timeline timeline,
        PeerStatus.Eligibility eligibility,
        long failoverPriority,
        SortedSet<MemberName> hears,
        Optional<Pledge> pledge) {
    public Heartbeat {
        hears = Collections.unmodifiableSortedSet(new TreeSet<>(hears));
    }
}
