package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.ha.Serving.Trouble;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// When a leader whose PostgreSQL lives and serves nobody gives the lead away. `pg1` leads, `pg2`
/// is a standby.
class HangPolicyTest {
    private static final Duration LIMIT = HaSettings.Detection.DEFAULT.probeTimeout();
    private static final LocalPostgres SILENT =
            new LocalPostgres.Unresponsive(
                    Scene.control(ControlFacts.State.IN_PRODUCTION, 1),
                    LocalPostgres.LastRole.PRIMARY,
                    new Scene().now,
                    "no answer");

    private final Scene scene =
            new Scene()
                    .iLead()
                    .member("pg2", MemberRole.REPLICA, 1)
                    .peer("pg2", PeerStatus.Standing.STANDBY, 1000)
                    .runs(Scene.primary(1, ""));

    private Scene hangs(Trouble trouble, int failures, Duration age) {
        scene.serving =
                new Serving.Troubled(trouble, scene.now.minus(age), failures, "it does not return");
        return scene;
    }

    private static boolean handsOver(Decision decision) {
        return decision.rule() == Rule.PRIMARY_HANGS_HANDS_OVER;
    }

    /// It goes on as a primary when it wakes, beside whoever has taken the key (simulation, plot
    /// DEATH_IN_PROMOTION).
    @Test
    void aSilentPrimaryThatNoLeaseGuardsIsEnded() {
        scene.runs(SILENT);
        assertThat(isEnded()).isFalse();
        scene.nobodyLeads();
        assertThat(isEnded()).isTrue();
        scene.leads("pg2");
        assertThat(isEnded()).isTrue();
        scene.pause = HaSettings.Maintenance.PAUSED;
        assertThat(isEnded()).isFalse();
    }

    private boolean isEnded() {
        return scene.decide().commands().stream().anyMatch(Command.Fence.class::isInstance);
    }

    /// Every combination of what the decision rests on.
    record Case(
            Trouble trouble,
            int failures,
            Duration age,
            LocalPostgres postgres,
            HaSettings.SynchronousMode mode,
            HaSettings.Maintenance pause) {
        boolean shouldMove() {
            boolean nobodyIsServed =
                    trouble == Trouble.FROZEN
                            || trouble == Trouble.STALLED_DISK
                            || trouble == Trouble.FULL_DISK;
            return nobodyIsServed
                    && failures > 1
                    && age.compareTo(LIMIT) >= 0
                    && pause == HaSettings.Maintenance.OFF;
        }
    }

    static List<Case> cases() {
        List<Case> all = new ArrayList<>();
        for (Trouble trouble : Trouble.values()) {
            for (int failures : List.of(1, 2, 50)) {
                for (Duration age : List.of(Duration.ZERO, LIMIT.minusMillis(1), LIMIT)) {
                    for (LocalPostgres postgres : List.of(Scene.primary(1, ""), SILENT)) {
                        for (HaSettings.SynchronousMode mode :
                                List.of(
                                        HaSettings.SynchronousMode.OFF,
                                        HaSettings.SynchronousMode.ON)) {
                            for (HaSettings.Maintenance pause : HaSettings.Maintenance.values()) {
                                all.add(new Case(trouble, failures, age, postgres, mode, pause));
                            }
                        }
                    }
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theTable(Case one) {
        hangs(one.trouble(), one.failures(), one.age()).runs(one.postgres());
        scene.synchronous = one.mode();
        scene.sync("pg1", "pg2");
        scene.pause = one.pause();

        Decision decision = scene.decide();

        assertThat(handsOver(decision)).isEqualTo(one.shouldMove());
        assertThat(decision.commands().stream().anyMatch(Command.Fence.class::isInstance))
                .isEqualTo(one.shouldMove());
    }

    @Test
    void postgresEndsBeforeTheKeyIsReleasedAndTheHeirIsNamed() {
        Decision decision = hangs(Trouble.STALLED_DISK, 2, LIMIT).decide();

        assertThat(decision.commands())
                .containsExactly(
                        new Command.Fence("it serves nobody"),
                        new Command.ReleaseLeaderKey(
                                Optional.of(
                                        new FailoverRequest(
                                                Optional.of(Scene.ME),
                                                Optional.of(new MemberName("pg2")),
                                                Optional.empty(),
                                                1)),
                                Optional.empty()));
        assertThat(decision.memory().handOverSince()).contains(scene.now);
        assertThat(decision.reason())
                .startsWith(
                        "PostgreSQL has served nobody for 10 s (stalled disk: it does not return)");
    }

    /// I2, seeds 1006914 and 1021348 of the simulation: the server came back before the fence, and
    /// a voter that was not named confirmed more.
    @Test
    void inQuorumModeNobodyIsNamedForTheFurthestShowsAfterTheFence() {
        byQuorum();

        Decision decision = hangs(Trouble.FROZEN, 2, LIMIT).decide();

        assertThat(decision.commands())
                .containsExactly(
                        new Command.Fence("it serves nobody"),
                        new Command.ReleaseLeaderKey(
                                Optional.of(HANDED_TO_THE_FURTHEST), Optional.empty()));
    }

    @Test
    void aDeadPrimaryOfAQuorumNamesNobodyEither() {
        byQuorum();
        scene.runs(Scene.stopped(ControlFacts.State.IN_PRODUCTION, 1));

        Decision decision = scene.decide();

        assertThat(decision.rule()).isEqualTo(Rule.PRIMARY_HANDS_OVER);
        assertThat(decision.commands())
                .containsExactly(
                        new Command.Fence("handing over"),
                        new Command.ReleaseLeaderKey(
                                Optional.of(HANDED_TO_THE_FURTHEST), Optional.empty()));
    }

    /// A switchover that crashed: in maintenance mode nobody races for a key that names nobody.
    @Test
    void aDeadPrimaryOfAQuorumRestartsInPlaceInMaintenanceMode() {
        byQuorum();
        scene.runs(Scene.stopped(ControlFacts.State.IN_PRODUCTION, 1));
        scene.memory = scene.memory.withHandOverSince(Optional.of(scene.now));
        assertThat(scene.decide().rule()).isEqualTo(Rule.PRIMARY_HANDS_OVER);

        scene.pause = HaSettings.Maintenance.PAUSED;

        assertThat(scene.decide().rule()).isEqualTo(Rule.PRIMARY_RESTARTS_IN_PLACE);
    }

    private static final FailoverRequest HANDED_TO_THE_FURTHEST =
            new FailoverRequest(Optional.of(Scene.ME), Optional.empty(), Optional.empty(), 1);

    private void byQuorum() {
        scene.member("pg3", MemberRole.REPLICA, 1).peer("pg3", PeerStatus.Standing.STANDBY, 1000);
        scene.synchronous = HaSettings.SynchronousMode.QUORUM;
        scene.sync =
                new SyncState(Optional.of(Scene.ME), 1, new TreeSet<>(Scene.names("pg2", "pg3")));
    }

    @ParameterizedTest
    @EnumSource(Trouble.class)
    void withoutAHeirTheKeyStays(Trouble trouble) {
        scene.peers.clear();

        Decision decision = hangs(trouble, 9, LIMIT.multipliedBy(9)).decide();

        assertThat(decision.commands())
                .noneMatch(
                        c -> c instanceof Command.Fence || c instanceof Command.ReleaseLeaderKey);
        assertThat(decision.rule())
                .isEqualTo(trouble.hitsEverybody() ? Rule.PRIMARY_HANGS : Rule.LEADER_CONTINUES);
        assertThat(decision.reason()).contains(trouble.text());
    }

    @Test
    void inSynchronousModeOnlyAVoterIsAnHeir() {
        scene.synchronous().sync("pg1", "pg3");

        assertThat(hangs(Trouble.FROZEN, 2, LIMIT).decide().rule()).isEqualTo(Rule.PRIMARY_HANGS);
    }

    /// I3: what the server still tells of itself counts too, not only what it had published.
    @Test
    void inAsynchronousModeTheHeirIsNearTheServerItself() {
        scene.runs(
                new LocalPostgres.Primary(
                        Scene.server(1),
                        new Lsn(1000 + 1_048_577),
                        List.of(),
                        "",
                        Scene.control(ControlFacts.State.IN_PRODUCTION, 1)));
        hangs(Trouble.FROZEN, 2, LIMIT);

        assertThat(scene.decide().rule()).isEqualTo(Rule.PRIMARY_HANGS);

        scene.peer("pg2", PeerStatus.Standing.STANDBY, 1001);
        assertThat(handsOver(scene.decide())).isTrue();
    }

    @Test
    void onlyTheLeaderGivesTheLeadAway() {
        hangs(Trouble.FROZEN, 2, LIMIT).leads("pg3");

        assertThat(handsOver(scene.decide())).isFalse();
        assertThat(scene.nobodyLeads().decide().rule()).isNotEqualTo(Rule.PRIMARY_HANGS_HANDS_OVER);
    }

    @Test
    void aCheckpointThatHangsWithTheServerDoesNotHinder() {
        for (LongTask.Kind kind : LongTask.Kind.values()) {
            hangs(Trouble.STALLED_DISK, 2, LIMIT).task = new LongTask.Running(kind, scene.now, "");

            assertThat(handsOver(scene.decide())).isEqualTo(kind == LongTask.Kind.CHECKPOINT);
        }
    }

    @Test
    void theDecisionIsMadeAgainWhenTheTimeIsOver() {
        Decision decision = hangs(Trouble.FROZEN, 1, Duration.ofSeconds(4)).decide();

        assertThat(decision.rule()).isEqualTo(Rule.LEADER_CONTINUES);
        assertThat(decision.recheckIn()).contains(Duration.ofSeconds(6));
    }

    /// A loop that waits for a stalled disk cannot give the lead away.
    @Test
    void whileTheDiskStallsNothingIsDoneThatNeedsIt() {
        hangs(Trouble.STALLED_DISK, 1, Duration.ZERO);
        assertThat(scene.decide().commands()).hasOnlyElementsOfType(Command.WriteStatus.class);

        hangs(Trouble.TOO_MANY_CONNECTIONS, 1, Duration.ZERO);
        assertThat(scene.decide().commands()).hasAtLeastOneElementOfType(Command.EnsureSlots.class);
    }

    @Test
    void peersAreAskedWhileNobodyIsServed() {
        for (Trouble trouble : Trouble.values()) {
            hangs(trouble, 1, Duration.ZERO);
            HaView view = scene.view();

            assertThat(
                            PeerPolling.needed(
                                    Scene.ME,
                                    view.store(),
                                    view.postgres(),
                                    view.serving(),
                                    view.wish()))
                    .isEqualTo(
                            trouble.hitsEverybody() ? PeerPolling.Need.ASK : PeerPolling.Need.SKIP);
        }
    }

    /// An agent that stood still sees its own delay once, not twice.
    @Test
    void failuresAreCountedInARow() {
        Serving serving = new Serving.Serves();
        serving = serving.failed(Trouble.FROZEN, scene.now, "a");
        assertThat(serving.isHung(scene.now.plus(LIMIT.multipliedBy(9)), LIMIT)).isFalse();

        serving = serving.failed(Trouble.STALLED_DISK, scene.now.plus(LIMIT), "b");
        assertThat(serving)
                .isEqualTo(new Serving.Troubled(Trouble.STALLED_DISK, scene.now, 2, "b"));
        assertThat(serving.isHung(scene.now.plus(LIMIT), LIMIT)).isTrue();

        serving = serving.failed(Trouble.TOO_MANY_CONNECTIONS, scene.now.plus(LIMIT), "c");
        assertThat(serving)
                .isEqualTo(
                        new Serving.Troubled(
                                Trouble.TOO_MANY_CONNECTIONS, scene.now.plus(LIMIT), 1, "c"));
        assertThat(Arrays.stream(Trouble.values()).filter(Trouble::hitsEverybody))
                .containsExactly(Trouble.FROZEN, Trouble.STALLED_DISK, Trouble.FULL_DISK);
    }

    /// A server that nobody can look at may run all the same.
    @Test
    void whatCannotBeLookedAtIsEndedBeforeTheKeyIsReleased() {
        scene.runs(new LocalPostgres.Unusable("looking at PostgreSQL takes too long"));

        assertThat(scene.decide().commands())
                .hasExactlyElementsOfTypes(Command.Fence.class, Command.ReleaseLeaderKey.class);
    }
}
