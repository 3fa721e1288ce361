package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A leader without a store, and those who let it go on. `pg1` is this node.
class FailsafePolicyTest {
    private static final MemberName PG2 = new MemberName("pg2");
    private static final Duration TTL = Duration.ofSeconds(30);

    private static FailsafeMembers named(String... names) {
        TreeMap<MemberName, String> urls = new TreeMap<>();
        for (String name : names) {
            urls.put(new MemberName(name), "http://" + name + ":8008/patroni");
        }
        return new FailsafeMembers(urls);
    }

    private static FailsafeTopology read(String... names) {
        return new FailsafeTopology(Scene.FAILSAFE_REVISION, named(names), FailsafeMembers.NONE);
    }

    private static Scene with(Scene scene, FailsafeTopology topology, FailsafePromise promise) {
        scene.failsafeMode = HaSettings.Failsafe.ON;
        scene.failsafeFacts =
                new FailsafeFacts(topology, promise, Optional.empty(), Optional.empty());
        return scene;
    }

    // ---- the leader without a store

    private static Scene cutOff(FailsafeTopology topology) {
        Scene scene = new Scene().iLead().runs(Scene.primary(1, ""));
        scene.storeAnswers = false;
        return with(scene, topology, new FailsafePromise.None());
    }

    private static void carry(Scene scene) {
        MonoTime until = scene.now.plus(TTL);
        scene.lease = new Lease.Held(until);
        scene.failsafeFacts =
                new FailsafeFacts(
                        scene.failsafeFacts.topology(),
                        scene.failsafeFacts.promise(),
                        Optional.of(until),
                        Optional.empty());
    }

    private static Command question(String... others) {
        return new Command.AskFailsafe(named(others), TTL);
    }

    @Test
    void allOthersAreAskedWhileTheLeaseStillRuns() {
        Decision decision = cutOff(read("pg1", "pg2", "pg3")).decide();
        assertThat(decision.rule()).isEqualTo(Rule.STORE_LOST_LEASE_RUNS);
        assertThat(decision.commands()).containsExactly(question("pg2", "pg3"));
        assertThat(decision.recheckIn()).contains(Duration.ofSeconds(5));
    }

    @Test
    void whoMayHaveBeenAddedMeanwhileIsAskedToo() {
        assertThat(cutOff(read("pg1", "pg2").attempting(named("pg1", "pg4"))).decide().commands())
                .containsExactly(question("pg2", "pg4"));
    }

    @Test
    void whileAllAcceptItGoesOnInPatronisWordsAndAsksAgain() {
        Scene scene = cutOff(read("pg1", "pg2"));
        carry(scene);
        Decision decision = scene.decide();
        assertThat(decision.rule()).isEqualTo(Rule.STORE_LOST_FAILSAFE);
        assertThat(decision.reason())
                .isEqualTo(
                        "continue to run as a leader because failsafe mode is enabled and all"
                                + " members are accessible");
        assertThat(decision.commands()).containsExactly(question("pg2"));
    }

    @Test
    void whoDidNotAcceptIsNamed() {
        Scene scene = cutOff(read("pg1", "pg2"));
        scene.failsafeFacts =
                new FailsafeFacts(
                        read("pg1", "pg2"),
                        new FailsafePromise.None(),
                        Optional.empty(),
                        Optional.of("pg2 does not agree: refused"));
        assertThat(scene.decide().reason()).endsWith("failsafe mode: pg2 does not agree: refused");
    }

    @Test
    void nobodyIsAskedWhereThatWouldProveNothing() {
        Scene off = cutOff(read("pg1", "pg2"));
        off.failsafeMode = HaSettings.Failsafe.OFF;
        assertThat(off.decide().commands()).isEmpty();
        assertThat(cutOff(FailsafeTopology.UNKNOWN).decide().commands()).isEmpty();
        assertThat(cutOff(read("pg2", "pg3")).decide().commands()).isEmpty();
        // What was sent may not have arrived: then others than those it names may race.
        assertThat(cutOff(FailsafeTopology.UNKNOWN.attempting(named("pg1", "pg2"))).decide())
                .extracting(Decision::commands)
                .isEqualTo(List.of());
        Scene over = cutOff(read("pg1", "pg2"));
        over.lease = new Lease.NotHeld();
        assertThat(over.decide().commands()).hasOnlyElementsOfType(Command.Fence.class);
        Scene standby = cutOff(read("pg1", "pg2")).runs(Scene.standby(1000, 1));
        assertThat(standby.decide().commands()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(LongTask.Kind.class)
    void longWorkDoesNotKeepItFromAsking(LongTask.Kind kind) {
        Scene scene = cutOff(read("pg1", "pg2"));
        scene.task = new LongTask.Running(kind, scene.now, "");
        assertThat(scene.decide().commands()).containsExactly(question("pg2"));
    }

    /// Its session has ended while the store was away. The same with long work under way.
    @Test
    void aKeyThatNobodyCouldTakeIsTakenAgain() {
        Scene scene = cutOff(read("pg1", "pg2"));
        carry(scene);
        scene.storeAnswers = true;
        scene.leader = new LeaderKey.Vacant();
        Decision decision = scene.decide();
        assertThat(decision.commands()).containsExactly(new Command.AcquireLeaderKey());
        scene.task = new LongTask.Running(LongTask.Kind.CHECKPOINT, scene.now, "");
        assertThat(scene.decide()).isEqualTo(decision);
        scene.leads("pg2");
        assertThat(scene.decide().commands()).doesNotContain(new Command.AcquireLeaderKey());
    }

    // ---- what counts

    @Test
    void oneWhoHasNotAcceptedIsEnoughToEndIt() {
        MonoTime now = new MonoTime(100_000_000_000L);
        FailsafeMembers others = named("pg2", "pg3");
        Map<MemberName, MonoTime> acceptedAt = new TreeMap<>(Map.of(PG2, now));
        assertThat(FailsafePolicy.carriedUntil(others, acceptedAt, now, TTL)).isEmpty();
        MonoTime earlier = now.minus(Duration.ofSeconds(7));
        acceptedAt.put(new MemberName("pg3"), earlier);
        assertThat(FailsafePolicy.carriedUntil(others, acceptedAt, now, TTL))
                .contains(earlier.plus(TTL));
        assertThat(FailsafePolicy.carriedUntil(FailsafeMembers.NONE, Map.of(), now, TTL))
                .contains(now.plus(TTL));
    }

    @Test
    void aPromiseLastsTheLongerOfBothTtls() {
        Duration longer = TTL.plusSeconds(5);
        assertThat(FailsafePolicy.promised(TTL, Optional.empty())).isEqualTo(TTL);
        assertThat(FailsafePolicy.promised(TTL, Optional.of(longer))).isEqualTo(longer);
        assertThat(FailsafePolicy.promised(longer, Optional.of(TTL))).isEqualTo(longer);
    }

    @Test
    void aNewReadingForgetsWhatCannotArriveAnyMore() {
        FailsafeTopology sent = read("pg1", "pg2").attempting(named("pg1", "pg3"));
        assertThat(sent.possible()).isEqualTo(named("pg1", "pg2", "pg3"));
        var same = new Versioned<>(named("pg1", "pg2"), 21);
        assertThat(sent.seen(same)).isEqualTo(sent);
        var next = new Versioned<>(named("pg1", "pg3"), 22);
        assertThat(sent.seen(next).possible()).isEqualTo(named("pg1", "pg3"));
    }

    // ---- the leader with a store

    private static Scene leading(FailsafeMembers stored) {
        Scene scene =
                new Scene()
                        .iLead()
                        .runs(Scene.primary(1, ""))
                        .member("pg1", MemberRole.PRIMARY, 1)
                        .member("pg2", MemberRole.REPLICA, 1);
        scene.failsafeMode = HaSettings.Failsafe.ON;
        scene.failsafe = stored;
        return scene;
    }

    private static List<Command> written(Scene scene) {
        return scene.decide().commands().stream()
                .filter(Command.WriteFailsafe.class::isInstance)
                .toList();
    }

    @Test
    void theLeaderWritesTheMembersWhenTheyChange() {
        Command both = new Command.WriteFailsafe(named("pg1", "pg2"), Scene.FAILSAFE_REVISION);
        assertThat(written(leading(FailsafeMembers.NONE))).containsExactly(both);
        assertThat(written(leading(named("pg1", "pg2", "pg3")))).containsExactly(both);
        assertThat(written(leading(named("pg1", "pg2")))).isEmpty();
    }

    @Test
    void aLeaderWithoutTheModeFreesTheOthers() {
        Scene scene = leading(named("pg1", "pg3"));
        scene.failsafeMode = HaSettings.Failsafe.OFF;
        assertThat(written(scene))
                .containsExactly(
                        new Command.WriteFailsafe(FailsafeMembers.NONE, Scene.FAILSAFE_REVISION));
        scene.failsafe = FailsafeMembers.NONE;
        assertThat(written(scene)).isEmpty();
    }

    @Test
    void aKeyThatCameLateToOneWhoIsNotAskedIsGivenBack() {
        Scene scene = new Scene().iLead().runs(Scene.standby(1000, 1));
        scene.failsafe = named("pg2", "pg3");
        assertThat(scene.decide().commands())
                .containsExactly(new Command.ReleaseLeaderKey(Optional.empty(), Optional.empty()));
    }

    // ---- the others

    private static FailsafePromise.Given promise(Scene scene) {
        return new FailsafePromise.Given(
                PG2,
                new Upstream.Server("pg2", 5432),
                scene.now.minus(Duration.ofSeconds(27)),
                scene.now.plus(Duration.ofSeconds(3)));
    }

    /// With the mode on and off: the leader may not know yet that it was switched off.
    @ParameterizedTest
    @EnumSource(HaSettings.Failsafe.class)
    void whoIsNotAskedDoesNotRace(HaSettings.Failsafe mode) {
        Scene scene = new Scene().nobodyLeads();
        scene.failsafeMode = mode;
        assertThat(scene.decide().commands()).containsExactly(new Command.AcquireLeaderKey());
        scene.failsafe = named("pg2", "pg3");
        assertThat(scene.decide().rule()).isEqualTo(Rule.RACE_WAITS);
        scene.failsafe = named("pg1", "pg2");
        assertThat(scene.decide().rule()).isEqualTo(Rule.RACE_WON);
        scene.runs(Scene.primary(1, "")).failsafe = named("pg2", "pg3");
        assertThat(scene.decide().rule()).isEqualTo(Rule.PRIMARY_OUTDATED);
    }

    @Test
    void whoHasPromisedFollowsUntilThePromiseEnds() {
        Scene scene = new Scene().nobodyLeads();
        with(scene, FailsafeTopology.UNKNOWN, promise(scene));
        Decision decision = scene.decide();
        assertThat(decision.rule()).isEqualTo(Rule.FAILSAFE_FOLLOWS);
        assertThat(decision.commands()).isEmpty();
        assertThat(decision.recheckIn()).contains(Duration.ofSeconds(3));
        scene.now = scene.now.plus(Duration.ofSeconds(3));
        assertThat(scene.decide().rule()).isEqualTo(Rule.RACE_WON);
    }

    @Test
    void whoHasPromisedNeitherPledgesNorTakesOver() {
        Scene scene = new Scene().synchronous().leads("pg2").sync("pg2", "pg1");
        scene.member("pg2", MemberRole.PRIMARY, 1);
        scene.hearing.put("pg2", new Hearing.Refused(PG2, scene.now, Optional.empty()));
        scene.memory =
                HaMemory.EMPTY.withDoubt(
                        Optional.of(
                                new Doubt(
                                        1,
                                        scene.now.minus(Duration.ofSeconds(20)),
                                        new Lsn(1000))));
        assertThat(scene.decide().rule()).isEqualTo(Rule.FOLLOWER_PLEDGES);
        with(scene, FailsafeTopology.UNKNOWN, promise(scene));
        assertThat(scene.decide().commands())
                .noneMatch(Command.MakePledge.class::isInstance)
                .noneMatch(Command.TakeOver.class::isInstance);
        scene.pledge =
                Optional.of(
                        new KeptPledge(
                                new Pledge(PG2, 1, Scene.SYNC_REVISION), KeptPledge.Proof.PROVEN));
        assertThat(scene.decide().reason()).contains("promised to let pg2 go on leading");
        with(scene, FailsafeTopology.UNKNOWN, new FailsafePromise.None());
        assertThat(scene.decide().rule()).isEqualTo(Rule.LEADER_TAKEN_OVER);
        scene.failsafe = named("pg2", "pg3");
        assertThat(scene.decide().rule()).isEqualTo(Rule.TAKEOVER_WAITS);
    }

    @Test
    void aStandbyThatStartsFollowsTheLeaderItHasAccepted() {
        Scene scene =
                new Scene()
                        .nobodyLeads()
                        .runs(Scene.stopped(ControlFacts.State.IN_ARCHIVE_RECOVERY, 1));
        with(scene, FailsafeTopology.UNKNOWN, promise(scene));
        Command follows = new Command.StartAsStandby(new Upstream.Server("pg2", 5432));
        assertThat(scene.decide().commands()).containsExactly(follows);
        scene.storeAnswers = false;
        assertThat(scene.decide().commands()).containsExactly(follows);
        scene.runs(Scene.stopped(ControlFacts.State.SHUT_DOWN, 1));
        assertThat(scene.decide().commands())
                .as("a former primary may have diverged")
                .containsExactly(new Command.StartAsStandby(new Upstream.None()));
    }

    @Test
    void whoLeadsOrIsAboutToPromisesNothing() {
        Lease held = new Lease.Held(new MonoTime(1));
        Lease none = new Lease.NotHeld();
        LongTask promotes = new LongTask.Running(LongTask.Kind.PROMOTE, new MonoTime(0), "");
        LocalPostgres standby = Scene.standby(1000, 1);
        assertThat(FailsafePolicy.leads(none, standby, LongTask.NOTHING_YET)).isFalse();
        assertThat(FailsafePolicy.leads(held, standby, LongTask.NOTHING_YET)).isTrue();
        assertThat(FailsafePolicy.leads(none, standby, promotes)).isTrue();
        assertThat(FailsafePolicy.leads(none, Scene.toldToPromote(), LongTask.NOTHING_YET))
                .isTrue();
        assertThat(FailsafePolicy.leads(none, Scene.primary(1, ""), LongTask.NOTHING_YET)).isTrue();
    }

    // ---- when a promise ends early

    private static FailsafePromise afterReading(FailsafePromise promise, Scene scene) {
        return promise.afterReading(scene.now, scene.view().cluster());
    }

    /// Its lease is not longer for it yet, and it counts on this promise.
    @Test
    void aLeaderThatIsBackDoesNotEndIt() {
        Scene scene = new Scene().leads("pg2");
        FailsafePromise given = promise(scene);
        assertThat(afterReading(given, scene)).isEqualTo(given);
    }

    @Test
    void aReadingThatBeganBeforeItProvesNothing() {
        Scene scene = new Scene().nobodyLeads();
        FailsafePromise given = promise(scene);
        handOver(scene);
        scene.now = scene.now.minus(Duration.ofSeconds(27));
        assertThat(afterReading(given, scene)).isEqualTo(given);
    }

    /// A request of this node that was long under way may have been granted meanwhile.
    @Test
    void anotherHolderOrNoneDoesNotEndIt() {
        Scene scene = new Scene().nobodyLeads();
        FailsafePromise given = promise(scene);
        assertThat(afterReading(given, scene)).isEqualTo(given);
        assertThat(afterReading(given, new Scene().leads("pg3"))).isEqualTo(given);
        assertThat(afterReading(given, new Scene().iLead())).isEqualTo(given);
    }

    @Test
    void aLeaderThatHandsOverEndsIt() {
        Scene scene = new Scene().nobodyLeads();
        FailsafePromise given = promise(scene);
        handOver(scene);
        assertThat(afterReading(given, scene)).isEqualTo(new FailsafePromise.None());
    }

    private static void handOver(Scene scene) {
        scene.leader = Scene.vacantSince(5);
        scene.failover =
                Optional.of(
                        new FailoverRequest(
                                Optional.of(PG2), Optional.of(Scene.ME), Optional.empty(), 5));
    }
}
