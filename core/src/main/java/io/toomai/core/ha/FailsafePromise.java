package io.toomai.core.ha;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.util.Optional;

/// What this node has answered to `POST /failsafe` (contract §5.9).
public sealed interface FailsafePromise {
    record None() implements FailsafePromise {}

    /// This node does not take the leader key before `until`, whoever holds it or does not.
    ///
    /// @param leader the member that asked
    /// @param upstream where its PostgreSQL is
    /// @param at when it asked last
    /// @param renewal the leader's renewal that was the latest at some time after `at`
    record Given(
            MemberName leader,
            Upstream upstream,
            MonoTime at,
            MonoTime until,
            Optional<Long> renewal)
            implements FailsafePromise {
        private FailsafePromise sawRenewal(Optional<Long> seen) {
            if (seen.isEmpty()) {
                return this;
            }
            boolean later = renewal.filter(r -> r < seen.get()).isPresent();
            return later
                    ? new None()
                    : new Given(leader, upstream, at, until, renewal.or(() -> seen));
        }

        private boolean handedOver(LeaderKey key, ClusterView cluster) {
            return cluster.failover()
                    .map(Versioned::value)
                    .filter(f -> f.leader().filter(leader::equals).isPresent())
                    .filter((FailoverRequest f) -> f.isHandedOver(key))
                    .isPresent();
        }
    }

    /// What is left of the promise after the store was read. It ends early where the leader cannot
    /// count on it any more:
    ///
    /// - The leader has given the key up: it stops PostgreSQL first.
    /// - The leader has renewed its lease since: that lease ends later than the promise.
    ///
    /// That somebody else holds the key ends nothing: a request to take it may be long under way,
    /// and its sender may have promised in between.
    ///
    /// @param readFrom when the linearizable read began
    /// @param renewal the latest that this read, or a watch after it, has shown
    default FailsafePromise afterReading(
            MonoTime readFrom, ClusterView cluster, Optional<Renewal> renewal) {
        if (!(this instanceof Given given) || !given.at().isBefore(readFrom)) {
            return this;
        }
        return switch (cluster.leader()) {
            case LeaderKey.HeldBy held when !held.leader().equals(given.leader()) -> given;
            case LeaderKey.HeldBy _ -> given.sawRenewal(renewal.map(Renewal::revision));
            case LeaderKey.Vacant key -> given.handedOver(key, cluster) ? new None() : given;
        };
    }
}
