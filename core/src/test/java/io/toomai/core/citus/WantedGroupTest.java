package io.toomai.core.citus;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class WantedGroupTest {
    private static final NodeAddress N1 = new NodeAddress("n1", 5432);

    private static Member member(String name, MemberRole role, MemberState state, Tags tags) {
        return new Member(
                new MemberName(name),
                "postgres://" + name + ":5432/postgres",
                "",
                state,
                role,
                "",
                Member.Position.UNKNOWN,
                tags,
                Set.of(),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static Member member(String name, MemberRole role, MemberState state) {
        return member(name, role, state, Tags.NONE);
    }

    private static ClusterView cluster(String leader, Member... members) {
        ClusterView empty = ClusterView.EMPTY;
        return new ClusterView(
                empty.initialize(),
                empty.config(),
                new LeaderKey.HeldBy(
                        new MemberName(leader), 1, LeaderKey.Ownership.ANOTHER_PROCESS),
                List.of(members),
                empty.failover(),
                empty.sync(),
                empty.status(),
                empty.history(),
                empty.failsafe());
    }

    @Test
    void secondariesRunAndTakeQueries() {
        Tags notForQueries = new Tags(Map.of("noloadbalance", true));
        ClusterView cluster =
                cluster(
                        "n1",
                        member("n4", MemberRole.REPLICA, MemberState.RUNNING),
                        member("n1", MemberRole.PRIMARY, MemberState.RUNNING),
                        member("n2", MemberRole.REPLICA, MemberState.STARTING),
                        member("n3", MemberRole.REPLICA, MemberState.RUNNING, notForQueries));
        assertThat(WantedGroup.ofServing(1, cluster))
                .contains(
                        new WantedGroup(
                                1,
                                N1,
                                WantedGroup.Traffic.FLOWS,
                                List.of(new NodeAddress("n4", 5432))));
    }

    @Test
    void aLeaderThatTakesNoWritesYetIsNotRegisteredUnasked() {
        for (Member leader :
                Stream.of(
                                member("n1", MemberRole.REPLICA, MemberState.RUNNING),
                                member("n1", MemberRole.PRIMARY, MemberState.STOPPING))
                        .toList()) {
            assertThat(WantedGroup.ofServing(1, cluster("n1", leader))).isEmpty();
            assertThat(WantedGroup.of(1, cluster("n1", leader), WantedGroup.Traffic.WAITS))
                    .map(WantedGroup::primary)
                    .contains(N1);
        }
        assertThat(WantedGroup.ofServing(1, cluster("n9"))).isEmpty();
    }
}
