package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.History;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.Timeline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every control state against every relation of timelines. The leader is on timeline 3, which left
/// 2 at position 1000, as 2 had left 1.
class RewindCheckTest {
    private static final Timeline THREE = new Timeline(3);
    private static final History HISTORY = Scene.history(3, 1000);

    /// Local data that ends just before the fork, or has one byte more.
    private static ControlFacts control(ControlFacts.State state, int timeline, long end) {
        return new ControlFacts(
                Scene.SYSTEM,
                state,
                new Timeline(timeline),
                new Lsn(end - 1),
                new Lsn(end),
                new Timeline(timeline));
    }

    private static boolean endIsKnown(ControlFacts.State state) {
        return switch (state) {
            case SHUT_DOWN, SHUT_DOWN_IN_RECOVERY, IN_ARCHIVE_RECOVERY, STARTING_UP -> true;
            case SHUTTING_DOWN, IN_CRASH_RECOVERY, IN_PRODUCTION -> false;
        };
    }

    @ParameterizedTest
    @EnumSource
    void onTheSameTimelineNothingIsNeeded(ControlFacts.State state) {
        assertThat(RewindCheck.ofStopped(control(state, 3, 5000), THREE, HISTORY))
                .isInstanceOf(RewindCheck.NotNeeded.class);
    }

    @ParameterizedTest
    @EnumSource
    void onAnOlderTimelineItDependsOnTheEnd(ControlFacts.State state) {
        for (int older = 1; older <= 2; older++) {
            RewindCheck before = RewindCheck.ofStopped(control(state, older, 1000), THREE, HISTORY);
            if (endIsKnown(state)) {
                assertThat(before).isInstanceOf(RewindCheck.NotNeeded.class);
            } else {
                assertThat(before).isInstanceOf(RewindCheck.Needed.class);
            }
            assertThat(RewindCheck.ofStopped(control(state, older, 1001), THREE, HISTORY))
                    .isInstanceOf(RewindCheck.Needed.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aNewerTimelineIsAlwaysRewound(ControlFacts.State state) {
        assertThat(RewindCheck.ofStopped(control(state, 4, 500), THREE, HISTORY))
                .isInstanceOf(RewindCheck.Needed.class);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNotPublishedIsWaitedFor(ControlFacts.State state) {
        assertThat(RewindCheck.ofStopped(control(state, 2, 500), Timeline.UNKNOWN, HISTORY))
                .isInstanceOf(RewindCheck.CannotTellYet.class);
        assertThat(RewindCheck.ofStopped(control(state, 2, 500), THREE, History.ABSENT))
                .isInstanceOf(RewindCheck.CannotTellYet.class);
        assertThat(RewindCheck.ofStopped(control(state, 1, 500), THREE, Scene.history(2, 1000)))
                .isInstanceOf(RewindCheck.CannotTellYet.class);
    }

    /// `max_timelines_history` may have cut what became of it: nothing says that it diverged.
    @ParameterizedTest
    @EnumSource
    void aTimelineBeforeTheKeptHistoryIsForgotten(ControlFacts.State state) {
        History cut = HISTORY.newest(1);
        assertThat(RewindCheck.ofStopped(control(state, 1, 500), THREE, cut))
                .isInstanceOf(RewindCheck.Forgotten.class);
        assertThat(RewindCheck.ofRunningStandby(new Timeline(1), new Lsn(9999), THREE, cut))
                .isInstanceOf(RewindCheck.Forgotten.class);
        assertThat(RewindCheck.ofStopped(control(state, 2, 1001), THREE, cut))
                .isInstanceOf(RewindCheck.Needed.class);
    }

    /// pg_rewind knows the whole history; once it has found nothing to do, the data is started.
    @Test
    void aFormerPrimaryOfAForgottenTimelineIsRewoundOnce() {
        Scene scene = new Scene().leads("pg2").member("pg2", MemberRole.PRIMARY, 3);
        scene.history = HISTORY.newest(1);
        scene.runs(Scene.stopped(ControlFacts.State.SHUT_DOWN, 1));
        assertThat(scene.decide().rule()).isEqualTo(Rule.STANDBY_REWINDS);
        scene.task =
                new LongTask.Idle(new LongTask.Outcome.Succeeded(LongTask.Kind.REWIND, scene.now));
        assertThat(scene.decide().rule()).isEqualTo(Rule.STANDBY_STARTS);
    }

    @Test
    void aRunningStandbyHasDivergedBeyondTheForkOnly() {
        assertThat(RewindCheck.ofRunningStandby(new Timeline(2), new Lsn(1000), THREE, HISTORY))
                .isInstanceOf(RewindCheck.NotNeeded.class);
        assertThat(RewindCheck.ofRunningStandby(new Timeline(2), new Lsn(1001), THREE, HISTORY))
                .isInstanceOf(RewindCheck.Needed.class);
    }

    /// Two members were promoted to the same timeline number: nothing tells their WAL apart.
    @ParameterizedTest
    @EnumSource
    void whoWasPrimaryOnTheLeadersTimelineIsCopiedAnew(ControlFacts.State state) {
        Scene scene =
                new Scene()
                        .leads("pg2")
                        .member("pg2", MemberRole.PRIMARY, 3)
                        .runs(Scene.stopped(state, 3));
        scene.history = HISTORY;
        Rule rule = scene.decide().rule();
        boolean wasStandby =
                state == ControlFacts.State.SHUT_DOWN_IN_RECOVERY
                        || state == ControlFacts.State.IN_ARCHIVE_RECOVERY;
        assertThat(rule).isEqualTo(wasStandby ? Rule.STANDBY_STARTS : Rule.STANDBY_RECLONES);
    }

    @Test
    void whereDataMustBeKeptTheOperatorIsAsked() {
        Scene scene =
                new Scene()
                        .leads("pg2")
                        .member("pg2", MemberRole.PRIMARY, 3)
                        .runs(Scene.stopped(ControlFacts.State.IN_PRODUCTION, 3));
        scene.onDivergence = HaSettings.OnDivergence.KEEP;
        scene.history = HISTORY;
        assertThat(scene.decide().commands()).isEmpty();
        assertThat(scene.decide().reason()).contains("reinit pg1");
    }
}
