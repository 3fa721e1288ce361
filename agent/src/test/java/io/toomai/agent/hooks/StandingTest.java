package io.toomai.agent.hooks;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.agent.loop.Views;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.Decision;
import io.toomai.core.ha.HaMemory;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.Rule;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What a cycle tells about this node.
class StandingTest {
    private static Standing of(HaView view, Rule rule, MemberRole role, Command... commands) {
        Decision decision =
                new Decision(rule, "so", List.of(commands), HaMemory.EMPTY, Optional.empty());
        return Standing.of(view, decision, role);
    }

    @Test
    void whoLeadsAsPrimaryIsOneAndWhoFollowsIsAReplica() {
        assertThat(of(Views.leaderWith(Views.primary()), Rule.LEADER_CONTINUES, MemberRole.PRIMARY))
                .isEqualTo(Standing.PRIMARY);
        HaView standby = Views.leaderWith(Views.standby());
        assertThat(of(standby, Rule.FOLLOWER_CONTINUES, MemberRole.REPLICA))
                .isEqualTo(Standing.REPLICA);
        assertThat(of(standby, Rule.LEADER_CONTINUES, MemberRole.STANDBY_LEADER))
                .isEqualTo(Standing.STANDBY_LEADER);
    }

    @Test
    void aCycleThatBeginsSomethingTellsNothingYet() {
        HaView view = Views.leaderWith(Views.primary());
        assertThat(of(view, Rule.RESTART_ASKED, MemberRole.PRIMARY, new Command.Checkpoint()))
                .isEqualTo(Standing.UNSETTLED);
        assertThat(of(view, Rule.PRIMARY_WITHOUT_KEY, MemberRole.PRIMARY, new Command.Fence("so")))
                .isEqualTo(Standing.UNSETTLED);
    }

    @Test
    void aPrimaryThatDoesNotStartIsGivenUp() {
        assertThat(of(Views.leaderWith(Views.primary()), Rule.PRIMARY_GIVES_UP, MemberRole.PRIMARY))
                .isEqualTo(Standing.GIVEN_UP);
    }
}
