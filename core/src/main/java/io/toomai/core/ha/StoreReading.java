package io.toomai.core.ha;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.model.MonoTime;

/// The answer of the store in this cycle, or why there is none.
public sealed interface StoreReading {
    record Answered(ClusterView cluster) implements StoreReading {}

    /// @param since when the store stopped answering
    /// @param lastSeen the last answer; `ClusterView.EMPTY` when there never was one
    record Unreadable(String why, MonoTime since, ClusterView lastSeen) implements StoreReading {}
}
