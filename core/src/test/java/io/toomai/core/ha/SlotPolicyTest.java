package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Slots keep WAL for members, and nothing else is touched.
class SlotPolicyTest {
    private static SlotFacts slot(String name, SlotFacts.Kind kind, SlotFacts.Activity activity) {
        return new SlotFacts(name, kind, activity, Optional.empty());
    }

    private static SlotFacts idle(String name) {
        return slot(name, SlotFacts.Kind.PHYSICAL, SlotFacts.Activity.INACTIVE);
    }

    private static Scene cluster() {
        return new Scene()
                .iLead()
                .member("pg1", MemberRole.PRIMARY, 1)
                .member("pg2", MemberRole.REPLICA, 1);
    }

    private static void replicates(Scene scene, String name, String from) {
        scene.members.computeIfPresent(
                name,
                (_, m) ->
                        new Member(
                                m.name(),
                                m.connUrl(),
                                m.apiUrl(),
                                m.state(),
                                m.role(),
                                m.version(),
                                m.position(),
                                new Tags(Map.of("replicatefrom", from)),
                                m.flags(),
                                m.pendingRestart()));
    }

    private static Command ensure(List<MemberName> wanted, String... unwanted) {
        return new Command.EnsureSlots(wanted, List.of(unwanted));
    }

    @Test
    void aMemberGetsASlotOnce() {
        Scene scene = cluster();
        assertThat(SlotPolicy.ofLeader(scene.view(), List.of()).commands())
                .containsExactly(ensure(Scene.names("pg2")));
        assertThat(SlotPolicy.ofLeader(scene.view(), List.of(idle("pg2"))).commands()).isEmpty();
    }

    @Test
    void theSlotOfAnAbsentMemberIsKeptForItsTime() {
        Scene scene = cluster();
        scene.memory =
                scene.memory.withSlotsSeen(SlotPolicy.ofLeader(scene.view(), List.of()).seen());
        scene.members.remove("pg2");
        scene.now = scene.now.plus(Duration.ofMinutes(29));
        assertThat(SlotPolicy.ofLeader(scene.view(), List.of(idle("pg2"))).commands()).isEmpty();
        scene.now = scene.now.plus(Duration.ofMinutes(1));
        SlotPolicy.Step step = SlotPolicy.ofLeader(scene.view(), List.of(idle("pg2")));
        assertThat(step.commands()).containsExactly(ensure(List.of(), "pg2"));
        assertThat(step.seen()).isEmpty();
    }

    @Test
    void whatIsNotAMembersOrIsInUseStays() {
        Scene scene = cluster().leads("pg2");
        List<SlotFacts> slots =
                List.of(
                        idle("made_by_hand"),
                        slot("pg2", SlotFacts.Kind.LOGICAL, SlotFacts.Activity.INACTIVE));
        assertThat(SlotPolicy.ofStandby(scene.view(), slots)).isEmpty();
        assertThat(
                        SlotPolicy.ofStandby(
                                scene.view(),
                                List.of(
                                        slot(
                                                "pg2",
                                                SlotFacts.Kind.PHYSICAL,
                                                SlotFacts.Activity.ACTIVE))))
                .isEmpty();
        assertThat(SlotPolicy.ofStandby(scene.view(), List.of(idle("pg2"))))
                .containsExactly(ensure(List.of(), "pg2"));
    }

    @Test
    void whoStreamsFromAnotherStandbyHasItsSlotThere() {
        Scene scene = cluster().member("pg3", MemberRole.REPLICA, 1);
        replicates(scene, "pg3", "pg2");
        assertThat(SlotPolicy.ofLeader(scene.view(), List.of(idle("pg2"), idle("pg3"))).commands())
                .containsExactly(ensure(List.of(), "pg3"));
        replicates(scene, "pg3", "pg1");
        assertThat(SlotPolicy.ofStandby(scene.leads("pg2").view(), List.of()))
                .containsExactly(ensure(Scene.names("pg3")));
    }

    @Test
    void withoutSlotsNothingIsDone() {
        Scene scene = cluster();
        scene.slots = HaSettings.Slots.UNUSED;
        assertThat(SlotPolicy.ofLeader(scene.view(), List.of(idle("pg2"))).commands()).isEmpty();
        assertThat(SlotPolicy.ofStandby(scene.view(), List.of(idle("pg2")))).isEmpty();
    }
}
