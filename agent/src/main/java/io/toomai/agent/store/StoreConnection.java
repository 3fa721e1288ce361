package io.toomai.agent.store;

import io.toomai.dcs.Dcs;
import io.toomai.dcs.embedded.EmbeddedStore;
import io.toomai.dcs.embedded.EmbeddedStoreSettings;
import io.toomai.dcs.zookeeper.ZooKeeperDcs;
import io.toomai.dcs.zookeeper.ZooKeeperSettings;
import io.toomai.settings.Settings;
import io.toomai.settings.StoreSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;

/// The consensus store that the settings name: this node's own voter, where it has one, and the
/// connection to it.
public final class StoreConnection implements AutoCloseable {
    private final Optional<EmbeddedStore> voter;
    private final ZooKeeperDcs dcs;

    private StoreConnection(Optional<EmbeddedStore> voter, ZooKeeperDcs dcs) {
        this.voter = voter;
        this.dcs = dcs;
    }

    /// Starts the voter and begins to connect; returns before either serves.
    public static StoreConnection open(Settings settings, Duration ttl) throws IOException {
        StoreSettings store = settings.store();
        Optional<EmbeddedStore> voter = Optional.empty();
        if (store.self().isPresent()) {
            Files.createDirectories(store.dataDir());
            voter = Optional.of(EmbeddedStore.start(voterSettings(store)));
        }
        ZooKeeperDcs dcs =
                ZooKeeperDcs.open(
                        new ZooKeeperSettings(
                                store.connectString(),
                                settings.clusterPath(),
                                settings.name(),
                                ttl,
                                EmbeddedStoreSettings.Timing.DEFAULT.tick()));
        voter.ifPresent(v -> v.onServing(dcs::reconnectNow));
        return new StoreConnection(voter, dcs);
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

    public Dcs dcs() {
        return dcs;
    }

    /// Ends the session first, so that this member's keys vanish at once, then the voter.
    @Override
    public void close() {
        dcs.close();
        voter.ifPresent(EmbeddedStore::close);
    }
}
