package io.toomai.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Whole clusters under faults: no invariant of design.md §8 is ever violated, and each planted bug
/// is seen. A failure prints its story and the command that replays it.
class ClusterSimTest {
    private static final long SEEDS = 1000;
    private static final long SEEDS_OF_A_BUG = 200;
    private static final Duration HOUR = Duration.ofHours(1);

    @Test
    @SuppressWarnings("SystemOut")
    void nothingConfirmedIsLostAndOneLeaderRemains() {
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        long began = System.nanoTime();
        Tally tally =
                new Batch(
                                new Batch.Seeds(1, SEEDS),
                                HOUR,
                                Mutant.NONE,
                                Plot.inTurn(),
                                Runtime.getRuntime().availableProcessors())
                        .run(told::add, System.err::println);
        System.out.println(tally.text(Duration.ofNanos(System.nanoTime() - began)));
        assertThat(told).isEmpty();
        assertThat(tally.worlds()).isEqualTo(SEEDS);
        assertThat(tally.faults()).as("every fault happens").containsOnlyKeys(Fault.values());
    }

    /// The test of the test: what a green run proves is what a planted bug would have turned red.
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    @SuppressWarnings("SystemOut")
    void aPlantedBugIsSeen(Mutant mutant) {
        OptionalLong seen =
                LongStream.rangeClosed(1, SEEDS_OF_A_BUG)
                        .filter(seed -> isCaught(seed, mutant))
                        .findFirst();
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
            return mutant.isShownBy(seen.invariant());
        }
    }

    @Test
    void theSameSeedTellsTheSameStory() {
        assertThat(new World(7, Mutant.NONE, Plot.FAULTS).run(HOUR))
                .isEqualTo(new World(7, Mutant.NONE, Plot.FAULTS).run(HOUR));
    }

    @Test
    void whatRunsBesideItDoesNotChangeAWorld() {
        assertThat(results(3)).hasSize(12).containsExactlyInAnyOrderElementsOf(results(1));
    }

    private static List<String> results(int jobs) {
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        new Batch(new Batch.Seeds(1, 12), Duration.ofMinutes(10), Mutant.NONE, Plot.inTurn(), jobs)
                .run(told::add, _ -> {});
        return told;
    }
}
