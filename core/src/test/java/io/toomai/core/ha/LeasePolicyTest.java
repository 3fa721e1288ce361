package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.MonoTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A lease of 30 s that counts from moment 0; PostgreSQL needs 1 s to end.
class LeasePolicyTest {
    private static final Duration TTL = Duration.ofSeconds(30);

    private static MonoTime at(long millis) {
        return new MonoTime(millis * 1_000_000);
    }

    private static LeasePolicy.Act next(long now, long lastRenewal, long loopAlive) {
        return LeasePolicy.next(
                new LeasePolicy.Situation(
                        at(now),
                        LeasePolicy.fenceAt(at(0), TTL, Duration.ofSeconds(1)),
                        at(lastRenewal),
                        at(loopAlive),
                        TTL,
                        LeasePolicy.LONGEST));
    }

    /// Who may be taken over before its lease ends shows in time that it lives.
    @Test
    void renewsTwiceWithinSuspectAfterWhereOthersTakeOver() {
        HaSettings synchronous =
                HaSettings.DEFAULT.withSynchronousMode(HaSettings.SynchronousMode.ON);
        assertThat(LeasePolicy.apart(synchronous)).isEqualTo(Duration.ofMillis(600));
        assertThat(LeasePolicy.apart(HaSettings.DEFAULT)).isEqualTo(LeasePolicy.LONGEST);
    }

    @Test
    void renewsEverySixthOfTheTtlWithinBounds() {
        assertThat(LeasePolicy.interval(TTL)).isEqualTo(Duration.ofSeconds(2));
        assertThat(LeasePolicy.interval(Duration.ofSeconds(6))).isEqualTo(Duration.ofSeconds(1));
        assertThat(LeasePolicy.interval(Duration.ofSeconds(1))).isEqualTo(Duration.ofMillis(300));
        assertThat(next(1999, 0, 1999)).isEqualTo(new LeasePolicy.Act.SleepUntil(at(2000)));
        assertThat(next(2000, 0, 2000)).isInstanceOf(LeasePolicy.Act.RenewNow.class);
    }

    @Test
    void endsLeadershipWhilePostgresCanStillStopInTime() {
        assertThat(next(28_999, 28_000, 28_999))
                .isEqualTo(new LeasePolicy.Act.SleepUntil(at(29_000)));
        assertThat(next(29_000, 28_999, 29_000)).isInstanceOf(LeasePolicy.Act.EndLeadership.class);
        assertThat(next(90_000, 28_999, 29_000)).isInstanceOf(LeasePolicy.Act.EndLeadership.class);
    }

    @Test
    void aDeadLoopIsNotRenewed() {
        assertThat(next(20_000, 0, 0)).isInstanceOf(LeasePolicy.Act.RenewNow.class);
        assertThat(next(20_001, 0, 0)).isEqualTo(new LeasePolicy.Act.SleepUntil(at(22_001)));
        assertThat(next(28_500, 0, 0)).isEqualTo(new LeasePolicy.Act.SleepUntil(at(29_000)));
    }

    /// The guard never sleeps beyond the moment at which it must act.
    @Test
    void neverSleepsTooLong() {
        for (long now = 0; now < 29_000; now += 97) {
            for (long renewed = 0; renewed <= now; renewed += 970) {
                for (long alive = 0; alive <= now; alive += 1940) {
                    if (next(now, renewed, alive)
                            instanceof LeasePolicy.Act.SleepUntil(var moment)) {
                        assertThat(moment.isBefore(at(29_001))).isTrue();
                        assertThat(at(now).isBefore(moment)).isTrue();
                    }
                }
            }
        }
    }
}
