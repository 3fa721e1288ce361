package io.toomai.agent.store;

import io.toomai.dcs.embedded.EmbeddedStore;
import io.toomai.dcs.embedded.EmbeddedStoreSettings;
import io.toomai.dcs.zookeeper.ZooKeeperAccess;
import io.toomai.dcs.zookeeper.ZooKeeperDcs;
import io.toomai.dcs.zookeeper.ZooKeeperServers;
import io.toomai.dcs.zookeeper.ZooKeeperSettings;
import io.toomai.settings.Settings;
import io.toomai.settings.StoreSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;

/// The embedded store, from the settings: this node's own voter, where it has one, and the
/// connection to it. A class of its own, so that who uses another store does not load it.
final class EmbeddedConnection {
    private EmbeddedConnection() {}

    static StoreConnection open(Settings settings, StoreSettings store, Duration ttl)
            throws IOException {
        Optional<EmbeddedStore> voter = Optional.empty();
        if (store.self().isPresent()) {
            Files.createDirectories(store.dataDir());
            voter = Optional.of(EmbeddedStore.start(voterSettings(store)));
        }
        ZooKeeperDcs dcs =
                ZooKeeperDcs.open(
                        new ZooKeeperSettings(
                                new ZooKeeperServers(
                                        store.connectString(),
                                        EmbeddedStoreSettings.Timing.DEFAULT.tick(),
                                        Duration.ZERO,
                                        ZooKeeperServers.Nearness.OWN_VOTER,
                                        Optional.empty()),
                                ZooKeeperAccess.OPEN,
                                settings.clusterPath(),
                                settings.name(),
                                ttl));
        voter.ifPresent(v -> v.onServing(dcs::reconnectNow));
        Optional<EmbeddedStore> own = voter;
        return new StoreConnection(dcs, () -> own.ifPresent(EmbeddedStore::close));
    }

    private static EmbeddedStoreSettings voterSettings(StoreSettings store) {
        return new EmbeddedStoreSettings(
                store.id().orElseThrow(),
                store.dataDir(),
                store.voters().stream()
                        .map(v ->
                                new EmbeddedStoreSettings.Voter(
                                        v.id(),
                                        v.host(),
                                        v.peerPort(),
                                        v.electionPort(),
                                        v.clientPort()))
                        .toList(),
                EmbeddedStoreSettings.Timing.DEFAULT);
    }
}
