package io.toomai.agent.citus;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.agent.citus.Agenda.Ending;
import io.toomai.agent.citus.Agenda.Errand;
import io.toomai.agent.citus.Agenda.Step;
import io.toomai.core.citus.NodeAddress;
import io.toomai.core.citus.WantedGroup;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class AgendaTest {
    private static final MonoTime START = new MonoTime(0);
    private static final Duration LOOKS = Duration.ofSeconds(10);

    private final Agenda agenda = new Agenda(START);

    private static MonoTime at(int seconds) {
        return START.plus(Duration.ofSeconds(seconds));
    }

    private static Errand errand(int group) {
        return new Errand(
                new WantedGroup(
                        group,
                        new NodeAddress("n" + group, 5432),
                        WantedGroup.Traffic.FLOWS,
                        List.of()),
                new Ending.Commit(),
                LOOKS,
                new CountDownLatch(1));
    }

    private Step next(int seconds) {
        return agenda.next(at(seconds), LOOKS);
    }

    @Test
    void itLooksFirstAndThenFromTimeToTime() {
        assertThat(next(0)).isEqualTo(new Step.Look());
        assertThat(next(1)).isEqualTo(new Step.Rest(at(10)));
        assertThat(next(10)).isEqualTo(new Step.Look());
    }

    @Test
    void errandsComeBeforeLooksAndTheCoordinatorFirst() {
        Errand first = errand(2);
        Errand coordinator = errand(0);
        agenda.add(first);
        agenda.add(coordinator);
        assertThat(next(0)).isEqualTo(new Step.Run(coordinator));
        assertThat(next(0)).isEqualTo(new Step.Run(first));
        assertThat(next(0)).isEqualTo(new Step.Look());
    }

    @Test
    void aLaterErrandTakesThePlaceOfAnEarlierAndNobodyWaitsForThatOne() {
        Errand before = errand(2);
        Errand after = errand(2);
        agenda.add(before);
        agenda.add(after);
        assertThat(before.done().getCount()).isZero();
        assertThat(next(0)).isEqualTo(new Step.Run(after));
        assertThat(next(0)).isEqualTo(new Step.Look());
    }

    @Test
    void whileOneGroupWaitsOnlyItsErrandsAreRun() {
        agenda.waits(2, at(30));
        Errand other = errand(1);
        agenda.add(other);
        assertThat(next(20)).isEqualTo(new Step.Rest(at(30)));
        Errand own = errand(2);
        agenda.add(own);
        assertThat(next(21)).isEqualTo(new Step.Run(own));
        agenda.flows(at(22));
        assertThat(next(22)).isEqualTo(new Step.Run(other));
    }

    @Test
    void nobodyWaitsForEver() {
        agenda.waits(2, at(30));
        Errand other = errand(1);
        agenda.add(other);
        assertThat(next(30)).isEqualTo(new Step.RollBack(2));
        assertThat(next(30)).isEqualTo(new Step.Run(other));
        assertThat(next(30)).isEqualTo(new Step.Look());
    }

    @Test
    void whoseTableItIsNoMoreForgetsAll() {
        Errand errand = errand(1);
        agenda.add(errand);
        agenda.waits(2, at(30));
        agenda.clear(at(5));
        assertThat(errand.done().getCount()).isZero();
        assertThat(next(5)).isEqualTo(new Step.Look());
    }
}
