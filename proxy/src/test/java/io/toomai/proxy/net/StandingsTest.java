package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.console.Overview.Stand;
import io.toomai.proxy.console.Overview.Standing;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StandingsTest {
    private static final long SECOND = 1_000_000_000L;

    private final Standings standings = new Standings();

    private Standing tell(Stand stand, long second) {
        return standings.tell("read pg1", stand, second * SECOND);
    }

    @Test
    void aStandCountsFromItsFirstTelling() {
        tell(Stand.UP, 10);
        assertThat(tell(Stand.UP, 25)).isEqualTo(new Standing(Stand.UP, 15, 0, 0));
    }

    @Test
    void fallsAndTheTimeDownAreCounted() {
        tell(Stand.UP, 0);
        tell(Stand.DOWN, 10);
        assertThat(tell(Stand.DRAIN, 14)).isEqualTo(new Standing(Stand.DRAIN, 0, 1, 4));
        assertThat(tell(Stand.UP, 20)).isEqualTo(new Standing(Stand.UP, 0, 1, 10));
        assertThat(tell(Stand.PASSED_BY, 30)).isEqualTo(new Standing(Stand.PASSED_BY, 0, 2, 10));
        assertThat(tell(Stand.PASSED_BY, 31)).isEqualTo(new Standing(Stand.PASSED_BY, 1, 2, 11));
    }

    @Test
    void whatIsNotThereAnyMoreIsForgotten() {
        tell(Stand.DOWN, 0);
        standings.keep(Set.of());
        assertThat(tell(Stand.DOWN, 9)).isEqualTo(new Standing(Stand.DOWN, 0, 0, 0));
    }
}
