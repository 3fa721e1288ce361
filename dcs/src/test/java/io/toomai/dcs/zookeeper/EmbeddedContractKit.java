package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.FreePorts;
import io.toomai.core.model.MemberName;
import io.toomai.dcs.embedded.EmbeddedStore;
import io.toomai.dcs.embedded.EmbeddedStoreSettings;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Timing;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Voter;
import io.toomai.dcs.zookeeper.ZooKeeperServers.Nearness;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// The contract against embedded voters in this JVM.
abstract class EmbeddedContractKit extends ZooKeeperContractKit {
    /// The voter that the next process talks to.
    abstract EmbeddedStoreSettings voter();

    @Override
    ZooKeeperServers servers() {
        return serversOf(voter());
    }

    private static ZooKeeperServers serversOf(EmbeddedStoreSettings voter) {
        return new ZooKeeperServers(
                voter.connectString(),
                voter.timing().tick(),
                Duration.ZERO,
                Nearness.OWN_VOTER,
                Optional.empty());
    }

    final ZooKeeperDcs openAt(EmbeddedStoreSettings voter, MemberName member) {
        return openAt(serversOf(voter), member);
    }

    static List<Voter> voters(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(id ->
                        new Voter(
                                id,
                                "127.0.0.1",
                                FreePorts.next(),
                                FreePorts.next(),
                                FreePorts.next()))
                .toList();
    }

    static EmbeddedStoreSettings settings(Path dir, int id, List<Voter> voters) {
        return new EmbeddedStoreSettings(id, dir.resolve("v" + id), voters, Timing.DEFAULT);
    }

    static EmbeddedStore serving(EmbeddedStore store) {
        assertThat(store.awaitServing(Duration.ofSeconds(60))).isTrue();
        return store;
    }
}
