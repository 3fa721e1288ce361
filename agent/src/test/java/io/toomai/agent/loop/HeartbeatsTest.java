package io.toomai.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.heartbeat.HeartbeatLine;
import io.toomai.api.heartbeat.HeartbeatSource;
import io.toomai.api.peer.PeerHeartbeats;
import io.toomai.api.proxy.ProxyRoll;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.ha.Hold;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LocalPostgres.WalReceiver;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
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

    // ---- clients of proxies

    private static MonoTime now() {
        return new MonoTime(System.nanoTime());
    }

    private final HeartbeatSource own =
            new HeartbeatSource(new HeartbeatLine.Sender("batman", 1), HeartbeatsTest::now);
    private final ProxyRoll proxies = new ProxyRoll(HeartbeatsTest::now, own::tell);

    private Heartbeat.Clients told() {
        return own.present().orElseThrow().clients();
    }

    private void withHeartbeats(Consumer<Heartbeats> test) {
        PeerHeartbeats.Ears ears =
                new PeerHeartbeats.Ears(
                        "batman",
                        () -> {
                            throw new AssertionError("nobody is heard");
                        },
                        HeartbeatsTest::now,
                        () -> Duration.ofSeconds(1),
                        () -> {});
        try (PeerHeartbeats others = new PeerHeartbeats(ears)) {
            test.accept(
                    Heartbeats.of(
                            new Heartbeats.Ways(own, others, proxies, () -> {}),
                            Views.ME,
                            HeartbeatsTest::now));
        }
    }

    @Test
    void whatAProxyAnswersIsToldBetweenTwoViews() {
        withHeartbeats(heartbeats -> {
            heartbeats.tell(Views.leaderWith(Views.primary()));
            assertThat(told().proxies()).isEmpty();

            ProxyStanding quiet = new ProxyStanding("front", OptionalLong.of(7), 0);
            proxies.report(quiet);

            assertThat(told().proxies()).containsExactly(quiet);
        });
    }

    /// A view that was taken before the proxy answered must not take the answer back.
    @Test
    void anOlderViewDoesNotTakeBackWhatAProxyHasAnswered() {
        withHeartbeats(heartbeats -> {
            HaView before = Views.leaderWith(Views.primary());
            heartbeats.tell(before);
            ProxyStanding quiet = new ProxyStanding("front", OptionalLong.of(7), 0);
            proxies.report(quiet);

            heartbeats.tell(before);

            assertThat(told().proxies()).containsExactly(quiet);
        });
    }

    @Test
    void anOrderToHoldIsToldWithTheDecisionNotWithTheNextView() {
        withHeartbeats(heartbeats -> {
            HaView view = Views.leaderWith(Views.primary());
            heartbeats.tell(view);
            assertThat(told().hold()).isEmpty();

            heartbeats.decided(view, view.memory());
            assertThat(told().hold()).isEmpty();
            heartbeats.decided(
                    view,
                    view.memory()
                            .withHold(Optional.of(new Hold(7, Hold.Stage.HOLDING, view.now()))));

            assertThat(told().hold()).hasValue(7);
            assertThat(own.hold()).hasValue(7);
            assertThat(hold()).hasValue(7);
        });
    }

    private OptionalLong hold() {
        try {
            return proxies.await(0, Duration.ofSeconds(30)).picture().hold();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
