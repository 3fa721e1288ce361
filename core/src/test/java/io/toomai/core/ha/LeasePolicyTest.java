package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.MemberRole;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.Timeline;
import java.time.Duration;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// A lease of 30 s that counts from moment 0; PostgreSQL needs 1 s to end.
class LeasePolicyTest {
    private static final Duration TTL = Duration.ofSeconds(30);

    private static MonoTime at(long millis) {
        return new MonoTime(millis * 1_000_000);
    }

    private static LeasePolicy.Act next(long now, long lastRenewal, long loopAlive) {
        return next(now, lastRenewal, loopAlive, LeasePolicy.LONGEST);
    }

    private static LeasePolicy.Act next(
            long now, long lastRenewal, long loopAlive, Duration apart) {
        return LeasePolicy.next(
                new LeasePolicy.Situation(
                        at(now),
                        LeasePolicy.fenceAt(at(0), TTL, Duration.ofSeconds(1)),
                        at(lastRenewal),
                        at(loopAlive),
                        TTL,
                        apart));
    }

    // ---- how far apart

    private static final Duration CYCLE = Duration.ofSeconds(10);
    private static final Duration OFTEN = Duration.ofMillis(600);

    private final Scene scene =
            new Scene()
                    .synchronous()
                    .iLead()
                    .member("pg2", MemberRole.REPLICA, 1)
                    .sync("pg1", "pg2");

    private void heard(Duration ago, String... hears) {
        Heartbeat heartbeat =
                new Heartbeat(
                        new MemberName("pg2"),
                        PeerStatus.Standing.STANDBY,
                        new Lsn(1000),
                        new Timeline(1),
                        PeerStatus.Eligibility.ELIGIBLE,
                        1,
                        new TreeSet<>(Scene.names(hears)),
                        Optional.empty(),
                        Optional.empty(),
                        Heartbeat.Clients.NONE);
        scene.hearing.put("pg2", new Hearing.Heard(heartbeat, scene.now.minus(ago)));
    }

    private Duration apart() {
        return LeasePolicy.apart(scene.view());
    }

    @Test
    void renewsOnceACycleWhileAllHearIt() {
        heard(Duration.ofMillis(599), "pg1", "pg3");
        assertThat(apart()).isEqualTo(CYCLE);
    }

    /// Who may be taken over before its lease ends shows in time that it lives.
    @Test
    void renewsTwiceWithinSuspectAfterWhileSomebodyDoesNotHearIt() {
        heard(Duration.ofMillis(600), "pg1");
        assertThat(apart()).as("silent").isEqualTo(OFTEN);
        heard(Duration.ZERO, "pg3");
        assertThat(apart()).as("deaf").isEqualTo(OFTEN);
    }

    @Test
    void whoNeverSpokeMattersOnlyAsAVoter() {
        scene.hearing.put("pg2", new Hearing.NeverHeard(new MemberName("pg2")));
        assertThat(apart()).isEqualTo(OFTEN);
        scene.sync("pg1");
        assertThat(apart()).isEqualTo(CYCLE);
    }

    @Test
    void theDeadSuspectNobody() {
        scene.hearing.put(
                "pg2", new Hearing.Refused(new MemberName("pg2"), scene.now, Optional.empty()));
        assertThat(apart()).isEqualTo(CYCLE);
    }

    @Test
    void whereNobodyTakesOverItRenewsOnceACycle() {
        heard(Duration.ofSeconds(5));
        scene.synchronous = HaSettings.SynchronousMode.OFF;
        assertThat(apart()).isEqualTo(CYCLE);
    }

    @Test
    void renewsInQuickSuccessionWhileTheLeaseLagsBehindOrThereIsHaste() {
        assertThat(apart(16_000, 20_000, LeasePolicy.Haste.NONE)).isEqualTo(CYCLE);
        assertThat(apart(15_999, 20_000, LeasePolicy.Haste.NONE)).isEqualTo(LeasePolicy.LONGEST);
        assertThat(apart(20_000, 20_000, LeasePolicy.Haste.NEEDED)).isEqualTo(LeasePolicy.LONGEST);
    }

    private static Duration apart(long countsFrom, long lastRenewal, LeasePolicy.Haste haste) {
        return LeasePolicy.apart(CYCLE, TTL, at(countsFrom), at(lastRenewal), haste);
    }

    // ---- what is due

    @Test
    void renewsEverySixthOfTheTtlWithinBounds() {
        assertThat(LeasePolicy.interval(TTL)).isEqualTo(Duration.ofSeconds(2));
        assertThat(LeasePolicy.interval(Duration.ofSeconds(6))).isEqualTo(Duration.ofSeconds(1));
        assertThat(LeasePolicy.interval(Duration.ofSeconds(1))).isEqualTo(Duration.ofMillis(300));
        assertThat(next(1999, 0, 1999)).isEqualTo(new LeasePolicy.Act.SleepUntil(at(2000)));
        assertThat(next(2000, 0, 2000)).isInstanceOf(LeasePolicy.Act.RenewNow.class);
        assertThat(next(9999, 0, 9999, Duration.ofDays(1)))
                .as("three renewals fit into a ttl")
                .isEqualTo(new LeasePolicy.Act.SleepUntil(at(10_000)));
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
