package io.toomai.dcs.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AnnouncedTtlTest {
    private static final Duration SHORT = Duration.ofSeconds(10);
    private static final Duration LONG = Duration.ofSeconds(30);

    private final AnnouncedTtl ttl = new AnnouncedTtl(LONG);

    @Test
    void whoHoldsNothingHasWhatIsWanted() {
        ttl.want(SHORT);
        assertThat(ttl.granted()).isEqualTo(SHORT);
        assertThat(ttl.toTell()).isEqualTo(SHORT);
        ttl.want(LONG);
        assertThat(ttl.granted()).isEqualTo(LONG);
        assertThat(ttl.isToBeLengthened()).isFalse();
    }

    @Test
    void aLongerOneCountsWhenObserversHaveBeenTold() {
        ttl.want(SHORT);
        ttl.told(SHORT, 1);
        ttl.want(LONG);
        assertThat(ttl.granted()).isEqualTo(SHORT);
        assertThat(ttl.isToBeLengthened()).isTrue();
        assertThat(ttl.toTell()).isEqualTo(LONG);
        ttl.told(LONG, 2);
        assertThat(ttl.granted()).isEqualTo(LONG);
    }

    @Test
    void aShorterOneCountsAtOnceAndIsToldLater() {
        ttl.told(LONG, 1);
        ttl.want(SHORT);
        assertThat(ttl.granted()).isEqualTo(SHORT);
        assertThat(ttl.toTell()).isEqualTo(LONG);
        ttl.holderCountsOn(LONG); // a renewal that was under way
        assertThat(ttl.toTell()).isEqualTo(LONG);
        ttl.holderCountsOn(SHORT);
        assertThat(ttl.toTell()).isEqualTo(SHORT);
    }

    @Test
    void nobodyCountsOnPartsOfASecond() {
        ttl.want(Duration.ofMillis(4900));
        assertThat(ttl.granted()).isEqualTo(Duration.ofSeconds(4));
        ttl.want(Duration.ofMillis(10));
        assertThat(ttl.granted()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void answersOutOfOrderDoNotLengthen() {
        ttl.told(SHORT, 5);
        ttl.told(LONG, 4);
        assertThat(ttl.granted()).isEqualTo(SHORT);
    }

    @Test
    void aLossDuringAnAcquisitionDoesNotLengthen() {
        ttl.told(SHORT, 1);
        ttl.want(LONG);
        ttl.nothingHeld();
        assertThat(ttl.granted()).isEqualTo(SHORT);
    }
}
