package io.toomai.proxy.relay;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random conversations through the relay. `./dev/fuzz` runs it for longer and with other seeds.
public class RelayFuzzTest {
    private static final int WORLDS = 3000;
    private static final int STEPS = 60;

    @Test
    void nothingThatIsSaidHarmsAnybodyElse() {
        for (long seed = 1; seed <= WORLDS; seed++) {
            world(seed);
        }
    }

    /// What longer runs have found.
    @ParameterizedTest
    @ValueSource(longs = 6551405)
    void whatWasFoundIsFoundNoMore(long seed) {
        world(seed);
    }

    /// One of them.
    public static void world(long seed) {
        try (RelayWorld world = new RelayWorld(seed)) {
            world.run(STEPS);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("relay, seed " + seed + ": " + e.getMessage(), e);
        }
    }
}
