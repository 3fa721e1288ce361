package io.toomai.e2e;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;

/// Bounded waits. `TOOMAI_TEST_PATIENCE` multiplies every bound, for slow machines.
final class Waiting {
    private static final double FACTOR =
            Double.parseDouble(System.getenv().getOrDefault("TOOMAI_TEST_PATIENCE", "1"));
    private static final Duration POLL = Duration.ofMillis(200);

    private Waiting() {}

    /// Until the condition holds; an exception counts as no.
    static void until(String what, Duration limit, Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(scaled(limit))
                .pollDelay(Duration.ZERO)
                .pollInterval(POLL)
                .ignoreExceptions()
                .until(condition);
    }

    /// Until the assertions hold.
    static void untilAsserted(String what, Duration limit, ThrowingRunnable assertions) {
        Awaitility.await(what)
                .atMost(scaled(limit))
                .pollDelay(Duration.ZERO)
                .pollInterval(POLL)
                .ignoreExceptions()
                .untilAsserted(assertions);
    }

    /// Watches that the condition goes on holding for that time.
    static void throughout(String what, Duration time, Callable<Boolean> condition) {
        Awaitility.await(what)
                .during(time)
                .atMost(scaled(time.plusSeconds(20)))
                .pollDelay(Duration.ZERO)
                .pollInterval(POLL)
                .until(condition);
    }

    static Duration scaled(Duration limit) {
        return Duration.ofMillis((long) (limit.toMillis() * FACTOR));
    }
}
