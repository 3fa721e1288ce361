package io.toomai.api;

import io.toomai.core.cluster.SyncState;
import io.toomai.core.model.MemberName;

/// Membership in `/sync`, where names compare without case (contract §1, conventions).
final class SyncNames {
    private SyncNames() {}

    /// Whether the member is a voter beside the leader.
    static boolean lists(SyncState sync, MemberName name) {
        return !sync.isEmpty()
                && sync.voters().stream().anyMatch(v -> v.value().equalsIgnoreCase(name.value()));
    }

    /// Whether the member may take over: voter or the leader itself.
    static boolean matches(SyncState sync, MemberName name) {
        return lists(sync, name)
                || sync.leader().filter(l -> l.value().equalsIgnoreCase(name.value())).isPresent();
    }
}
