package io.toomai.api;

import io.toomai.api.NodeStatus.ClusterKind;
import io.toomai.api.NodeStatus.Leadership;
import io.toomai.api.NodeStatus.SynchronousMode;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import java.util.Map;
import java.util.Optional;

/// The states of a node that contract §2.2 tells apart: the columns of its table.
public enum NodeState {
    LEADER,
    REPLICA,
    /// A replica tagged `noloadbalance`.
    UNBALANCED,
    STARTING,
    SYNC_STANDBY,
    QUORUM_STANDBY,
    STANDBY_LEADER,
    /// A replica in a standby cluster.
    STANDBY_REPLICA,
    /// A primary in maintenance mode that has lost the store.
    PAUSED_ALONE,
    /// A primary that has lost the store, and its lease.
    ALONE;

    private static final ClusterView FOLLOWING =
            Samples.cluster("{\"standby_cluster\": {\"host\": \"other\"}}");

    public NodeStatus status() {
        Samples.Draft node =
                this == LEADER || this == PAUSED_ALONE || this == ALONE
                        ? Samples.leader()
                        : Samples.replica();
        node.tags = new Tags(Map.of("clonefrom", true, "ratio", 1.4, "zone", "a"));
        switch (this) {
            case LEADER, REPLICA -> {}
            case UNBALANCED -> node.tags = new Tags(Map.of("noloadbalance", true));
            case STARTING -> node.state = MemberState.STARTING;
            case SYNC_STANDBY -> confirmsAs(node, SynchronousMode.ON);
            case QUORUM_STANDBY -> confirmsAs(node, SynchronousMode.QUORUM);
            case STANDBY_LEADER -> {
                node.cluster(FOLLOWING);
                node.kind = ClusterKind.STANDBY;
                node.role = MemberRole.STANDBY_LEADER;
                node.leadership = Samples.leader().leadership;
            }
            case STANDBY_REPLICA -> {
                node.cluster(FOLLOWING);
                node.kind = ClusterKind.STANDBY;
            }
            case PAUSED_ALONE -> alone(node.paused());
            case ALONE -> alone(node);
        }
        return node.build();
    }

    private static void confirmsAs(Samples.Draft node, SynchronousMode mode) {
        node.cluster(Samples.cluster("{}", Samples.PG2));
        node.mode = mode;
    }

    private static void alone(Samples.Draft node) {
        node.store = Optional.empty();
        node.leadership = new Leadership.NotLeader();
    }
}
