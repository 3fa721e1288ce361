package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.ha.LocalPostgres.WalReceiver;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.time.Duration;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// When a voter takes the leader for dead, what it promises, and when it takes the key. `pg2` leads
/// in term 1, `pg1` is this node.
class TakeoverPolicyTest {
    private static final MemberName LEADER = new MemberName("pg2");
    private static final MemberName OTHER = new MemberName("pg3");
    private static final Pledge PLEDGE = new Pledge(LEADER, 1, Scene.SYNC_REVISION);
    private static final Duration LONG = Duration.ofSeconds(2);

    private final Scene scene =
            new Scene()
                    .synchronous()
                    .leads("pg2")
                    .member("pg2", MemberRole.PRIMARY, 1)
                    .member("pg3", MemberRole.REPLICA, 1)
                    .sync("pg2", "pg1");

    private static LocalPostgres.Standby standby(WalReceiver receiver, Upstream upstream) {
        LocalPostgres.Standby still = Scene.standby(1000, 1);
        return new LocalPostgres.Standby(
                still.server(),
                still.received(),
                still.replayed(),
                upstream,
                receiver,
                still.replay());
    }

    private static LocalPostgres.Standby streaming() {
        return standby(WalReceiver.STREAMING, new Upstream.Server("pg2", 5432));
    }

    private static LocalPostgres.Standby cutOff() {
        return standby(WalReceiver.NOT_STREAMING, new Upstream.Server("pg2", 5432));
    }

    private Heartbeat heartbeat(MemberName name, long position, Optional<Pledge> pledge) {
        return new Heartbeat(
                name,
                PeerStatus.Standing.STANDBY,
                new Lsn(position),
                new Timeline(1),
                PeerStatus.Eligibility.ELIGIBLE,
                1,
                new TreeSet<>(),
                pledge,
                Optional.empty(),
                Heartbeat.Clients.NONE);
    }

    private void heard(MemberName name, Duration ago) {
        scene.hearing.put(
                name.value(),
                new Hearing.Heard(heartbeat(name, 1000, Optional.empty()), scene.now.minus(ago)));
    }

    private void refused() {
        scene.hearing.put("pg2", new Hearing.Refused(LEADER, scene.now, Optional.empty()));
    }

    private void notRenewedFor(Duration time) {
        scene.renewal = Optional.of(new Renewal(7, scene.now.minus(time)));
    }

    private void quorum(int quorum) {
        scene.synchronous = HaSettings.SynchronousMode.QUORUM;
        scene.sync =
                new SyncState(
                        Optional.of(LEADER), quorum, new TreeSet<>(Scene.names("pg1", "pg3")));
    }

    private void pledged() {
        scene.pledge = Optional.of(new KeptPledge(PLEDGE, KeptPledge.Proof.PROVEN));
        scene.runs(standby(WalReceiver.NOT_STREAMING, new Upstream.None()));
    }

    private void otherPledged(long position) {
        scene.hearing.put(
                "pg3",
                new Hearing.Heard(heartbeat(OTHER, position, Optional.of(PLEDGE)), scene.now));
    }

    private Rule rule() {
        return scene.decide().rule();
    }

    @Test
    void aResetThatIsRefusedWithTheStreamGoneIsBelievedAtOnce() {
        refused();
        scene.runs(cutOff());
        Decision decision = scene.decide();
        assertThat(decision.rule()).isEqualTo(Rule.FOLLOWER_PLEDGES);
        assertThat(decision.commands()).containsExactly(new Command.MakePledge(PLEDGE));
    }

    /// A store that elects a leader holds up a cycle for a second.
    @Test
    void walStandsStillBetweenLooksWhateverTheStoreTakes() {
        heard(LEADER, LONG);
        notRenewedFor(LONG);
        scene.runs(streaming());
        Duration late = Duration.ofMillis(900);
        scene.postgresSeen = Optional.of(scene.now.minus(late));
        Decision first = scene.decide();
        assertThat(first.rule()).isEqualTo(Rule.FOLLOWER_CONTINUES);

        scene.memory = first.memory();
        scene.now = scene.now.plus(late);
        assertThat(rule()).isEqualTo(Rule.FOLLOWER_CONTINUES);
        scene.postgresSeen = Optional.empty();
        assertThat(rule()).isEqualTo(Rule.FOLLOWER_PLEDGES);
    }

    /// systemd restarts a killed agent; its PostgreSQL streams on and nobody fails over.
    @Test
    void aDeadAgentBesideALivingStreamIsNoReason() {
        refused();
        scene.runs(streaming());
        assertThat(rule()).isEqualTo(Rule.FOLLOWER_CONTINUES);
    }

    @Test
    void silenceCountsOnlyWithoutWalAndWithoutRenewal() {
        heard(LEADER, LONG);
        notRenewedFor(LONG);
        scene.runs(cutOff());
        assertThat(rule()).isEqualTo(Rule.FOLLOWER_PLEDGES);

        notRenewedFor(Duration.ofMillis(500));
        assertThat(rule()).isNotEqualTo(Rule.FOLLOWER_PLEDGES);

        notRenewedFor(LONG);
        heard(LEADER, Duration.ofMillis(900));
        assertThat(rule()).isNotEqualTo(Rule.FOLLOWER_PLEDGES);

        scene.renewal = Optional.empty();
        heard(LEADER, LONG);
        assertThat(rule()).isNotEqualTo(Rule.FOLLOWER_PLEDGES);
    }

    @Test
    void aStreamThatBringsWalIsALivingLeader() {
        heard(LEADER, LONG);
        notRenewedFor(LONG);
        scene.runs(streaming());
        Decision first = scene.decide();
        assertThat(first.rule()).isEqualTo(Rule.FOLLOWER_CONTINUES);

        scene.memory = first.memory();
        scene.now = scene.now.plus(LONG);
        scene.renewal = Optional.of(new Renewal(7, scene.now.minus(LONG)));
        assertThat(rule()).as("nothing came since").isEqualTo(Rule.FOLLOWER_PLEDGES);
    }

    @Test
    void onlyVotersOfThatLeaderInASynchronousModeTakeOver() {
        refused();
        scene.runs(cutOff());
        scene.sync("pg2", "pg3");
        assertThat(rule()).isNotEqualTo(Rule.FOLLOWER_PLEDGES);
        scene.sync("pg3", "pg1");
        assertThat(rule()).isNotEqualTo(Rule.FOLLOWER_PLEDGES);
        scene.sync("pg2", "pg1");
        scene.detection =
                new HaSettings.Detection(
                        HaSettings.Takeover.OFF, Duration.ofSeconds(1), Duration.ofSeconds(5));
        assertThat(rule()).isNotEqualTo(Rule.FOLLOWER_PLEDGES);
        scene.detection = HaSettings.Detection.DEFAULT;
        scene.synchronous = HaSettings.SynchronousMode.OFF;
        assertThat(rule()).isNotEqualTo(Rule.FOLLOWER_PLEDGES);
    }

    @Test
    void whereAllMustConfirmOnePledgeIsEnough() {
        pledged();
        Decision decision = scene.decide();
        assertThat(decision.rule()).isEqualTo(Rule.LEADER_TAKEN_OVER);
        assertThat(decision.commands())
                .containsExactly(
                        new Command.TakeOver(
                                1,
                                Scene.SYNC_REVISION,
                                new SyncState(Optional.of(Scene.ME), 0, new TreeSet<>())));
    }

    @Test
    void aPledgeThatIsNotProvenIsProvenFirst() {
        pledged();
        scene.pledge = Optional.of(new KeptPledge(PLEDGE, KeptPledge.Proof.UNPROVEN));
        assertThat(scene.decide().commands()).containsExactly(new Command.MakePledge(PLEDGE));
        pledged();
        scene.runs(streaming());
        assertThat(scene.decide().commands()).containsExactly(new Command.MakePledge(PLEDGE));
    }

    @Test
    void aQuorumNeedsOnePledgeMore() {
        quorum(1);
        pledged();
        assertThat(rule()).isEqualTo(Rule.TAKEOVER_WAITS);
        otherPledged(1000);
        assertThat(rule()).isEqualTo(Rule.LEADER_TAKEN_OVER);
        otherPledged(999);
        assertThat(rule()).isEqualTo(Rule.LEADER_TAKEN_OVER);
        otherPledged(1001);
        assertThat(rule()).as("the other has more").isEqualTo(Rule.TAKEOVER_WAITS);
    }

    @Test
    void aQuorumGoesOnWithThePromiseThatMadeItsLeader() {
        quorum(1);
        pledged();
        otherPledged(1000);
        assertThat(scene.decide().commands())
                .containsExactly(
                        new Command.TakeOver(
                                1,
                                Scene.SYNC_REVISION,
                                new SyncState(
                                        Optional.of(Scene.ME),
                                        1,
                                        new TreeSet<>(Scene.names("pg2", "pg3")))));
    }

    @Test
    void aPledgeAgainstAnotherTermOrSyncIsWithdrawn() {
        pledged();
        scene.pledge =
                Optional.of(
                        new KeptPledge(
                                new Pledge(LEADER, 1, Scene.SYNC_REVISION - 1),
                                KeptPledge.Proof.PROVEN));
        assertThat(rule()).isEqualTo(Rule.PLEDGE_WITHDRAWN);
        scene.pledge =
                Optional.of(
                        new KeptPledge(
                                new Pledge(LEADER, 0, Scene.SYNC_REVISION),
                                KeptPledge.Proof.PROVEN));
        assertThat(rule()).isEqualTo(Rule.PLEDGE_WITHDRAWN);
    }

    /// The agent that was to end the old primary may be dead itself.
    @Test
    void aQuorumRacesByPledgesAfterTheLeaseToo() {
        quorum(1);
        scene.leader = Scene.vacantSince(1);
        scene.runs(cutOff());
        assertThat(scene.decide().commands()).containsExactly(new Command.MakePledge(PLEDGE));
        pledged();
        assertThat(rule()).isEqualTo(Rule.TAKEOVER_WAITS);
        otherPledged(1000);
        assertThat(rule()).isEqualTo(Rule.LEADER_TAKEN_OVER);
    }

    /// Simulation seed 1003165: the operator's word for one member is no leave for another.
    @Test
    void aFailoverToAnotherMemberFreesNobodyFromThePledge() {
        quorum(1);
        scene.leader = Scene.vacantSince(1);
        scene.runs(cutOff());
        scene.failover =
                Optional.of(
                        new FailoverRequest(
                                Optional.empty(),
                                Optional.of(new MemberName("pg3")),
                                Optional.empty()));
        assertThat(scene.decide().commands()).containsExactly(new Command.MakePledge(PLEDGE));
        scene.peer("pg3", PeerStatus.Standing.STANDBY, 1000);
        assertThat(rule()).as("it can take the key").isEqualTo(Rule.RACE_WAITS);
    }

    /// Simulation seed 1006914: who has most shows only when nobody confirms any more.
    @Test
    void whatALeaderHandsOverToNobodyByNameIsRacedForByPledges() {
        quorum(1);
        scene.leader = Scene.vacantSince(1);
        scene.runs(cutOff());
        scene.failover = handedOverTo(Optional.empty());
        assertThat(scene.decide().commands()).containsExactly(new Command.MakePledge(PLEDGE));
        pledged();
        scene.peer("pg3", PeerStatus.Standing.STANDBY, 999);
        assertThat(rule()).isEqualTo(Rule.TAKEOVER_WAITS);
        otherPledged(1001);
        assertThat(rule()).as("the other has more").isEqualTo(Rule.TAKEOVER_WAITS);
        otherPledged(1000);
        assertThat(rule()).isEqualTo(Rule.LEADER_TAKEN_OVER);
    }

    @Test
    void whomALeaderNamesTakesTheKeyWithoutPledges() {
        quorum(1);
        scene.leader = Scene.vacantSince(1);
        scene.runs(cutOff());
        scene.failover = handedOverTo(Optional.of(Scene.ME));
        assertThat(rule()).isEqualTo(Rule.RACE_WON);
    }

    private static Optional<FailoverRequest> handedOverTo(Optional<MemberName> candidate) {
        return Optional.of(
                new FailoverRequest(Optional.of(LEADER), candidate, Optional.empty(), 1));
    }
}
