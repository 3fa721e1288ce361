package io.toomai.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Whole clusters under faults: no invariant of design.md §8 is ever violated, and each planted bug
/// is seen. A failure prints its story and the command that replays it.
class ClusterSimTest {
    private static final long SEEDS = 300;
    private static final long SEEDS_OF_A_PLOT = 20;
    private static final long SEEDS_OF_A_BUG = 60;
    private static final Duration HOUR = Duration.ofHours(1);

    static LongStream seeds() {
        return LongStream.rangeClosed(1, SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void nothingConfirmedIsLostAndOneLeaderRemains(long seed) {
        assertThat(new World(seed, Mutant.NONE, Plot.FAULTS).run(HOUR).confirmations())
                .isPositive();
    }

    /// What shows a planted bug must not be a bug of the plot.
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FAULTS")
    void everyPlotEndsWellWithoutTheBug(Plot plot) {
        for (long seed = 1; seed <= SEEDS_OF_A_PLOT; seed++) {
            assertThat(new World(seed, Mutant.NONE, plot).run(HOUR).confirmations()).isPositive();
        }
    }

    /// The test of the test: what a green run proves is what a planted bug would have turned red.
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    @SuppressWarnings("SystemOut")
    void aPlantedBugIsSeen(Mutant mutant) {
        long last = mutant.plot() == Plot.FAULTS ? SEEDS : SEEDS_OF_A_BUG;
        OptionalLong seen =
                LongStream.rangeClosed(1, last).filter(seed -> isCaught(seed, mutant)).findFirst();
        assertThat(seen).as("no seed of %s shows %s", mutant.plot(), mutant).isPresent();
        System.out.println(
                mutant
                        + " is seen: ./dev/simulate --mutant "
                        + mutant
                        + " --seed "
                        + seen.getAsLong());
    }

    private static boolean isCaught(long seed, Mutant mutant) {
        try {
            new World(seed, mutant, mutant.plot()).run(HOUR);
            return false;
        } catch (Violation seen) {
            return !seen.invariant().equals("I6") && !seen.invariant().equals("I7");
        }
    }

    @Test
    void theSameSeedTellsTheSameStory() {
        assertThat(new World(7, Mutant.NONE, Plot.FAULTS).run(HOUR))
                .isEqualTo(new World(7, Mutant.NONE, Plot.FAULTS).run(HOUR));
    }
}
