package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A cluster that follows another one.
class StandbyLeaderPolicyTest {
    private static final Upstream.Server REMOTE = new Upstream.Server("10.0.0.9", 5432);

    private static Scene standbyCluster() {
        Scene scene = new Scene();
        scene.standbyCluster = Optional.of(new RemotePrimary(REMOTE));
        return scene;
    }

    private static LocalPostgres following(Upstream upstream, LocalPostgres.WalReceiver receiver) {
        LocalPostgres.Standby standby = Scene.standby(1000, 1);
        return new LocalPostgres.Standby(
                standby.server(),
                standby.received(),
                standby.replayed(),
                upstream,
                receiver,
                LocalPostgres.Replay.RUNNING);
    }

    private static LocalPostgres streaming() {
        return following(REMOTE, LocalPostgres.WalReceiver.STREAMING);
    }

    private static RemoteReading.Answered remote(
            PeerStatus.Standing standing, int timeline, long switchpoint) {
        return new RemoteReading.Answered(
                REMOTE,
                Scene.SYSTEM,
                standing,
                new Timeline(timeline),
                new Lsn(2000),
                Scene.history(timeline, switchpoint),
                new Scene().now);
    }

    /// I11: whatever else is the case.
    @Test
    void nobodyIsMadePrimary() {
        Set<Class<?>> forbidden =
                Set.of(
                        Command.Promote.class,
                        Command.StartAsPrimary.class,
                        Command.BootstrapCluster.class,
                        Command.SetSynchronousStandbyNames.class);
        for (LocalPostgres postgres : HaPolicyTest.servers()) {
            for (Initialize initialize :
                    List.of(
                            new Initialize.Done(Scene.SYSTEM),
                            new Initialize.Never(),
                            new Initialize.InProgress())) {
                for (Scene scene :
                        List.of(
                                standbyCluster().iLead(),
                                standbyCluster().leads("pg2"),
                                standbyCluster().nobodyLeads())) {
                    scene.initialize = initialize;
                    scene.synchronous().sync(Scene.ME.value(), "pg2").runs(postgres);
                    scene.peer("pg2", PeerStatus.Standing.STANDBY, 1000);
                    assertThat(scene.decide().commands())
                            .as("%s %s %s", postgres, initialize, scene.leader)
                            .noneMatch(c -> forbidden.contains(c.getClass()));
                }
            }
        }
    }

    @Test
    void theLeaderFollowsTheOtherClusterAndPublishes() {
        Scene scene = standbyCluster().iLead().runs(Scene.standby(1000, 1));
        Decision moved = scene.decide();
        assertThat(moved.commands()).contains(new Command.Follow(REMOTE));
        Decision stays = scene.runs(streaming()).decide();
        assertThat(stays.rule()).isEqualTo(Rule.STANDBY_LEADER_CONTINUES);
        assertThat(stays.commands())
                .anyMatch(Command.WriteStatus.class::isInstance)
                .noneMatch(Command.Follow.class::isInstance);
    }

    @Test
    void newParametersAreApplied() {
        Scene scene = standbyCluster().iLead().runs(streaming());
        scene.configuration = HaView.Configuration.STALE;
        assertThat(scene.decide().commands()).contains(new Command.ApplyConfiguration());
    }

    @Test
    void othersFollowTheLeader() {
        Scene scene = standbyCluster().leads("pg2").member("pg2", MemberRole.STANDBY_LEADER, 1);
        assertThat(scene.runs(streaming()).decide().commands())
                .contains(new Command.Follow(new Upstream.Server("pg2", 5432)));
    }

    @Test
    void aPrimaryIsStoppedCleanlyAndKeepsTheKey() {
        Scene scene = standbyCluster().iLead().runs(Scene.primary(1, ""));
        assertThat(scene.decide().rule()).isEqualTo(Rule.CLUSTER_DEMOTED);
        assertThat(scene.decide().commands())
                .containsExactly(
                        new Command.Stop(
                                Command.StopMode.FAST,
                                Command.Before.CHECKPOINT,
                                Optional.empty()));
        scene.runs(Scene.stopped(ControlFacts.State.SHUT_DOWN, 1));
        assertThat(scene.decide().commands()).containsExactly(new Command.StartAsStandby(REMOTE));
    }

    @Test
    void inMaintenanceModeAPrimaryGoesOn() {
        Scene scene = standbyCluster().iLead().runs(Scene.primary(1, ""));
        scene.pause = HaSettings.Maintenance.PAUSED;
        assertThat(scene.decide().commands()).isEmpty();
    }

    /// The voters of the time before decide about the key until the primary has stopped (I2).
    @Test
    void theVotersOfTheTimeBeforeAreForgottenOnlyByAStandby() {
        Scene scene = standbyCluster().synchronous().sync("pg2", "pg3").nobodyLeads();
        scene.peer("pg3", PeerStatus.Standing.STANDBY, 1000).runs(streaming());
        assertThat(scene.decide().rule()).isEqualTo(Rule.RACE_WAITS);
        scene.sync(Scene.ME.value(), "pg3").iLead();
        assertThat(scene.decide().commands())
                .contains(new Command.WriteSync(SyncState.EMPTY, Scene.SYNC_REVISION));
    }

    @Test
    void withoutTheSettingTheLeaderIsPromoted() {
        Scene scene = standbyCluster().iLead().runs(streaming());
        scene.standbyCluster = Optional.empty();
        assertThat(scene.decide().commands()).anyMatch(Command.Promote.class::isInstance);
    }

    @Test
    void theFirstNodeCopiesTheOtherClusterAndAnnouncesIt() {
        Scene scene = standbyCluster().nobodyLeads().runs(new LocalPostgres.NoDataDirectory());
        scene.initialize = new Initialize.Never();
        assertThat(scene.decide().commands())
                .containsExactly(
                        new Command.ClaimInitialize(), new Command.BootstrapStandbyCluster(REMOTE));
        scene.initialize = new Initialize.InProgress();
        scene.runs(Scene.stopped(ControlFacts.State.IN_ARCHIVE_RECOVERY, 1));
        assertThat(scene.decide().commands()).containsExactly(new Command.StartAsStandby(REMOTE));
        assertThat(scene.runs(streaming()).decide().commands())
                .containsExactly(
                        new Command.WriteInitialize(Scene.SYSTEM),
                        new Command.WriteInitialConfig(),
                        new Command.AcquireLeaderKey());
    }

    /// Simulation seed 60000377: the leader died when the cluster was demoted, and what it had was
    /// replaced by the copy of a standby that lacked its last commits.
    @Test
    void aFormerPrimaryOnTheTimelineOfTheStandbyLeaderJoinsIt() {
        Scene scene = standbyCluster().leads("pg2").member("pg2", MemberRole.STANDBY_LEADER, 1);
        scene.runs(Scene.stopped(ControlFacts.State.IN_PRODUCTION, 1));
        assertThat(scene.decide().commands())
                .containsExactly(new Command.StartAsStandby(new Upstream.Server("pg2", 5432)));
    }

    @Test
    void anotherMemberIsCopiedFromTheStandbyLeader() {
        Scene scene =
                standbyCluster()
                        .leads("pg2")
                        .member("pg2", MemberRole.STANDBY_LEADER, 1)
                        .runs(new LocalPostgres.NoDataDirectory());
        assertThat(scene.decide().commands())
                .containsExactly(
                        new Command.Clone(
                                new Command.Source(
                                        new MemberName("pg2"),
                                        "pg2",
                                        5432,
                                        Scene.SYSTEM,
                                        Command.Source.Kind.MEMBER_OF_STANDBY_CLUSTER)));
    }

    // ---- data that the other cluster does not have

    private static Scene cutOff() {
        Scene scene = standbyCluster().iLead();
        scene.rewind = HaSettings.Rewind.ON;
        return scene.runs(following(REMOTE, LocalPostgres.WalReceiver.NOT_STREAMING));
    }

    @Test
    void whatWasPromotedElsewhereBeforeOurEndIsRewoundTo() {
        Scene scene = cutOff();
        scene.remote = remote(PeerStatus.Standing.PRIMARY, 2, 500);
        assertThat(scene.decide().rule()).isEqualTo(Rule.STANDBY_LEADER_DIVERGED);
        assertThat(scene.decide().commands()).anyMatch(Command.Stop.class::isInstance);
        scene.runs(Scene.stopped(ControlFacts.State.SHUT_DOWN, 1));
        assertThat(scene.decide().commands())
                .containsExactly(new Command.Rewind(Command.Source.remote(REMOTE, Scene.SYSTEM)));
    }

    @Test
    void whatWasPromotedAfterOurEndIsFollowed() {
        Scene scene = cutOff();
        scene.remote = remote(PeerStatus.Standing.PRIMARY, 2, 1500);
        assertThat(scene.decide().rule()).isEqualTo(Rule.STANDBY_LEADER_CONTINUES);
        scene.runs(Scene.stopped(ControlFacts.State.SHUT_DOWN, 1));
        assertThat(scene.decide().commands()).containsExactly(new Command.StartAsStandby(REMOTE));
    }

    /// A demoted cluster is ahead of the one that will be promoted, until that has received all.
    @Test
    void besideAStandbyNothingIsRewound() {
        Scene scene = cutOff();
        scene.remote = remote(PeerStatus.Standing.STANDBY, 2, 500);
        assertThat(scene.decide().rule()).isEqualTo(Rule.STANDBY_LEADER_CONTINUES);
        scene.runs(Scene.stopped(ControlFacts.State.SHUT_DOWN, 1));
        assertThat(scene.decide().commands()).containsExactly(new Command.StartAsStandby(REMOTE));
    }

    @Test
    void anotherSystemIsNeitherFollowedBlindlyNorRewoundTo() {
        Scene scene = cutOff();
        scene.remote =
                new RemoteReading.Answered(
                        REMOTE,
                        new SystemIdentifier("7999999999"),
                        PeerStatus.Standing.PRIMARY,
                        new Timeline(2),
                        new Lsn(1),
                        new History(History.Presence.PRESENT, List.of()),
                        scene.now);
        assertThat(scene.decide().reason()).contains("belongs to another cluster");
        scene.runs(Scene.stopped(ControlFacts.State.SHUT_DOWN, 1));
        assertThat(scene.decide().commands()).noneMatch(Command.Rewind.class::isInstance);
    }

    @Test
    void withoutPgRewindAnOperatorIsAsked() {
        Scene scene = cutOff();
        scene.rewind = HaSettings.Rewind.OFF;
        scene.onDivergence = HaSettings.OnDivergence.KEEP;
        scene.remote = remote(PeerStatus.Standing.PRIMARY, 2, 500);
        assertThat(scene.decide().commands()).isEmpty();
        assertThat(scene.decide().reason()).contains("use_pg_rewind");
    }

    @Test
    void whoCannotStartGivesTheKeyAway() {
        Scene scene = standbyCluster().iLead();
        scene.runs(Scene.stopped(ControlFacts.State.IN_ARCHIVE_RECOVERY, 1));
        scene.task =
                new LongTask.Idle(
                        new LongTask.Outcome.Failed(LongTask.Kind.START, scene.now, "disk"));
        assertThat(scene.decide().commands())
                .containsExactly(new Command.ReleaseLeaderKey(Optional.empty(), Optional.empty()));
    }

    // ---- switchover within the standby cluster

    @Test
    void theKeyGoesToTheCandidateWithoutAStop() {
        Scene scene = standbyCluster().iLead().runs(streaming());
        scene.peer("pg2", PeerStatus.Standing.STANDBY, 1000);
        scene.failover =
                Optional.of(
                        new FailoverRequest(
                                Optional.of(Scene.ME),
                                Optional.of(new MemberName("pg2")),
                                Optional.empty()));
        Decision decision = scene.decide();
        assertThat(decision.rule()).isEqualTo(Rule.SWITCHOVER_RELEASES_KEY);
        assertThat(decision.commands())
                .singleElement()
                .isInstanceOfSatisfying(
                        Command.ReleaseLeaderKey.class,
                        c ->
                                assertThat(c.handOver().orElseThrow().candidate())
                                        .contains(new MemberName("pg2")));
    }

    @Test
    void toNobodyItDoesNotGo() {
        Scene scene = standbyCluster().iLead().runs(streaming());
        scene.failover =
                Optional.of(
                        new FailoverRequest(
                                Optional.of(Scene.ME), Optional.empty(), Optional.empty()));
        assertThat(scene.decide().rule()).isEqualTo(Rule.LEADER_DECLINES_SWITCHOVER);
    }
}
