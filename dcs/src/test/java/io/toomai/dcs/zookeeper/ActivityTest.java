package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.MonoTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A lease counts from an earlier request, never from the one just answered.
class ActivityTest {
    private static final Duration LAG = Duration.ofMillis(250);

    private final Activity activity = new Activity(at(0), LAG);

    private static MonoTime at(long millis) {
        return new MonoTime(Duration.ofMillis(millis).toNanos());
    }

    @Test
    void theFirstCountsFromTheSessionsBirth() {
        activity.answered(at(100), at(105));
        assertThat(activity.countsFrom(at(100))).isEqualTo(at(0));
    }

    @Test
    void aRequestCountsOnceALaterOneProvesIt() {
        activity.answered(at(1000), at(1005));
        assertThat(activity.countsFrom(at(1254))).isEqualTo(at(0));
        assertThat(activity.countsFrom(at(1255))).isEqualTo(at(1000));
        activity.answered(at(2000), at(2005));
        assertThat(activity.countsFrom(at(2000))).isEqualTo(at(1000));
    }

    @Test
    void manyCloseRequestsAreThinnedOutAndStillCount() {
        for (int i = 1; i <= 100_000; i++) {
            activity.answered(at(i), at(i + 1));
        }
        MonoTime counted = activity.countsFrom(at(100_000));
        assertThat(at(100_000).since(counted)).isBetween(LAG, LAG.multipliedBy(2));
    }

    @Test
    void aLateAnswerDoesNotMoveTheClockBack() {
        activity.answered(at(1000), at(1005));
        activity.answered(at(2000), at(2005));
        activity.answered(at(500), at(2010));
        assertThat(activity.countsFrom(at(3000))).isEqualTo(at(2000));
    }
}
