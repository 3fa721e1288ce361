package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Who may take a vacant key.
class RacePolicyTest {
    private static final PeerStatus.Standing STANDBY = PeerStatus.Standing.STANDBY;
    private static final PeerStatus.Standing PRIMARY = PeerStatus.Standing.PRIMARY;

    private static boolean takes(Scene scene) {
        RacePolicy.Verdict verdict =
                switch (scene.postgres) {
                    case LocalPostgres.Primary primary ->
                            RacePolicy.ofPrimary(scene.view(), primary);
                    case LocalPostgres.Standby standby ->
                            RacePolicy.ofStandby(scene.view(), standby);
                    default -> throw new IllegalStateException("only a running server races");
                };
        return verdict instanceof RacePolicy.Verdict.Takes;
    }

    private static Optional<FailoverRequest> asked(String leader, String candidate) {
        return Optional.of(
                new FailoverRequest(
                        Optional.of(leader).filter(n -> !n.isEmpty()).map(MemberName::new),
                        Optional.of(candidate).filter(n -> !n.isEmpty()).map(MemberName::new),
                        Optional.empty()));
    }

    @Test
    void whoIsFurthestTakesTheKey() {
        assertThat(takes(new Scene().peer("pg2", STANDBY, 1000))).isTrue();
        assertThat(takes(new Scene().peer("pg2", STANDBY, 999))).isTrue();
        assertThat(takes(new Scene().peer("pg2", STANDBY, 1001))).isFalse();
        assertThat(takes(new Scene().peer("pg2", PeerStatus.Standing.NOT_RUNNING, 1001))).isTrue();
    }

    @Test
    void whoLacksARequiredWatchdogWaitsExceptInMaintenanceMode() {
        Scene standby = new Scene();
        standby.watchdog = LocalNode.Watchdog.REQUIRED_AND_UNUSABLE;
        assertThat(takes(standby)).isFalse();
        standby.failover = asked("", "pg1");
        assertThat(takes(standby)).isFalse();
        standby.pause = HaSettings.Maintenance.PAUSED;
        assertThat(takes(standby)).isTrue();
    }

    @Test
    void aNodeThatLacksARequiredWatchdogMakesNoCluster() {
        Scene empty = new Scene();
        empty.postgres = new LocalPostgres.NoDataDirectory();
        empty.initialize = new io.toomai.core.cluster.Initialize.Never();
        assertThat(empty.decide().rule()).isEqualTo(Rule.BOOTSTRAP_STARTS);
        empty.watchdog = LocalNode.Watchdog.REQUIRED_AND_UNUSABLE;
        assertThat(empty.decide().rule()).isEqualTo(Rule.CLONE_WAITS);
    }

    @Test
    void whoLacksMoreThanMayBeLostWaits() {
        Scene scene = new Scene();
        scene.published = new Lsn(1000 + 1_048_576);
        assertThat(takes(scene)).isTrue();
        scene.published = new Lsn(1001 + 1_048_576);
        assertThat(takes(scene)).isFalse();
    }

    @Test
    void aPrimaryThatAnswersIsNotOvertaken() {
        assertThat(takes(new Scene().peer("pg2", PRIMARY, 10))).isFalse();
        Scene named = new Scene().peer("pg2", PRIMARY, 10);
        named.failover = asked("", "pg1");
        assertThat(takes(named)).isFalse();
    }

    /// Both were promoted to timeline 3; the other one's commits are not here.
    @Test
    void aPrimaryWhoseTimelineAnotherBeganTooDoesNotGoOn() {
        for (String promoted : List.of("pg2", Scene.ME.value())) {
            Scene scene = new Scene().runs(Scene.primary(3, ""));
            scene.history = Scene.historyOf(3, promoted);
            assertThat(takes(scene)).as(promoted).isEqualTo(!promoted.equals("pg2"));
        }
    }

    @Test
    void tagsAndMaintenanceKeepFromTheRace() {
        Scene tagged = new Scene();
        tagged.tags = new Tags(Map.of("nofailover", true));
        assertThat(takes(tagged)).isFalse();
        Scene paused = new Scene();
        paused.pause = HaSettings.Maintenance.PAUSED;
        assertThat(takes(paused)).isFalse();
        paused.failover = asked("", "pg1");
        assertThat(takes(paused)).isTrue();
    }

    @Test
    void atEqualPositionTheHigherPriorityGoesFirst() {
        Scene scene = new Scene();
        scene.peers.put(
                "pg2",
                new PeerStatus.Reachable(
                        new MemberName("pg2"),
                        STANDBY,
                        new Lsn(1000),
                        new io.toomai.core.model.Timeline(1),
                        PeerStatus.Eligibility.ELIGIBLE,
                        2));
        assertThat(takes(scene)).isFalse();
        scene.runs(Scene.standby(1001, 1));
        assertThat(takes(scene)).isTrue();
    }

    @Test
    void inSynchronousModeOnlyTheNamedTakeTheKey() {
        assertThat(takes(new Scene().synchronous().sync("pg2", "pg1"))).isTrue();
        assertThat(takes(new Scene().synchronous().sync("pg2", "pg3"))).isFalse();
        assertThat(takes(new Scene().synchronous())).as("never confirmed").isTrue();
    }

    /// What the former leader has beyond us was never confirmed; other voters' may have been.
    @Test
    void inSynchronousModeOnlyVotersAreCompared() {
        assertThat(
                        takes(
                                new Scene()
                                        .synchronous()
                                        .sync("pg2", "pg1", "pg3")
                                        .peer("pg2", STANDBY, 2000)
                                        .peer("pg4", STANDBY, 2000)))
                .isTrue();
        assertThat(
                        takes(
                                new Scene()
                                        .synchronous()
                                        .sync("pg2", "pg1", "pg3")
                                        .peer("pg3", STANDBY, 2000)))
                .isFalse();
    }

    @Test
    void theCandidateOfASwitchoverIsWaitedForWhileItMayLead() {
        Scene scene = new Scene().peer("pg3", STANDBY, 500);
        scene.failover = asked("pg2", "pg3");
        assertThat(takes(scene)).isFalse();
        scene.peers.clear();
        assertThat(takes(scene)).isTrue();
    }

    @Test
    void whoWasToldToGiveTheLeadAwayTakesItBackOnlyAlone() {
        Scene scene = new Scene().peer("pg2", STANDBY, 500);
        scene.failover = asked("pg1", "");
        assertThat(takes(scene)).isFalse();
        scene.peers.clear();
        assertThat(takes(scene)).isTrue();
    }

    /// Simulation seed 2092: nobody took the key for ever, because the only one that may was told
    /// to give it away and waited for those that may not.
    @Test
    void whoWasToldToGiveTheLeadAwayWaitsOnlyForThoseThatMayTakeIt() {
        Scene scene = new Scene().synchronous().sync("pg1").peer("pg2", STANDBY, 1000);
        scene.failover = asked("pg1", "pg2");
        assertThat(takes(scene)).isTrue();
        assertThat(takes(scene.sync("pg1", "pg2"))).isFalse();
    }

    /// Simulation seed 1001502: the dead leader handed over to a member that may not lead, and the
    /// others waited for it.
    @Test
    void whoFailsafeDoesNotNameIsNeitherAwaitedNorChosen() {
        Scene scene = new Scene().peer("pg3", STANDBY, 1001);
        scene.failover = asked("pg2", "pg3");
        assertThat(takes(scene)).isFalse();
        scene.failsafe =
                new FailsafeMembers(
                        new TreeMap<>(
                                Map.of(
                                        Scene.ME,
                                        "http://pg1:8008/patroni",
                                        new MemberName("pg2"),
                                        "http://pg2:8008/patroni")));
        assertThat(takes(scene)).isTrue();
        scene.failover = Optional.empty();
        assertThat(takes(scene)).as("although it is ahead").isTrue();
        assertThat(RacePolicy.candidates(scene.view(), Lsn.ZERO, Optional.empty())).isEmpty();
    }

    /// A member tells where it was in its last cycle, up to `loop_wait` ago: a busy primary has
    /// written more than `maximum_lag_on_failover` since. What was confirmed a voter has.
    @Test
    void aVoterIsAnHeirHoweverOldItsWordIs() {
        Scene scene = new Scene().iLead().peer("pg2", STANDBY, 1000).synchronous();
        scene.published = new Lsn(1000 + 16_777_216);
        assertThat(RacePolicy.heir(scene.sync("pg1", "pg2").view())).isPresent();
        assertThat(RacePolicy.heir(scene.sync("pg1", "pg3").view())).isEmpty();
        scene.synchronous = HaSettings.SynchronousMode.OFF;
        assertThat(RacePolicy.candidates(scene.view(), scene.published, Optional.empty()))
                .isEmpty();
    }

    /// Simulation seed 949: in maintenance mode nobody pledges, and the old primary may run on.
    @Test
    void inMaintenanceModeAQuorumsCandidateNeedsTheKeyHandedToItOrTheOperatorsWord() {
        Scene scene = new Scene().synchronous();
        scene.pause = HaSettings.Maintenance.PAUSED;
        scene.sync =
                new SyncState(
                        Optional.of(new MemberName("pg2")),
                        1,
                        new TreeSet<>(Scene.names("pg1", "pg3")));
        scene.failover = asked("pg2", "pg1");
        assertThat(takes(scene)).isFalse();
        scene.failover = asked("", "pg1");
        assertThat(takes(scene)).isTrue();
        scene.leader = Scene.vacantSince(5);
        scene.failover =
                Optional.of(
                        new FailoverRequest(
                                Optional.of(new MemberName("pg2")),
                                Optional.of(Scene.ME),
                                Optional.empty(),
                                5));
        assertThat(takes(scene)).isTrue();
    }

    @Test
    void aPrimaryGoesOnIfNobodyWasPromotedSince() {
        Scene scene = new Scene().runs(Scene.primary(2, ""));
        assertThat(takes(scene)).isTrue();
        scene.history = Scene.history(2, 500);
        assertThat(takes(scene)).isTrue();
        scene.history = Scene.history(3, 500);
        assertThat(takes(scene)).isFalse();
        scene.history = Scene.history(2, 500);
        scene.peer("pg2", PRIMARY, 10);
        assertThat(takes(scene)).isFalse();
    }

    /// Whoever led since may have confirmed commits alone, before it wrote any history.
    @Test
    void aPrimaryThatSyncDoesNotCallLeaderDoesNotRetakeTheKey() {
        Scene scene = new Scene().synchronous().runs(Scene.primary(1, "pg2"));
        assertThat(takes(scene.sync("pg1", "pg2"))).isTrue();
        assertThat(takes(scene.sync("pg2", "pg1"))).isFalse();
        assertThat(takes(scene.sync("pg2"))).isFalse();
    }

    /// Simulation seed 13060816: it went on where another had led and confirmed commits meanwhile.
    @Test
    void aPrimaryDoesNotRetakeAKeyThatAnotherHeldSince() {
        Scene scene = new Scene().runs(Scene.primary(2, ""));
        scene.leader = new LeaderKey.Vacant(7, Optional.of(Scene.ME));
        assertThat(takes(scene)).isTrue();
        scene.leader = new LeaderKey.Vacant(8, Optional.of(new MemberName("pg2")));
        assertThat(takes(scene)).isFalse();
    }

    @Test
    void aPrimaryDoesNotGoOnBesideAStandbyOfALaterTimeline() {
        Scene scene = new Scene().runs(Scene.primary(2, ""));
        scene.peers.put("pg2", onTimeline(2, STANDBY));
        assertThat(takes(scene)).isTrue();
        scene.peers.put("pg2", onTimeline(3, STANDBY));
        assertThat(takes(scene)).isFalse();
        scene.peers.put("pg2", onTimeline(3, PeerStatus.Standing.NOT_RUNNING));
        assertThat(takes(scene)).isTrue();
    }

    private static PeerStatus onTimeline(int timeline, PeerStatus.Standing standing) {
        return new PeerStatus.Reachable(
                new MemberName("pg2"),
                standing,
                new Lsn(10),
                new io.toomai.core.model.Timeline(timeline),
                PeerStatus.Eligibility.ELIGIBLE,
                1);
    }

    /// Simulation seeds 13068164 and 13066498: the candidate was cut off, and whoever was left took
    /// the key whatever it lacked.
    @Test
    void aRequestLiftsTheLimitOfLossForItsCandidateAlone() {
        Scene scene = new Scene();
        scene.published = new Lsn(1001 + 1_048_576);
        scene.failover = asked("pg2", "pg3");
        assertThat(takes(scene)).isFalse();
        scene.failover = asked("pg2", "pg1");
        assertThat(takes(scene)).isTrue();
    }

    /// Else both would wait: the one that has everything for the one that lacks too much.
    @Test
    void whoWasToldToGiveTheLeadAwayDoesNotWaitForWhoLacksTooMuch() {
        Scene scene = new Scene().runs(Scene.standby(2_000_000, 1)).peer("pg2", STANDBY, 500);
        scene.published = new Lsn(2_000_000);
        scene.failover = asked("pg1", "");
        assertThat(takes(scene)).isTrue();
    }

    /// Simulation seed 13065556: its candidate took the key, and was cut off before it led.
    @Test
    void aHandOverCountsForItsOwnVacancyAlone() {
        Scene scene = new Scene();
        scene.published = new Lsn(1001 + 1_048_576);
        scene.failover =
                Optional.of(
                        new FailoverRequest(
                                Optional.of(new MemberName("pg2")),
                                Optional.of(Scene.ME),
                                Optional.empty(),
                                5));
        scene.leader = Scene.vacantSince(5);
        assertThat(takes(scene)).isTrue();
        scene.leader = Scene.vacantSince(6);
        assertThat(takes(scene)).isFalse();
    }
}
