package io.toomai.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeapCareTest {
    private static final long LIVES = 8L << 20;

    private long used = LIVES;
    private int collections;
    private final HeapCare care =
            new HeapCare(
                    () -> used,
                    () -> {
                        collections++;
                        used = LIVES;
                    });

    @Test
    void collectsOnceWhenTheHeapHasGrown() {
        used = LIVES + HeapCare.SLACK;
        care.look();
        assertThat(collections).isZero();

        used++;
        care.look();
        care.look();
        assertThat(collections).isEqualTo(1);
    }

    @Test
    void whatStaysAfterACollectionIsNotCollectedAgain() {
        HeapCare grown = new HeapCare(() -> used, () -> collections++);
        used = LIVES + 2 * HeapCare.SLACK;

        grown.look();
        grown.look();

        assertThat(collections).isEqualTo(1);
    }
}
