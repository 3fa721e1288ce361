package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.MemberName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// A leader that is asked to give the lead to another, and the clients of proxies.
class SwitchoverPolicyTest {
    /// Revision of the failover key in every [Scene].
    private static final long REQUEST = 2;

    private static Scene asked(ProxyStanding... proxies) {
        Scene scene =
                new Scene().iLead().runs(Scene.primary(1, "", Scene.sender("pg2", "async", 1000)));
        scene.peer("pg2", PeerStatus.Standing.STANDBY, 1000);
        scene.failover =
                Optional.of(
                        new FailoverRequest(
                                Optional.of(Scene.ME),
                                Optional.of(new MemberName("pg2")),
                                Optional.empty()));
        scene.proxies = List.of(proxies);
        return scene;
    }

    private static ProxyStanding free(String name) {
        return new ProxyStanding(name, OptionalLong.empty(), 0);
    }

    private static ProxyStanding holding(String name, int open) {
        return new ProxyStanding(name, OptionalLong.of(REQUEST), open);
    }

    private static Decision next(Scene scene) {
        Decision decision = scene.decide();
        scene.memory = decision.memory();
        return decision;
    }

    /// Up to where the proxies have been told.
    private static Scene held(ProxyStanding... proxies) {
        Scene scene = asked(proxies);
        next(scene);
        next(scene);
        return scene;
    }

    @Test
    void withoutAProxyNobodyIsWaitedFor() {
        Decision decision = asked().decide();
        assertThat(decision.rule()).isEqualTo(Rule.LEADER_SWITCHES_OVER);
        assertThat(decision.commands())
                .contains(
                        new Command.Stop(
                                Command.StopMode.FAST,
                                Command.Before.CHECKPOINT,
                                Optional.empty()));
    }

    @Test
    void withoutDrainNobodyIsWaitedFor() {
        Scene scene = asked(free("front"));
        scene.drain = new HaSettings.Drain(Duration.ZERO, HaSettings.Drain.AtEnd.ABORT);
        assertThat(scene.decide().rule()).isEqualTo(Rule.LEADER_SWITCHES_OVER);
    }

    @Test
    void aCheckpointComesBeforeAnybodyIsHeld() {
        Scene scene = asked(free("front"));
        Decision decision = next(scene);
        assertThat(decision.rule()).isEqualTo(Rule.SWITCHOVER_PREPARES);
        assertThat(decision.commands()).containsExactly(new Command.Checkpoint());
        assertThat(SwitchoverPolicy.ordered(scene.view())).isEmpty();
    }

    @Test
    void thenTheProxiesAreTold() {
        Scene scene = held(free("front"));
        assertThat(SwitchoverPolicy.ordered(scene.view())).hasValue(REQUEST);
        assertThat(Heartbeat.of(scene.view()).clients().hold()).hasValue(REQUEST);
        Decision decision = next(scene);
        assertThat(decision.rule()).isEqualTo(Rule.SWITCHOVER_HOLDS);
        assertThat(decision.commands()).isEmpty();
        assertThat(decision.reason()).contains("proxy front to hold its clients");
    }

    @Test
    void whatIsOpenIsWaitedFor() {
        Scene scene = held(holding("front", 0), holding("back", 3));
        Decision decision = next(scene);
        assertThat(decision.rule()).isEqualTo(Rule.SWITCHOVER_HOLDS);
        assertThat(decision.reason()).contains("proxy back with 3 open").doesNotContain("front");
    }

    /// What wakes the leader: before, its cycles would only take time from those who finish.
    @Test
    void allAreQuietWhenTheLastOneIs() {
        OptionalLong asked = OptionalLong.of(REQUEST);
        assertThat(Hold.isQuiet(asked, Stream.of(holding("front", 0), holding("back", 1))))
                .isFalse();
        assertThat(Hold.isQuiet(asked, Stream.of(holding("front", 0), free("back")))).isFalse();
        assertThat(Hold.isQuiet(asked, Stream.of(holding("front", 0), holding("back", 0))))
                .isTrue();
        assertThat(Hold.isQuiet(OptionalLong.empty(), Stream.of(holding("front", 0))))
                .as("nobody was asked to wait")
                .isFalse();
    }

    @Test
    void aProxyThatHoldsForAnotherRequestIsWaitedFor() {
        Scene scene = held(new ProxyStanding("front", OptionalLong.of(REQUEST - 1), 0));
        assertThat(next(scene).rule()).isEqualTo(Rule.SWITCHOVER_HOLDS);
    }

    @Test
    void postgresqlStopsWhenAllAreQuiet() {
        Scene scene = held(holding("front", 0), holding("back", 0));
        Decision decision = next(scene);
        assertThat(decision.rule()).isEqualTo(Rule.LEADER_SWITCHES_OVER);
        assertThat(decision.commands())
                .containsExactly(
                        new Command.Stop(
                                Command.StopMode.FAST, Command.Before.NOTHING, Optional.empty()));
        assertThat(SwitchoverPolicy.ordered(scene.view())).hasValue(REQUEST);
    }

    @Test
    void theProxiesOfMembersThatAreHeardCount() {
        Scene scene = held(holding("front", 0));
        scene.hears("pg2", holding("back", 1));
        assertThat(next(scene).reason()).contains("proxy back with 1 open");
        scene.hears("pg2", holding("back", 0));
        assertThat(next(scene).rule()).isEqualTo(Rule.LEADER_SWITCHES_OVER);
    }

    @Test
    void aProxyBehindAMemberThatIsNotHeardIsNotWaitedFor() {
        Scene scene = held(holding("front", 0));
        scene.hears("pg2", holding("back", 1));
        scene.now = scene.now.plus(Duration.ofSeconds(2));
        scene.iLead();
        assertThat(next(scene).rule()).isEqualTo(Rule.LEADER_SWITCHES_OVER);
    }

    @Test
    void nobodyIsHeldLongerThanTheDrain() {
        Scene scene = held(holding("front", 1));
        scene.now = scene.now.plus(Duration.ofSeconds(10));
        scene.iLead();
        Decision decision = next(scene);
        assertThat(decision.rule()).isEqualTo(Rule.SWITCHOVER_ABORTED);
        assertThat(decision.commands()).containsExactly(new Command.ClearFailover(REQUEST));
        assertThat(decision.reason()).contains("proxy front with 1 open");
        assertThat(SwitchoverPolicy.ordered(scene.view())).isEmpty();
    }

    @Test
    void orWhatRunsIsCutOff() {
        Scene scene = held(holding("front", 1));
        scene.drain =
                new HaSettings.Drain(
                        HaSettings.Drain.DEFAULT.limit(), HaSettings.Drain.AtEnd.TERMINATE);
        scene.now = scene.now.plus(Duration.ofSeconds(10));
        scene.iLead();
        assertThat(next(scene).rule()).isEqualTo(Rule.LEADER_SWITCHES_OVER);
    }

    @Test
    void aRequestThatIsTakenBackEndsTheHold() {
        Scene scene = held(holding("front", 1));
        scene.failover = Optional.empty();
        next(scene);
        assertThat(SwitchoverPolicy.ordered(scene.view())).isEmpty();
    }

    /// A primary may go on for long without the store; its clients would wait as long.
    @Test
    void aStoreThatIsLostEndsTheHoldAndTheSwitchover() {
        Scene scene = held(holding("front", 0));
        scene.storeAnswers = false;
        next(scene);
        assertThat(SwitchoverPolicy.ordered(scene.view())).isEmpty();
        next(scene);

        scene.storeAnswers = true;
        scene.proxies = List.of(holding("front", 0)); // told before its clients went on
        Decision decision = next(scene);
        assertThat(decision.rule()).isEqualTo(Rule.SWITCHOVER_ABORTED);
        assertThat(decision.commands()).containsExactly(new Command.ClearFailover(REQUEST));
        assertThat(decision.reason()).contains("store");
        assertThat(SwitchoverPolicy.ordered(scene.view())).isEmpty();

        assertThat(next(scene).rule())
                .as("the request could not be cleared")
                .isEqualTo(Rule.SWITCHOVER_ABORTED);
        scene.proxies = List.of();
        assertThat(next(scene).rule()).isEqualTo(Rule.SWITCHOVER_ABORTED);
    }

    /// As after an outage that was longer than the ttl, survived by failsafe mode.
    @Test
    void norIsItBegunAnewWhenTheKeyHasRunOutMeanwhile() {
        Scene scene = held(holding("front", 0));
        scene.storeAnswers = false;
        next(scene);
        scene.storeAnswers = true;
        LeaderKey own = scene.leader;
        scene.leader = new LeaderKey.Vacant();
        next(scene);
        scene.leader = own;
        assertThat(next(scene).rule()).isEqualTo(Rule.SWITCHOVER_ABORTED);
    }

    @Test
    void theNextRequestIsHeldForAgain() {
        Scene scene = held(holding("front", 0));
        scene.storeAnswers = false;
        next(scene);
        scene.storeAnswers = true;
        Optional<FailoverRequest> again = scene.failover;
        scene.failover = Optional.empty();
        next(scene);
        scene.failover = again;
        assertThat(next(scene).rule()).isEqualTo(Rule.SWITCHOVER_PREPARES);
    }

    @Test
    void aStoreThatIsLostDuringTheCheckpointEndsNothing() {
        Scene scene = asked(free("front"));
        next(scene);
        scene.storeAnswers = false;
        next(scene);
        scene.storeAnswers = true;
        assertThat(next(scene).rule()).isEqualTo(Rule.SWITCHOVER_HOLDS);
    }

    @Test
    void aStopThatFailsEndsTheHold() {
        Scene scene = held(holding("front", 0));
        next(scene);
        scene.task =
                new LongTask.Idle(
                        new LongTask.Outcome.Failed(LongTask.Kind.STOP, scene.now, "too slow"));
        assertThat(next(scene).rule()).isEqualTo(Rule.SWITCHOVER_ABORTED);
        assertThat(SwitchoverPolicy.ordered(scene.view())).isEmpty();
    }

    @Test
    void aFollowerPassesOnWhatItsLeaderSays() {
        Scene scene = new Scene().leads("pg2").runs(Scene.standby(1000, 1));
        assertThat(SwitchoverPolicy.inForce(scene.view())).isEmpty();
        scene.hearsHold("pg2", REQUEST);
        assertThat(SwitchoverPolicy.inForce(scene.view())).hasValue(REQUEST);
        scene.now = scene.now.plus(Duration.ofSeconds(2));
        assertThat(SwitchoverPolicy.inForce(scene.view())).as("not heard any more").isEmpty();
        scene.hearsHold("pg3", REQUEST);
        assertThat(SwitchoverPolicy.inForce(scene.view())).as("leads nothing").isEmpty();
    }
}
