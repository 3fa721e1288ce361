package io.toomai.dcs;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.util.Optional;

/// Answer to an attempt to take or renew the leader key.
public sealed interface LeaderResult {
    /// The key is ours. The lease lasts `ttl` from `countsFrom`, a moment not later than the
    /// sending of a request that the store has certainly counted (design.md §3).
    record Held(MonoTime countsFrom) implements LeaderResult {}

    /// The store answered that the key is not ours.
    ///
    /// @param holder who holds it now, where known
    record Refused(Optional<MemberName> holder) implements LeaderResult {}
}
