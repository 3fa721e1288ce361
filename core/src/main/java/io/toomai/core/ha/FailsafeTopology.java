package io.toomai.core.ha;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.Versioned;

/// The `/failsafe` that this node remembers, in case the store goes away. It holds everybody whom
/// the stored key may name at this moment: what was read, and what this leader has sent since
/// without having read it back.
///
/// What this leader sends is compared with the revision that it read. So once a later reading shows
/// another revision, none of the earlier attempts can be carried out any more.
///
/// @param revision of the key as it was read
/// @param stored what was read at that revision
/// @param attempted everything that was sent to replace it
public record FailsafeTopology(long revision, FailsafeMembers stored, FailsafeMembers attempted) {
    /// Nothing was read since this node took the leader key, or ever.
    public static final FailsafeTopology UNKNOWN =
            new FailsafeTopology(
                    ClusterView.NO_REVISION, FailsafeMembers.NONE, FailsafeMembers.NONE);

    /// After the store was read.
    public FailsafeTopology seen(Versioned<FailsafeMembers> key) {
        return new FailsafeTopology(
                key.revision(),
                key.value(),
                key.revision() == revision ? attempted : FailsafeMembers.NONE);
    }

    /// Before another document is sent.
    public FailsafeTopology attempting(FailsafeMembers next) {
        return new FailsafeTopology(revision, stored, attempted.and(next));
    }

    /// Everybody whom the key may name now.
    public FailsafeMembers possible() {
        return stored.and(attempted);
    }
}
