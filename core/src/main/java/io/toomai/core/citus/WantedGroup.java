package io.toomai.core.citus;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import java.util.List;
import java.util.Optional;

/// Where the nodes of one group shall be registered.
///
/// @param primary the address of its leader
/// @param secondaries without the leader, in order
public record WantedGroup(
        int group, NodeAddress primary, Traffic traffic, List<NodeAddress> secondaries) {
    public WantedGroup {
        secondaries = secondaries.stream().distinct().filter(a -> !a.equals(primary)).toList();
    }

    /// What becomes of queries for the group.
    public enum Traffic {
        FLOWS,
        /// They wait until the transaction that has changed the row ends.
        WAITS
    }

    /// The group as its members describe it; empty where nobody leads or the leader cannot be
    /// reached.
    public static Optional<WantedGroup> of(int group, ClusterView cluster, Traffic traffic) {
        return cluster.leaderMember()
                .flatMap(leader ->
                        NodeAddress.of(leader)
                                .map(address ->
                                        new WantedGroup(
                                                group,
                                                address,
                                                traffic,
                                                secondaries(cluster, leader))));
    }

    /// The same, while its leader takes writes only: a leader that is about to be primary, or was,
    /// says so itself.
    public static Optional<WantedGroup> ofServing(int group, ClusterView cluster) {
        return cluster.leaderMember()
                .filter(leader -> leader.isRunning() && leader.role() == MemberRole.PRIMARY)
                .flatMap(_ -> of(group, cluster, Traffic.FLOWS));
    }

    private static List<NodeAddress> secondaries(ClusterView cluster, Member leader) {
        return cluster.members().stream()
                .filter(member -> !member.name().equals(leader.name()))
                .filter(member -> member.isRunning() && !member.tags().noloadbalance())
                .flatMap(member -> NodeAddress.of(member).stream())
                .sorted()
                .toList();
    }
}
