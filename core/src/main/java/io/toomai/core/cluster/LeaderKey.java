package io.toomai.core.cluster;

import io.toomai.core.model.MemberName;
import java.util.Optional;

/// The `leader` key as last read.
public sealed interface LeaderKey {
    /// @param lastTerm revision that the key had when it was last held; [#UNKNOWN_TERM] where the
    ///   store does not keep it
    /// @param lastHolder the member that began that term
    record Vacant(long lastTerm, Optional<MemberName> lastHolder) implements LeaderKey {
        public Vacant() {
            this(UNKNOWN_TERM, Optional.empty());
        }
    }

    /// No term is ever equal to this.
    long UNKNOWN_TERM = -1;

    /// @param revision grows with every new holder; never equal for two acquisitions
    /// @param ownership whether the lease behind the key is the one of the reading process
    record HeldBy(MemberName leader, long revision, Ownership ownership) implements LeaderKey {}

    /// Whose lease is behind the key.
    enum Ownership {
        /// The session or lease of the process that reads.
        THIS_PROCESS,
        /// Somebody else's: another member's, or that of this member before it was restarted.
        ANOTHER_PROCESS
    }

    default boolean isHeldBy(MemberName name) {
        return this instanceof HeldBy held && held.leader().equals(name);
    }
}
