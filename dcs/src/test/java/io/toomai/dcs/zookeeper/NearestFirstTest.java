package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.dcs.zookeeper.ZooKeeperServers.Nearness;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NearestFirstTest {
    private static final String SERVERS = "127.0.0.1:7301,10.77.0.2:7302,10.77.0.3:7303";

    private static NearestFirst list(Nearness nearness, int first, Duration ttl) {
        return new NearestFirst(
                new ZooKeeperServers(
                        SERVERS, Duration.ZERO, Duration.ZERO, nearness, Optional.empty()),
                first,
                ttl);
    }

    private static NearestFirst ownFirst(int seconds) {
        return list(Nearness.OWN_VOTER, 0, Duration.ofSeconds(seconds));
    }

    private static List<Integer> ports(NearestFirst servers, int tries) {
        return Stream.generate(() -> servers.next(0))
                .limit(tries)
                .map(InetSocketAddress::getPort)
                .toList();
    }

    @Test
    void triesThemInTheirOrder() {
        assertThat(ports(ownFirst(30), 5)).containsExactly(7301, 7302, 7303, 7301, 7302);
    }

    @Test
    void beginsWithTheNearestAfterALostConnection() {
        NearestFirst servers = ownFirst(30);
        assertThat(ports(servers, 2)).containsExactly(7301, 7302);
        servers.onConnected();
        assertThat(ports(servers, 2)).containsExactly(7301, 7302);
    }

    @Test
    void equalServersGoOnAfterTheLostOne() {
        NearestFirst servers = list(Nearness.ANOTHERS, 4, Duration.ofSeconds(30));
        assertThat(ports(servers, 2)).containsExactly(7302, 7303);
        servers.onConnected();
        assertThat(ports(servers, 4)).containsExactly(7301, 7302, 7303, 7301);
    }

    /// The client gives each attempt the session timeout divided by this.
    @Test
    void noServerMayHoldTheClientUpForLong() {
        assertThat(ownFirst(30).size()).isEqualTo(15);
        assertThat(ownFirst(5).size()).isEqualTo(3);
    }

    @Test
    void aNameThatNobodyKnowsIsLeftToTheClient() {
        NearestFirst servers =
                new NearestFirst(
                        ZooKeeperServers.ensemble("no-such-host.invalid:1", Optional.empty()),
                        0,
                        Duration.ofSeconds(30));
        assertThat(servers.next(0).isUnresolved()).isTrue();
    }
}
