package io.toomai.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.agent.loop.Views;
import io.toomai.core.ha.HaPolicy;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.LocalPostgres;
import org.junit.jupiter.api.Test;

class ViewJsonTest {
    @Test
    void aWholeViewSurvivesTheRoundTrip() {
        for (LocalPostgres postgres : Views.everyPostgres()) {
            HaView view = Views.leaderWith(postgres);

            HaView again = ViewJson.read(ViewJson.write(view).compact());

            assertThat(again).isEqualTo(view);
        }
    }

    @Test
    void theDecisionOfTheJournalIsTheDecisionOfTheReplay() {
        HaView view = Views.leaderWith(Views.primary());

        HaView replayed = ViewJson.read(ViewJson.write(view).compact());

        assertThat(HaPolicy.decide(replayed)).isEqualTo(HaPolicy.decide(view));
    }

    @Test
    void somethingElseIsRefused() {
        assertThatThrownBy(() -> ViewJson.read("{\"now\":1}"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
