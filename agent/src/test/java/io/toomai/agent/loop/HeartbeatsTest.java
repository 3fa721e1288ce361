package io.toomai.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.WalReceiver;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import org.junit.jupiter.api.Test;

class HeartbeatsTest {
    private static final Upstream SOMEBODY = new Upstream.Server("10.0.0.2", 5432);

    private static Heartbeat of(LocalPostgres postgres) {
        return Heartbeat.of(Views.leaderWith(postgres));
    }

    @Test
    void aPrimaryTellsWhatItHasFlushed() {
        Heartbeat heartbeat = of(Views.primary());

        assertThat(heartbeat.name()).isEqualTo(Views.ME);
        assertThat(heartbeat.standing()).isEqualTo(PeerStatus.Standing.PRIMARY);
        assertThat(heartbeat.position()).isEqualTo(new Lsn(6000));
        assertThat(heartbeat.timeline().number()).isEqualTo(3);
        assertThat(heartbeat.eligibility()).isEqualTo(PeerStatus.Eligibility.ELIGIBLE);
        assertThat(heartbeat.failoverPriority()).isEqualTo(2);
        assertThat(heartbeat.pledge()).isEmpty();
    }

    @Test
    void onlyThoseCountAsHeardWhoAreNotSilent() {
        assertThat(of(Views.primary()).hears()).containsExactly(new MemberName("pg2"));
    }

    /// Whoever reads a pledge takes the position beside it for final.
    @Test
    void aPledgeIsToldOnlyFromAViewThatShowsItKept() {
        assertThat(of(Views.standby(new Upstream.None(), WalReceiver.NOT_STREAMING)).pledge())
                .contains(Views.PLEDGE);
        assertThat(of(Views.standby(new Upstream.None(), WalReceiver.STREAMING)).pledge())
                .isEmpty();
        assertThat(of(Views.standby(SOMEBODY, WalReceiver.NOT_STREAMING)).pledge()).isEmpty();
        assertThat(of(Views.standby(SOMEBODY, WalReceiver.STREAMING)).pledge()).isEmpty();
    }

    @Test
    void withoutAPostgresThatAnswersNothingIsClaimed() {
        for (LocalPostgres postgres : Views.everyPostgres()) {
            if (!(postgres instanceof LocalPostgres.Answering)) {
                Heartbeat heartbeat = of(postgres);

                assertThat(heartbeat.standing()).isEqualTo(PeerStatus.Standing.NOT_RUNNING);
                assertThat(heartbeat.position()).isEqualTo(Lsn.ZERO);
                assertThat(heartbeat.timeline().isKnown()).isFalse();
                assertThat(heartbeat.pledge()).isEmpty();
            }
        }
    }

    @Test
    void anIdleLoopIsNeverTakenForADeadOne() {
        assertThat(Heartbeats.bound(HaSettings.DEFAULT))
                .isGreaterThan(HaSettings.DEFAULT.loopWait());
        assertThat(Heartbeats.bound(HaSettings.DEFAULT)).isLessThan(HaSettings.DEFAULT.ttl());
    }
}
