package io.toomai.api.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.heartbeat.Beats;
import io.toomai.api.peer.PeerHearing.News;
import io.toomai.core.ha.Hearing;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PeerHearingTest {
    private static final Duration SUSPECT_AFTER = Duration.ofMillis(1200);
    private static final MonoTime START = new MonoTime(1_000_000_000_000L);

    private final PeerHearing hearing = new PeerHearing(Beats.PG2);

    private static MonoTime after(long millis) {
        return START.plus(Duration.ofMillis(millis));
    }

    private Hearing.Heard heard() {
        return (Hearing.Heard) hearing.now();
    }

    @Test
    void anOlderProcessDoesNotOverwriteANewerOne() {
        hearing.received(Beats.line(5, 900, Beats.at(100)), START);
        hearing.received(Beats.line(6, 1, Beats.at(200)), after(10));
        hearing.received(Beats.line(5, 901, Beats.at(300)), after(20));
        assertThat(hearing.now()).isEqualTo(new Hearing.Heard(Beats.at(200), after(10)));

        hearing.received(Beats.line(6, 3, Beats.at(400)), after(30));
        hearing.received(Beats.line(6, 2, Beats.at(300)), after(40));
        assertThat(hearing.now()).isEqualTo(new Hearing.Heard(Beats.at(400), after(30)));

        hearing.received(Beats.line(6, 3, Beats.at(400)), after(50));
        assertThat(heard().at()).as("a repetition proves life").isEqualTo(after(50));
    }

    /// A peer that lost its disk and its clock must not be deaf ground for ever.
    @Test
    void anOlderBootIsBelievedOnceTheNewerHasBeenSilentForLong() {
        hearing.received(Beats.line(6, 1, Beats.at(200)), START);
        MonoTime later = START.plus(PeerHearing.OUTDATED);

        hearing.received(Beats.line(5, 1, Beats.at(100)), later);

        assertThat(heard().at()).isEqualTo(later);
    }

    @Test
    void aRefusalTellsADeathOnlyOfWhoStreamed() {
        assertThat(hearing.refused(START)).isEqualTo(News.NONE);
        assertThat(hearing.now()).isEqualTo(new Hearing.NeverHeard(Beats.PG2));

        hearing.streams();
        assertThat(hearing.refused(after(10))).isEqualTo(News.KNOCK);
        assertThat(hearing.now())
                .isEqualTo(new Hearing.Refused(Beats.PG2, after(10), Optional.empty()));

        hearing.received(Beats.line(5, 1, Beats.at(100)), after(20));
        assertThat(hearing.refused(after(30))).isEqualTo(News.KNOCK);
        assertThat(hearing.refused(after(40))).as("told once").isEqualTo(News.NONE);
        assertThat(hearing.now())
                .isEqualTo(new Hearing.Refused(Beats.PG2, after(30), Optional.of(Beats.at(100))));
    }

    @Test
    void aHostThatRefusesNoLongerIsMerelySilent() {
        hearing.streams();
        hearing.received(Beats.line(5, 1, Beats.at(100)), START);
        hearing.refused(after(10));

        hearing.isNotRefused();

        assertThat(hearing.now()).isEqualTo(new Hearing.Heard(Beats.at(100), START));
    }

    @Test
    void whoKnowsNoHeartbeatsWasNeverHeard() {
        hearing.streams();
        hearing.received(Beats.line(5, 1, Beats.at(100)), START);

        hearing.knowsNoHeartbeats();

        assertThat(hearing.now()).isEqualTo(new Hearing.NeverHeard(Beats.PG2));
        assertThat(hearing.refused(after(10))).isEqualTo(News.NONE);
    }

    @Test
    void silenceIsToldAtItsHalfAndAtItsWhole() {
        assertThat(hearing.nextAlarm(SUSPECT_AFTER)).isEmpty();
        hearing.received(Beats.line(5, 1, Beats.at(100)), START);
        assertThat(hearing.nextAlarm(SUSPECT_AFTER)).contains(after(600));
        assertThat(hearing.silence(after(599), SUSPECT_AFTER)).isEqualTo(News.NONE);
        assertThat(hearing.silence(after(600), SUSPECT_AFTER)).isEqualTo(News.KNOCK);
        assertThat(hearing.silence(after(601), SUSPECT_AFTER)).isEqualTo(News.NONE);
        assertThat(hearing.nextAlarm(SUSPECT_AFTER)).contains(after(1200));
        assertThat(hearing.silence(after(1200), SUSPECT_AFTER)).isEqualTo(News.KNOCK);
        assertThat(hearing.silence(after(9000), SUSPECT_AFTER)).isEqualTo(News.NONE);
        assertThat(hearing.nextAlarm(SUSPECT_AFTER)).isEmpty();

        hearing.received(Beats.line(5, 1, Beats.at(100)), after(9000));
        assertThat(hearing.silence(after(9600), SUSPECT_AFTER)).isEqualTo(News.KNOCK);
    }

    @Test
    void pledgesThatComeAndGoAreNews() {
        assertThat(hearing.received(Beats.line(5, 1, Beats.at(100)), START)).isEqualTo(News.NONE);
        assertThat(hearing.received(Beats.line(5, 2, Beats.at(200)), after(1)))
                .isEqualTo(News.NONE);
        assertThat(
                        hearing.received(
                                Beats.line(5, 3, Beats.at(200, Optional.of(Beats.PLEDGE))),
                                after(2)))
                .isEqualTo(News.KNOCK);
        assertThat(
                        hearing.received(
                                Beats.line(5, 3, Beats.at(200, Optional.of(Beats.PLEDGE))),
                                after(3)))
                .isEqualTo(News.NONE);
        assertThat(hearing.received(Beats.line(5, 4, Beats.at(200)), after(4)))
                .isEqualTo(News.KNOCK);
        PeerHearing fresh = new PeerHearing(Beats.PG2);
        assertThat(
                        fresh.received(
                                Beats.line(5, 3, Beats.at(200, Optional.of(Beats.PLEDGE))), START))
                .isEqualTo(News.KNOCK);
    }

    /// Clients wait for it, so it must not wait for the next view.
    @Test
    void whatConcernsClientsOfProxiesIsNewsOfItsOwn() {
        Heartbeat plain = Beats.at(100);
        Heartbeat holds = plain.with(new Heartbeat.Clients(OptionalLong.of(7), List.of()));

        assertThat(hearing.received(Beats.line(5, 1, plain), START)).isEqualTo(News.NONE);
        assertThat(hearing.received(Beats.line(5, 2, holds), after(1))).isEqualTo(News.CLIENTS);
        assertThat(hearing.received(Beats.line(5, 2, holds), after(2))).isEqualTo(News.NONE);
        assertThat(hearing.received(Beats.line(5, 3, plain), after(3))).isEqualTo(News.CLIENTS);
        assertThat(new PeerHearing(Beats.PG2).received(Beats.line(5, 2, holds), START))
                .isEqualTo(News.CLIENTS);
        Heartbeat pledges = Beats.at(200, Optional.of(Beats.PLEDGE)).with(holds.clients());
        assertThat(hearing.received(Beats.line(5, 4, pledges), after(4)))
                .as("both at once")
                .isEqualTo(News.KNOCK_AND_CLIENTS);
    }
}
