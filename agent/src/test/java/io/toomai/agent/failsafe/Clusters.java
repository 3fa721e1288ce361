package io.toomai.agent.failsafe;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.model.MemberName;
import java.util.Map;
import java.util.TreeMap;

/// Contents of a store, for tests of failsafe mode.
final class Clusters {
    private Clusters() {}

    static ClusterView ledBy(MemberName leader) {
        ClusterView empty = ClusterView.EMPTY;
        return new ClusterView(
                empty.initialize(),
                empty.config(),
                new LeaderKey.HeldBy(leader, 3, LeaderKey.Ownership.ANOTHER_PROCESS),
                empty.members(),
                empty.failover(),
                empty.sync(),
                empty.status(),
                empty.history(),
                empty.failsafe());
    }

    static FailsafeMembers members(String... names) {
        Map<MemberName, String> urls = new TreeMap<>();
        for (String name : names) {
            urls.put(new MemberName(name), "http://" + name + ":8008/patroni");
        }
        return FailsafeMembers.of(urls);
    }

    static Versioned<FailsafeMembers> key(long revision, String... names) {
        return new Versioned<>(members(names), revision);
    }
}
