package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ServerPatienceTest {
    private static final Duration TTL = Duration.ofSeconds(30);

    private final ServerPatience patience = new ServerPatience();

    @Test
    void growsWithEachServerLeftInVainAndEndsWithAnAnswer() {
        assertThat(patience.limit(TTL)).isEqualTo(Duration.ofSeconds(1));
        patience.left();
        patience.left();
        assertThat(patience.limit(TTL)).isEqualTo(Duration.ofSeconds(4));
        patience.answered();
        assertThat(patience.limit(TTL)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void isAThirdOfTheSessionAtMost() {
        for (int i = 0; i < 100; i++) {
            patience.left();
        }
        assertThat(patience.limit(TTL)).isEqualTo(Duration.ofSeconds(10));
        assertThat(patience.limit(Duration.ofSeconds(2))).isEqualTo(Duration.ofSeconds(1));
    }
}
