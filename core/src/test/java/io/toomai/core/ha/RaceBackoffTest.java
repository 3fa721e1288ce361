package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.FailoverRequest;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The course of it is the story `race-backoff.txt`.
class RaceBackoffTest {
    private static Scene vacant(Duration backoff) {
        Scene scene = new Scene().nobodyLeads();
        scene.limits =
                new HaSettings.PrimaryLimits(
                        Optional.empty(), Optional.empty(), scene.limits.crashLimit(), backoff);
        return scene;
    }

    private static boolean takes(Scene scene) {
        Decision decision = scene.decide();
        scene.memory = decision.memory();
        return decision.commands().stream().anyMatch(c -> c instanceof Command.AcquireLeaderKey);
    }

    private static void after(Scene scene, int seconds) {
        scene.now = scene.now.plus(Duration.ofSeconds(seconds));
    }

    @Test
    void withoutTheSettingNobodyWaits() {
        Scene scene = vacant(Duration.ZERO);
        assertThat(takes(scene)).isTrue();
        assertThat(scene.memory.raceBackoff()).isEmpty();
    }

    /// The safety of it: it takes no key that would not be taken, and it always ends.
    @Test
    void howeverMuchWalComesTheWaitEndsWithTheSettingsTime() {
        for (int backoff = 1; backoff <= 60; backoff++) {
            Scene scene = vacant(Duration.ofSeconds(backoff));
            for (int second = 0; second < backoff; second++) {
                scene.runs(Scene.standby(1000 + second, 1));
                assertThat(takes(scene)).as("%s s of %s", second, backoff).isFalse();
                after(scene, 1);
            }
            assertThat(takes(scene)).as("after %s", backoff).isTrue();
        }
    }

    @Test
    void whatEndsItBeforeIsThatNothingComesForOneLoopWait() {
        Scene scene = vacant(Duration.ofSeconds(60));
        assertThat(takes(scene)).isFalse();
        after(scene, 9);
        scene.runs(Scene.standby(2000, 1));
        assertThat(takes(scene)).isFalse();
        after(scene, 9);
        assertThat(takes(scene)).isFalse();
        after(scene, 1);
        assertThat(takes(scene)).isTrue();
    }

    @Test
    void whoIsAskedForIsNotMadeToWait() {
        Scene scene = vacant(Duration.ofSeconds(60));
        assertThat(takes(scene)).isFalse();
        scene.failover =
                Optional.of(
                        new FailoverRequest(
                                Optional.empty(), Optional.of(Scene.ME), Optional.empty()));
        assertThat(takes(scene)).isTrue();
    }

    @Test
    void aPrimaryTakesItsKeyBackAtOnce() {
        Scene scene = vacant(Duration.ofSeconds(60)).runs(Scene.primary(1, ""));
        assertThat(takes(scene)).isTrue();
    }
}
