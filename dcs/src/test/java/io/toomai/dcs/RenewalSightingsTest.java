package io.toomai.dcs;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.Renewal;
import io.toomai.core.model.MonoTime;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RenewalSightingsTest {
    private final AtomicLong nanos = new AtomicLong();
    private final RenewalSightings sightings =
            new RenewalSightings(() -> new MonoTime(nanos.incrementAndGet()));

    private void read(long revision) {
        sightings.read(OptionalLong.of(revision));
    }

    private void assertKnown(long revision, long since) {
        assertThat(sightings.renewal()).contains(new Renewal(revision, new MonoTime(since)));
    }

    @Test
    void whatTheWatchTellsCountsOnceAReadSawALeader() {
        sightings.heard(7);
        assertThat(sightings.renewal()).isEmpty();
        read(7);
        assertKnown(7, 1);
    }

    @Test
    void aWatchThatLagsBehindAReadChangesNothing() {
        read(9);
        sightings.heard(8);
        sightings.heard(9);
        read(9);
        assertKnown(9, 1);
    }

    @Test
    void aStoreThatWasSetUpAnewCountsFromLowAgain() {
        read(900);
        sightings.heard(3);
        assertKnown(900, 1);
        read(3);
        assertKnown(3, 2);
        sightings.heard(4);
        assertKnown(4, 3);
    }

    @Test
    void withoutALeaderNothingIsKnown() {
        read(5);
        sightings.read(OptionalLong.empty());
        assertThat(sightings.renewal()).isEmpty();
    }
}
