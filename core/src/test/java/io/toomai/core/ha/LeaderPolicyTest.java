package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// The holder of the leader key.
class LeaderPolicyTest {
    private static Scene promoting() {
        return new Scene().synchronous().iLead().runs(Scene.standby(1000, 1));
    }

    /// Simulation plot CUT_BETWEEN_COMMANDS, seed 1: pg1 had led before, its parameter still named
    /// pg2, and pg2 was written to `/sync` at once though it lacked what pg3 had confirmed since.
    /// Simulation seed 2004732: WAL of an older timeline that ended further on was taken for it.
    @Test
    void aSwitchoverWaitsForACandidateOnItsOwnTimeline() {
        Scene scene = new Scene().iLead().peer("pg2", PeerStatus.Standing.STANDBY, 5000);
        scene.memory = scene.memory.withHandOverSince(Optional.of(scene.now));
        scene.runs(Scene.stopped(ControlFacts.State.SHUT_DOWN, 1));
        assertThat(scene.decide().rule()).isEqualTo(Rule.SWITCHOVER_RELEASES_KEY);
        scene.runs(Scene.stopped(ControlFacts.State.SHUT_DOWN, 2));
        assertThat(scene.decide().rule()).isEqualTo(Rule.SWITCHOVER_WAITS_FOR_CANDIDATE);
    }

    @Test
    void whoConfirmedInAnEarlierTimeAsLeaderIsForgotten() {
        Scene scene = promoting().sync("pg3", "pg1");
        scene.memory =
                HaMemory.EMPTY.withSync(
                        new SyncMemory("pg2", new Lsn(500), new TreeSet<>(Scene.names("pg2"))));
        Decision decision = scene.decide();
        assertThat(decision.commands()).last().isInstanceOf(Command.Promote.class);
        assertThat(decision.memory().sync()).isEqualTo(SyncMemory.EMPTY);
    }

    /// Simulation seed 11086016: the other one confirmed commits alone meanwhile.
    @Test
    void aDeadPrimaryIsNotStartedAgainWhenAnotherHasLedSince() {
        Scene scene = new Scene().synchronous().iLead();
        scene.runs(Scene.stopped(ControlFacts.State.IN_PRODUCTION, 1));
        Command release = new Command.ReleaseLeaderKey(Optional.empty(), Optional.empty());
        assertThat(scene.sync("pg2").decide().commands()).containsExactly(release);
        assertThat(scene.sync(Scene.ME.value()).decide().commands()).doesNotContain(release);
    }

    @Test
    void aKeyThatComesLateIsGivenBack() {
        Decision decision = promoting().sync("pg2", "pg3").decide();
        assertThat(decision.commands())
                .containsExactly(new Command.ReleaseLeaderKey(Optional.empty(), Optional.empty()));
    }

    @Test
    void aNamedCandidateIsPromotedThoughSyncDoesNotNameIt() {
        Scene scene = promoting().sync("pg2", "pg3");
        scene.failover =
                Optional.of(
                        new FailoverRequest(
                                Optional.empty(), Optional.of(Scene.ME), Optional.empty()));
        assertThat(scene.decide().commands()).anyMatch(Command.Promote.class::isInstance);
    }

    @Test
    void syncNamesNobodyElseBeforeThePromotion() {
        List<Command> commands = promoting().sync("pg2", "pg1").decide().commands();
        assertThat(commands.getFirst())
                .isEqualTo(
                        new Command.WriteSync(new Scene().sync("pg1").sync, Scene.SYNC_REVISION));
        assertThat(commands).last().isInstanceOf(Command.Promote.class);
    }

    /// Both were promoted to timeline 3, neither knowing of the other.
    @Test
    void theHistoryOfAnotherPromotionIsReplaced() {
        for (String promoted : List.of("pg2", Scene.ME.value())) {
            Scene scene = new Scene().iLead().runs(Scene.primary(3, ""));
            scene.history = Scene.historyOf(3, promoted);
            boolean written =
                    scene.decide().commands().stream()
                            .anyMatch(Command.WriteHistory.class::isInstance);
            assertThat(written).as(promoted).isEqualTo(promoted.equals("pg2"));
        }
    }

    /// Every decision over this many situations is the same a day earlier and a day later.
    @Test
    void aJumpOfTheWallClockChangesNothing() {
        List<LocalPostgres> servers =
                List.of(
                        Scene.primary(1, "", Scene.sender("pg2", "async", 1000)),
                        Scene.standby(1000, 1),
                        Scene.stopped(ControlFacts.State.IN_PRODUCTION, 1),
                        Scene.stopped(ControlFacts.State.SHUT_DOWN, 1),
                        new LocalPostgres.NoDataDirectory());
        for (LocalPostgres postgres : servers) {
            for (Optional<FailoverRequest> asked :
                    List.of(Optional.<FailoverRequest>empty(), toPg2())) {
                for (int leads = 0; leads < 3; leads++) {
                    Scene scene = new Scene().runs(postgres);
                    scene.peer("pg2", PeerStatus.Standing.STANDBY, 1000);
                    scene.failover = asked;
                    if (leads > 0) {
                        scene = leads == 1 ? scene.iLead() : scene.leads("pg2");
                    }
                    Decision today = scene.decide();
                    for (long days : new long[] {-1, 1}) {
                        scene.wallClock = scene.wallClock.plus(Duration.ofDays(days));
                        assertThat(scene.decide()).isEqualTo(today);
                        scene.wallClock = scene.wallClock.minus(Duration.ofDays(days));
                    }
                }
            }
        }
    }

    /// It would wait for the end of the WAL in vain, and nobody could write meanwhile.
    @Test
    void aSwitchoverToWhoDoesNotStreamIsDeclined() {
        Scene scene = new Scene().iLead().runs(Scene.primary(1, ""));
        scene.peer("pg2", PeerStatus.Standing.STANDBY, 1000);
        for (Optional<MemberName> candidate :
                List.of(Optional.of(new MemberName("pg2")), Optional.<MemberName>empty())) {
            scene.failover =
                    Optional.of(
                            new FailoverRequest(
                                    Optional.of(Scene.ME), candidate, Optional.empty()));
            Decision decision = scene.decide();
            assertThat(decision.rule()).isEqualTo(Rule.LEADER_DECLINES_SWITCHOVER);
            assertThat(decision.reason()).contains("from me and could not receive");
        }
        scene.runs(Scene.primary(1, "", Scene.sender("pg2", "async", 900)));
        assertThat(scene.decide().rule()).isEqualTo(Rule.LEADER_SWITCHES_OVER);
    }

    @Test
    void aScheduledSwitchoverComesWhenTheWallClockSaysSo() {
        Scene scene =
                new Scene().iLead().runs(Scene.primary(1, "", Scene.sender("pg2", "async", 1000)));
        scene.peer("pg2", PeerStatus.Standing.STANDBY, 1000);
        scene.failover =
                Optional.of(
                        new FailoverRequest(
                                Optional.of(Scene.ME),
                                Optional.of(new MemberName("pg2")),
                                Optional.of("2026-01-01T12:00:00+00:00")));
        assertThat(scene.decide().rule()).isEqualTo(Rule.LEADER_CONTINUES);
        scene.wallClock = scene.wallClock.plus(Duration.ofHours(12));
        assertThat(scene.decide().rule()).isEqualTo(Rule.LEADER_SWITCHES_OVER);
        scene.wallClock = scene.wallClock.plus(Duration.ofDays(1));
        assertThat(scene.decide().rule()).isEqualTo(Rule.LEADER_DECLINES_SWITCHOVER);
    }

    private static Optional<FailoverRequest> toPg2() {
        return Optional.of(
                new FailoverRequest(
                        Optional.of(Scene.ME),
                        Optional.of(new MemberName("pg2")),
                        Optional.empty()));
    }

    /// Simulation seed 1008926: the next agent gave the key away in maintenance mode, another node
    /// took it, and then the promotion ended.
    @Test
    void inMaintenanceModeTheKeyIsKeptWhileAPromotionGoesOn() {
        Scene scene = new Scene().iLead().runs(Scene.toldToPromote());
        scene.pause = HaSettings.Maintenance.PAUSED;
        assertThat(scene.decide().commands()).isEmpty();
        scene.runs(Scene.standby(1000, 1));
        assertThat(scene.decide().commands())
                .containsExactly(new Command.ReleaseLeaderKey(Optional.empty(), Optional.empty()));
    }

    /// Simulation seed 1010274.
    @Test
    void aPromotionIsEndedBeforeTheKeyGoesToACandidate() {
        Scene scene = new Scene().iLead().runs(Scene.toldToPromote());
        scene.pause = HaSettings.Maintenance.PAUSED;
        scene.failover = toPg2();
        assertThat(scene.decide().commands())
                .extracting(c -> c.getClass().getSimpleName())
                .containsExactly("Fence", "ReleaseLeaderKey");
    }

    @Test
    void aPromotionWithoutTheKeyIsEnded() {
        for (Scene scene :
                List.of(new Scene().leads("pg2"), new Scene().nobodyLeads(), new Scene())) {
            scene.runs(Scene.toldToPromote());
            assertThat(scene.decide().commands()).first().isInstanceOf(Command.Fence.class);
            scene.storeAnswers = false;
            assertThat(scene.decide().commands()).first().isInstanceOf(Command.Fence.class);
            scene.pause = HaSettings.Maintenance.PAUSED;
            assertThat(scene.decide().commands()).isEmpty();
        }
        Scene mine = new Scene().iLead().runs(Scene.toldToPromote());
        assertThat(mine.decide().commands()).last().isInstanceOf(Command.Promote.class);
    }
}
