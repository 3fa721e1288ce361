package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.ha.PeerPolling.Need;
import io.toomai.core.model.MemberName;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PeerPollingTest {
    private static Need needed(Scene scene) {
        HaView view = scene.view();
        return PeerPolling.needed(
                Scene.ME, view.store(), view.postgres(), view.serving(), view.wish());
    }

    private static Scene leaderAskedFor(MemberName candidate) {
        Scene scene = new Scene().iLead().runs(Scene.primary(1, ""));
        scene.failover =
                Optional.of(
                        new FailoverRequest(
                                Optional.empty(), Optional.of(candidate), Optional.empty()));
        return scene;
    }

    @Test
    void aLeaderAsksBeforeItHandsOver() {
        assertThat(needed(leaderAskedFor(new MemberName("pg2")))).isEqualTo(Need.ASK);
        assertThat(needed(new Scene().iLead().runs(Scene.primary(1, "")))).isEqualTo(Need.SKIP);
    }

    /// It has just been handed the key: whoever asks now keeps writers waiting.
    @Test
    void whoIsTheCandidateItselfDoesNotAsk() {
        assertThat(needed(leaderAskedFor(Scene.ME))).isEqualTo(Need.SKIP);
    }
}
