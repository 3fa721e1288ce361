package io.toomai.cli.demo;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/// Something that was done to the cluster, and what is known of its effect so far.
///
/// @param what as the operator would say it: `kill -9 of pg1's postmaster`
/// @param at monotonic nanoseconds
record Incident(String what, long at) {
    /// After this long with rows confirmed and no standstill, there was none.
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    /// The line to show once the effect is known.
    ///
    /// @param gap the first standstill after it
    /// @param lost rows that were confirmed and are missing; absent when nobody could be asked
    /// @param confirmed when the latest row was: a standstill shows as a gap only when it is over
    Optional<String> outcome(Optional<Ledger.Gap> gap, Optional<Integer> lost, long confirmed) {
        if (gap.isPresent()) {
            Ledger.Gap found = gap.get();
            String who =
                    found.from().equals(found.to())
                            ? found.to() + " is primary again"
                            : "new primary " + found.to();
            String rows = lost.map(count -> ", " + count + " acknowledged rows lost").orElse("");
            return Optional.of(
                    "%s: %s, writes stopped for %s s%s"
                            .formatted(what, who, seconds(found.length()), rows));
        }
        return confirmed - at > PATIENCE.toNanos()
                ? Optional.of(what + ": writes did not stop")
                : Optional.empty();
    }

    static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.2f", time.toMillis() / 1000.0);
    }
}
