package io.toomai.core.ha;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;

/// What this node has answered to `POST /failsafe` (contract §5.9).
public sealed interface FailsafePromise {
    record None() implements FailsafePromise {}

    /// This node does not take the leader key before `until`, whoever holds it or does not.
    ///
    /// @param leader the member that asked
    /// @param upstream where its PostgreSQL is
    /// @param at when it asked last
    record Given(MemberName leader, Upstream upstream, MonoTime at, MonoTime until)
            implements FailsafePromise {
        private boolean handedOver(LeaderKey key, ClusterView cluster) {
            return cluster.failover()
                    .map(Versioned::value)
                    .filter(f -> f.leader().filter(leader::equals).isPresent())
                    .filter((FailoverRequest f) -> f.isHandedOver(key))
                    .isPresent();
        }
    }

    /// What is left of the promise after the store was read. It ends early only where the leader
    /// has given the key up: it stops PostgreSQL first.
    ///
    /// That somebody else holds the key ends nothing: a request to take it may be long under way,
    /// and its sender may have promised in between. Nor does a renewal of the leader: a renewal
    /// does not lengthen the lease at once (decision 0003), and the leader counts on the promise.
    ///
    /// @param readFrom when the linearizable read began
    default FailsafePromise afterReading(MonoTime readFrom, ClusterView cluster) {
        return this instanceof Given given
                        && given.at().isBefore(readFrom)
                        && cluster.leader() instanceof LeaderKey.Vacant key
                        && given.handedOver(key, cluster)
                ? new None()
                : this;
    }
}
