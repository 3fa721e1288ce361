package io.toomai.simulation;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// Many worlds, some at a time. Each is of one thread and the same whatever runs beside it; only
/// the order in which failures are told may differ.
///
/// @param plots seed after seed takes the next one
/// @param jobs how many worlds live at a time
record Batch(Seeds seeds, Duration duration, Mutant mutant, List<Plot> plots, int jobs) {
    private static final int FEW = 20;
    private static final int PROGRESS = 1000;

    /// The seeds from `first` on.
    record Seeds(long first, long count) {}

    Batch {
        if (jobs < 1 || seeds.count() < 1) {
            throw new IllegalArgumentException("at least one job and one seed");
        }
    }

    /// Lives through all of them.
    ///
    /// @param out told each result where there are few, and each failure; the first with its story
    /// @param progress told how far the batch is, now and then
    Tally run(Consumer<String> out, Consumer<String> progress) {
        Tally tally = new Tally();
        AtomicLong next = new AtomicLong();
        try (ExecutorService threads = Executors.newFixedThreadPool(jobs)) {
            for (int i = 0; i < jobs; i++) {
                threads.execute(() -> work(tally, next, out, progress));
            }
            threads.shutdown();
            if (!threads.awaitTermination(365, TimeUnit.DAYS)) {
                throw new IllegalStateException("the worlds did not end within a year");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted after " + tally.worlds() + " worlds", e);
        }
        if (tally.worlds() != seeds.count()) {
            throw new IllegalStateException(
                    "only " + tally.worlds() + " of " + seeds.count() + " worlds came to an end");
        }
        return tally;
    }

    private void work(
            Tally tally, AtomicLong next, Consumer<String> out, Consumer<String> progress) {
        for (long i = next.getAndIncrement(); i < seeds.count(); i = next.getAndIncrement()) {
            World world = world(i);
            try {
                World.Result result = world.run(duration);
                tally.add(world, result.millis());
                if (seeds.count() <= FEW) {
                    out.accept(result.toString());
                }
            } catch (Violation violation) {
                boolean first = tally.addFailed(world, world.agenda().now());
                out.accept(
                        first
                                ? violation.getMessage()
                                : "seed " + world.seed() + " " + violation.summary());
            } catch (RuntimeException e) {
                tally.addFailed(world, world.agenda().now());
                out.accept("seed " + world.seed() + " broke down: " + trace(e));
            }
            if ((i + 1) % PROGRESS == 0) {
                progress.accept((i + 1) + " of " + seeds.count() + " seeds");
            }
        }
    }

    private static String trace(RuntimeException e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    private World world(long i) {
        return new World(seeds.first() + i, mutant, plots.get((int) (i % plots.size())));
    }
}
