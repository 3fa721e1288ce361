package io.toomai.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.StoreReading;
import io.toomai.settings.DynamicSettings;
import org.junit.jupiter.api.Test;

/// A standby cluster is left alone; anything else is no matter of this check.
class StandbyClusterCheckTest {
    private static final StoreReading ANSWERED = new StoreReading.Answered(ClusterView.EMPTY);

    private static DynamicSettings dynamic(String json) {
        return ((DynamicSettings.Valid) DynamicSettings.parse(json)).settings();
    }

    @Test
    void endsTheAgentOfAStandbyCluster() {
        assertThat(
                        new StandbyClusterCheck()
                                .look(
                                        ANSWERED,
                                        dynamic("{\"standby_cluster\": {\"host\": \"far\"}}")))
                .hasValueSatisfying(end -> {
                    assertThat(end.why()).contains("standby_cluster").contains("promote");
                    assertThat(end.status()).isEqualTo(Command.ExitStatus.FATAL);
                });
    }

    @Test
    void looksOnce() {
        var check = new StandbyClusterCheck();
        assertThat(check.look(ANSWERED, dynamic("{}"))).isEmpty();
        assertThat(check.look(ANSWERED, dynamic("{\"standby_cluster\": {\"host\": \"far\"}}")))
                .isEmpty();
    }
}
