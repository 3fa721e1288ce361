package io.toomai.simulation;

import java.util.List;
import java.util.SplittableRandom;

/// The only source of randomness of a world. Delays have long tails: kind delays hide bugs.
final class Chance {
    private final SplittableRandom random;

    Chance(long seed) {
        random = new SplittableRandom(seed);
    }

    /// True once in `n` times.
    boolean once(int n) {
        return random.nextInt(n) == 0;
    }

    /// From `low` to `high`, both possible.
    long between(long low, long high) {
        return low + random.nextLong(Math.max(1, high - low + 1));
    }

    /// Usually up to `usual`, one time in `rarity` up to `worst`.
    long delay(long usual, long worst, int rarity) {
        return once(rarity) ? between(usual, worst) : between(1, usual);
    }

    <T> T of(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
