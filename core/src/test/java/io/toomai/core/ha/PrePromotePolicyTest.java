package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Nothing is promoted unless the operator's script has said yes under this very hold of the key;
/// the course of it is the story `pre-promote.txt`.
class PrePromotePolicyTest {
    private static Scene leading() {
        Scene scene = new Scene().iLead();
        scene.prePromote = HaSettings.Script.CONFIGURED;
        return scene;
    }

    private static Decision next(Scene scene) {
        Decision decision = scene.decide();
        scene.memory = decision.memory();
        return decision;
    }

    private static boolean promotes(Decision decision) {
        return decision.commands().stream().anyMatch(c -> c instanceof Command.Promote);
    }

    private static LongTask ended(LongTask.Kind kind, MonoTime at) {
        return new LongTask.Idle(new LongTask.Outcome.Succeeded(kind, at));
    }

    private static Scene refused() {
        Scene scene = leading();
        next(scene);
        scene.task =
                new LongTask.Idle(
                        new LongTask.Outcome.Failed(LongTask.Kind.PRE_PROMOTE, scene.now, "no"));
        assertThat(next(scene).commands())
                .containsExactly(new Command.ReleaseLeaderKey(Optional.empty(), Optional.empty()));
        return scene;
    }

    @Test
    void withoutAScriptThePromotionBeginsAtOnce() {
        assertThat(promotes(new Scene().iLead().decide())).isTrue();
    }

    @ParameterizedTest
    @EnumSource(LongTask.Kind.class)
    void onlyTheScriptItselfOpensTheWay(LongTask.Kind kind) {
        Scene scene = leading();
        assertThat(promotes(next(scene))).isFalse();
        scene.task = ended(kind, scene.now);
        assertThat(promotes(next(scene))).isEqualTo(kind == LongTask.Kind.PRE_PROMOTE);
    }

    @Test
    void anAnswerFromBeforeTheQuestionDoesNotCount() {
        Scene scene = leading();
        scene.task = ended(LongTask.Kind.PRE_PROMOTE, scene.now);
        scene.now = scene.now.plus(Duration.ofMillis(1));
        assertThat(promotes(next(scene))).isFalse();
        assertThat(promotes(next(scene))).as("the command was refused, say").isFalse();
    }

    @Test
    void anAnswerUnderAnEarlierHoldOfTheKeyDoesNotCount() {
        Scene scene = leading();
        next(scene);
        scene.task = ended(LongTask.Kind.PRE_PROMOTE, scene.now.plus(Duration.ofSeconds(1)));
        scene.nobodyLeads();
        next(scene);
        scene.iLead();
        assertThat(promotes(next(scene))).isFalse();
    }

    @Test
    void whoWasToldToPromoteAlreadyCannotBeHeldBack() {
        assertThat(promotes(leading().runs(Scene.toldToPromote()).decide())).isTrue();
    }

    @Test
    void whoWasRefusedDoesNotRaceForOneTtlEvenAsTheCandidate() {
        Scene scene = refused().nobodyLeads();
        scene.failover =
                Optional.of(
                        new FailoverRequest(
                                Optional.empty(), Optional.of(Scene.ME), Optional.empty()));
        assertThat(scene.decide().commands()).isEmpty();
        scene.now = scene.now.plus(Duration.ofSeconds(30));
        assertThat(scene.decide().commands()).containsExactly(new Command.AcquireLeaderKey());
    }

    @Test
    void aReleaseThatDidNotReachTheStoreIsRepeated() {
        Scene scene = refused();
        assertThat(next(scene).rule()).isEqualTo(Rule.PRE_PROMOTE_REFUSED);
    }

    @Test
    void withoutTheSettingARefusalIsForgotten() {
        Scene scene = refused();
        scene.prePromote = HaSettings.Script.NONE;
        assertThat(promotes(next(scene))).isTrue();
    }

    @Test
    void whoPledgedAndWasRefusedDoesNotTakeOver() {
        Scene scene = new Scene().synchronous().leads("pg2").sync("pg2", "pg1", "pg3");
        scene.prePromote = HaSettings.Script.CONFIGURED;
        scene.pledge =
                Pledge.against(scene.view().cluster())
                        .map(p -> new KeptPledge(p, KeptPledge.Proof.PROVEN));
        assertThat(scene.decide().rule()).isEqualTo(Rule.LEADER_TAKEN_OVER);
        scene.memory = HaMemory.EMPTY.withPrePromote(new PrePromote.Refused(scene.now));
        assertThat(scene.decide().rule()).isEqualTo(Rule.TAKEOVER_WAITS);
    }

    @Test
    void aScriptThatRunsIsEndedWhenTheKeyIsLostOrTheAgentStops() {
        List<Command> ends = List.of(new Command.CancelPrePromote());
        Scene scene = leading();
        scene.task = new LongTask.Running(LongTask.Kind.PRE_PROMOTE, scene.now, "");
        assertThat(scene.decide().commands()).isEmpty();
        scene.wish = new Wish.ShutDown();
        assertThat(scene.decide().commands()).isEqualTo(ends);
        scene.wish = new Wish.Nothing();
        assertThat(scene.leads("pg2").decide().commands()).isEqualTo(ends);
        scene.storeAnswers = false;
        assertThat(scene.decide().commands()).as("the lease is over").isEqualTo(ends);
        scene.iLead();
        assertThat(scene.decide().commands()).as("the lease still runs").isEmpty();
    }

    @Test
    void theScriptMayTakeAsLongAsACrashedPrimaryButATtlAtLeast() {
        Scene scene = leading();
        assertThat(patience(scene)).isEqualTo(Duration.ofMinutes(5));
        scene.limits =
                new HaSettings.PrimaryLimits(
                        Optional.of(Duration.ZERO),
                        Optional.empty(),
                        scene.limits.crashLimit(),
                        scene.limits.raceBackoff());
        assertThat(patience(scene)).isEqualTo(Duration.ofSeconds(30));
    }

    private static Duration patience(Scene scene) {
        return ((Command.AskPrePromote) scene.decide().commands().getFirst()).patience();
    }
}
