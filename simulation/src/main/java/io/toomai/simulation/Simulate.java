package io.toomai.simulation;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// The program behind `dev/simulate`: runs one seed or many, prints the story of the first that
/// fails, and what the worlds went through.
public final class Simulate {
    private static final String USAGE =
            " --seed N --seeds N --hours H --mutant NAME --plot NAME|ALL --jobs N";

    private Simulate() {}

    /// `[--seed N] [--seeds N] [--hours H] [--mutant NAME] [--plot NAME] [--jobs N]`; `--seed` with
    /// `--seeds` is where to begin; without `--plot` it is that of the mutant, with `ALL` every
    /// other seed has the faults and the others one plot after the other; `--jobs` is how many
    /// worlds live at a time, without it one for each processor.
    @SuppressWarnings("SystemOut")
    public static void main(String[] args) {
        Batch batch = parse(args);
        long began = System.nanoTime();
        Tally tally = batch.run(System.out::println, System.err::println);
        System.out.println(tally.text(Duration.ofNanos(System.nanoTime() - began)));
        if (tally.failed() > 0) {
            throw new IllegalStateException(tally.failed() + " seeds failed");
        }
    }

    private static Batch parse(String[] args) {
        long from = 1;
        long count = 1;
        int jobs = Runtime.getRuntime().availableProcessors();
        double hours = 1;
        Mutant mutant = Mutant.NONE;
        Optional<List<Plot>> plots = Optional.empty();
        Deque<String> rest = new ArrayDeque<>(List.of(args));
        while (!rest.isEmpty()) {
            String option = rest.remove();
            if (rest.isEmpty()) {
                throw new IllegalArgumentException(option + " lacks its value:" + USAGE);
            }
            String value = rest.remove();
            switch (option) {
                case "--seed" -> from = Long.parseLong(value);
                case "--seeds" -> count = Long.parseLong(value);
                case "--jobs" -> jobs = Integer.parseInt(value);
                case "--hours" -> hours = Double.parseDouble(value);
                case "--mutant" -> mutant = Mutant.valueOf(value);
                case "--plot" ->
                        plots =
                                Optional.of(
                                        value.equals("ALL")
                                                ? Plot.inTurn()
                                                : List.of(Plot.valueOf(value)));
                default -> throw new IllegalArgumentException(option + "?" + USAGE);
            }
        }
        Duration duration = Duration.ofMillis((long) (hours * 3_600_000));
        return new Batch(
                new Batch.Seeds(from, count),
                duration,
                mutant,
                plots.orElse(List.of(mutant.plot())),
                jobs);
    }
}
