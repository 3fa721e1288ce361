package io.toomai.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.ha.ControlFacts;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.model.Lsn;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PortraitTest {
    private static final Portrait.Addresses ADDRESSES =
            new Portrait.Addresses(
                    "postgres://h:1/postgres", "http://h:2/patroni", Optional.empty(), "4.1.4");

    private static Member of(LocalPostgres postgres) {
        return Portrait.of(Views.leaderWith(postgres), ADDRESSES, Map.of());
    }

    @Test
    void aPrimaryShowsItsFlushPositionAndTimeline() {
        Member member = of(Views.primary());

        assertThat(member.role()).isEqualTo(MemberRole.PRIMARY);
        assertThat(member.state()).isEqualTo(MemberState.RUNNING);
        assertThat(member.position().location()).contains(new Lsn(6000));
        assertThat(member.position().timeline().number()).isEqualTo(3);
        assertThat(member.flags()).contains(Member.Flag.PENDING_RESTART);
    }

    @Test
    void aStandbyShowsBothPositionsAndThatItStreams() {
        Member member = of(Views.standby());

        assertThat(member.role()).isEqualTo(MemberRole.REPLICA);
        assertThat(member.position().received()).contains(new Lsn(6000));
        assertThat(member.position().replayed()).contains(new Lsn(5990));
        assertThat(member.isStreaming()).isTrue();
    }

    @Test
    void aPrimaryThatDiedIsCrashedAndOneThatStoppedIsStopped() {
        assertThat(of(stopped(ControlFacts.State.IN_PRODUCTION)).state())
                .isEqualTo(MemberState.CRASHED);
        assertThat(of(stopped(ControlFacts.State.SHUT_DOWN)).state())
                .isEqualTo(MemberState.STOPPED);
    }

    @Test
    void aCopyOfAPrimaryThatWasNeverStartedHasNotCrashed() {
        LocalPostgres copy =
                new LocalPostgres.Stopped(
                        Views.control(ControlFacts.State.IN_PRODUCTION),
                        LocalPostgres.StartsAs.STANDBY);
        assertThat(of(copy).state()).isEqualTo(MemberState.STOPPED);
    }

    private static LocalPostgres stopped(ControlFacts.State state) {
        return new LocalPostgres.Stopped(Views.control(state), LocalPostgres.StartsAs.PRIMARY);
    }

    @Test
    void theCheckpointAfterAPromotionIsShownUntilItIsDone() {
        LocalPostgres.Primary primary = (LocalPostgres.Primary) Views.primary();
        ControlFacts old =
                new ControlFacts(
                        Views.SYSTEM,
                        ControlFacts.State.IN_PRODUCTION,
                        new io.toomai.core.model.Timeline(2),
                        new Lsn(1),
                        Lsn.ZERO,
                        io.toomai.core.model.Timeline.UNKNOWN);
        HaView pending =
                Views.leaderWith(
                        new LocalPostgres.Primary(
                                primary.server(),
                                primary.flushed(),
                                primary.senders(),
                                primary.synchronousStandbyNames(),
                                old));

        assertThat(Portrait.of(pending, ADDRESSES, Map.of()).flags())
                .contains(Member.Flag.CHECKPOINT_AFTER_PROMOTE_PENDING);
        assertThat(of(primary).flags())
                .doesNotContain(Member.Flag.CHECKPOINT_AFTER_PROMOTE_PENDING);
    }
}
