package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ZooKeeperServersTest {
    /// Followers bear a leader that hangs for ten seconds; a shorter session could end under its
    /// holder when that leader wakes up.
    @Test
    void aSessionOutlivesAHungLeaderOfTheUsualEnsemble() {
        ZooKeeperServers usual = ZooKeeperServers.ensemble("a:2181", Optional.empty());
        assertThat(usual.session(Duration.ofSeconds(5))).isGreaterThan(Duration.ofMillis(12_500));
        assertThat(usual.session(Duration.ofSeconds(30))).isEqualTo(Duration.ofSeconds(30));
    }
}
