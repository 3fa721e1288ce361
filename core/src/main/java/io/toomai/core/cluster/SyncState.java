package io.toomai.core.cluster;

import io.toomai.core.model.MemberName;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// The `sync` key: which standbys confirm commits of `leader` (contract §1.2, §4.11).
///
/// @param quorum votes needed beside the candidate's own; 0 in mode `on`
/// @param voters names, sorted; without the leader
public record SyncState(Optional<MemberName> leader, int quorum, SortedSet<MemberName> voters) {
    public static final SyncState EMPTY =
            new SyncState(Optional.empty(), 0, Collections.emptySortedSet());

    public SyncState {
        voters = Collections.unmodifiableSortedSet(new TreeSet<>(voters));
    }

    /// Patroni's emptiness: no leader, no promise.
    public boolean isEmpty() {
        return leader.isEmpty();
    }

    /// Whether the member may lead while synchronous mode is on: it was leader or confirmed.
    public boolean names(MemberName member) {
        return leader.filter(member::equals).isPresent() || voters.contains(member);
    }
}
