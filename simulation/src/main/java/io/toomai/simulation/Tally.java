package io.toomai.simulation;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/// What many worlds went through. For any thread.
final class Tally {
    private final Map<Fault, Long> faults = new EnumMap<>(Fault.class);
    private long worlds;
    private long failed;
    private long millis;
    private long events;
    private long confirmations;
    private long promotions;
    private long takeovers;

    synchronized void add(World world, long lived) {
        worlds++;
        millis += lived;
        events += world.agenda().happened();
        confirmations += world.checker().confirmations();
        promotions += world.checker().promotions();
        takeovers += world.checker().takeovers();
        world.story().faults().forEach((kind, times) -> faults.merge(kind, times, Long::sum));
    }

    /// Whether it is the first that failed.
    synchronized boolean addFailed(World world, long lived) {
        add(world, lived);
        return ++failed == 1;
    }

    synchronized long worlds() {
        return worlds;
    }

    synchronized long failed() {
        return failed;
    }

    synchronized Map<Fault, Long> faults() {
        return Map.copyOf(faults);
    }

    /// A few lines for a person.
    ///
    /// @param wall how long it took
    synchronized String text(Duration wall) {
        double hours = millis / 3_600_000.0;
        double seconds = wall.toMillis() / 1000.0;
        return String.format(
                "%d seeds, %d failed, in %.1f s: %.0f cluster-hours (%.1f a second), %d events%n"
                        + "%d commits confirmed, %d promotions, of which %d takeovers before the lease"
                        + " ended%nfaults: %s",
                worlds,
                failed,
                seconds,
                hours,
                hours / Math.max(0.001, seconds),
                events,
                confirmations,
                promotions,
                takeovers,
                faults.entrySet().stream()
                        .map(e -> e.getKey() + " " + e.getValue())
                        .collect(Collectors.joining(", ")));
    }
}
