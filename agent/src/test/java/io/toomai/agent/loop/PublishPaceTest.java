package io.toomai.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.Member.Position;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.Timeline;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PublishPaceTest {
    private static final MonoTime NOW = new MonoTime(7);
    private final PublishPace pace = new PublishPace();
    private final Member primary = portrait(Views.primary());

    private static Member portrait(LocalPostgres postgres) {
        return Portrait.of(
                Views.leaderWith(postgres),
                new Portrait.Addresses("", "", Optional.empty(), "4.1.4"),
                Map.of());
    }

    private static Member at(Member member, long lsn, int timeline) {
        Position position = member.position();
        return member.with(
                new Position(
                        Optional.of(new Lsn(lsn)),
                        position.received(),
                        position.replayed(),
                        position.replicationState(),
                        new Timeline(timeline)));
    }

    @Test
    void theFirstIsDue() {
        assertThat(pace.isDue(primary, NOW)).isTrue();
    }

    @Test
    void aPositionAloneWaitsForItsTurn() {
        pace.isWritten(primary, NOW);
        Member further = at(primary, 9000, primary.position().timeline().number());
        assertThat(pace.isDue(further, NOW.plus(Duration.ofMillis(999)))).isFalse();
        assertThat(pace.isDue(further, NOW.plus(Duration.ofSeconds(1)))).isTrue();
    }

    @Test
    void everythingElseIsWrittenAtOnce() {
        pace.isWritten(primary, NOW);
        assertThat(pace.isDue(at(primary, 6000, 4), NOW)).as("the timeline").isTrue();
        assertThat(pace.isDue(portrait(Views.standby()), NOW)).as("the role").isTrue();
    }
}
