package io.toomai.agent.citus;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.agent.loop.HaLoop;
import io.toomai.agent.loop.Views;
import io.toomai.api.GroupEvent;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.Decision;
import io.toomai.core.ha.HaMemory;
import io.toomai.core.ha.HaView;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.Rule;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AnnouncementsTest {
    private static final Command RESTART = new Command.Restart(Duration.ofSeconds(60));

    private final Announcements announcements = new Announcements();

    private Optional<GroupEvent.Type> after(LocalPostgres postgres, Command... commands) {
        HaView view = Views.leaderWith(postgres);
        Decision decision =
                new Decision(
                        Rule.RESTART_ASKED,
                        "",
                        List.of(commands),
                        HaMemory.EMPTY,
                        Optional.empty());
        return announcements.after(
                new HaLoop.Cycle(
                        view,
                        decision,
                        view.cluster().leaderMember().orElseThrow(),
                        view.now(),
                        Duration.ZERO));
    }

    @Test
    void aPrimaryIsToldOfOnceItServes() {
        assertThat(after(Views.standby())).isEmpty();
        assertThat(after(Views.primary())).contains(GroupEvent.Type.AFTER_PROMOTE);
        assertThat(after(Views.primary())).isEmpty();
        assertThat(after(Views.standby())).isEmpty();
        assertThat(after(Views.primary())).contains(GroupEvent.Type.AFTER_PROMOTE);
    }

    @Test
    void aPromotionIsToldOfWhenItBegins() {
        HaView view = Views.leaderWith(Views.standby());
        assertThat(after(Views.standby(), new Command.Promote(view.now())))
                .contains(GroupEvent.Type.BEFORE_PROMOTE);
    }

    @Test
    void trafficIsNotLetFlowByTheCycleThatBeginsTheStop() {
        after(Views.primary());
        announcements.willStop(); // by the task, before the cycle that began it has ended
        assertThat(after(Views.primary(), RESTART)).isEmpty();
        assertThat(after(Views.primary()))
                .as("it goes on: the stop failed, or was over before anybody looked")
                .contains(GroupEvent.Type.AFTER_PROMOTE);
        assertThat(after(Views.primary())).isEmpty();
    }
}
