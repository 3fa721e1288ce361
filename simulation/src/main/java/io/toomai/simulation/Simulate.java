package io.toomai.simulation;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// The program behind `dev/simulate`: runs one seed or many, prints the story of the first that
/// fails.
public final class Simulate {
    private Simulate() {}

    /// `[--seed N] [--seeds N] [--hours H] [--mutant NAME] [--plot NAME]`; `--seed` with `--seeds`
    /// is where to begin; without `--plot` it is that of the mutant.
    @SuppressWarnings("SystemOut")
    public static void main(String[] args) {
        long from = 1;
        long count = 1;
        double hours = 1;
        Mutant mutant = Mutant.NONE;
        Optional<Plot> plot = Optional.empty();
        Deque<String> rest = new ArrayDeque<>(List.of(args));
        while (!rest.isEmpty()) {
            String option = rest.remove();
            switch (option) {
                case "--seed" -> from = Long.parseLong(rest.remove());
                case "--seeds" -> count = Long.parseLong(rest.remove());
                case "--hours" -> hours = Double.parseDouble(rest.remove());
                case "--mutant" -> mutant = Mutant.valueOf(rest.remove());
                case "--plot" -> plot = Optional.of(Plot.valueOf(rest.remove()));
                default ->
                        throw new IllegalArgumentException(
                                option
                                        + "? --seed N --seeds N --hours H --mutant NAME --plot NAME");
            }
        }
        Duration duration = Duration.ofMillis((long) (hours * 3_600_000));
        int failed = 0;
        for (long seed = from; seed < from + count; seed++) {
            try {
                World.Result result =
                        new World(seed, mutant, plot.orElse(mutant.plot())).run(duration);
                if (count <= 20) {
                    System.out.println(result);
                }
            } catch (Violation violation) {
                failed++;
                System.out.println(
                        failed == 1
                                ? violation.getMessage()
                                : "seed " + seed + " " + violation.summary());
            }
        }
        System.out.println(count + " seeds, " + failed + " failed");
        if (failed > 0) {
            throw new IllegalStateException(failed + " seeds failed");
        }
    }
}
