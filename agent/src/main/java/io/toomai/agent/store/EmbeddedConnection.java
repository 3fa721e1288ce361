package io.toomai.agent.store;

import io.toomai.dcs.embedded.ClientPort;
import io.toomai.dcs.embedded.EmbeddedStore;
import io.toomai.dcs.embedded.EmbeddedStoreSettings;
import io.toomai.dcs.zookeeper.ZooKeeperAccess;
import io.toomai.dcs.zookeeper.ZooKeeperDcs;
import io.toomai.dcs.zookeeper.ZooKeeperServers;
import io.toomai.dcs.zookeeper.ZooKeeperServers.Nearness;
import io.toomai.dcs.zookeeper.ZooKeeperSettings;
import io.toomai.settings.StorePlace;
import io.toomai.settings.StoreSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The embedded store, from the settings: this node's own voter, where it has one, and the
/// connection to it. A class of its own, so that who uses another store does not load it.
final class EmbeddedConnection {
    private EmbeddedConnection() {}

    static StoreConnection open(StorePlace place, StoreSettings store, Duration ttl)
            throws IOException {
        Optional<EmbeddedStore> voter = Optional.empty();
        Nearness nearness = Nearness.ANY_VOTER;
        if (store.self().isPresent()) {
            voter = Optional.of(start(store));
            nearness = Nearness.OWN_VOTER;
        }
        ZooKeeperDcs dcs = connect(place, store, nearness, ttl);
        voter.ifPresent(v -> v.onServing(dcs::reconnectNow));
        Optional<EmbeddedStore> own = voter;
        return new StoreConnection(dcs, () -> own.ifPresent(EmbeddedStore::close));
    }

    /// A client of whichever voter answers.
    static StoreConnection visit(StorePlace place, StoreSettings store, Duration ttl) {
        return new StoreConnection(connect(place, store, Nearness.ANY_VOTER, ttl), () -> {});
    }

    private static ZooKeeperDcs connect(
            StorePlace place, StoreSettings store, Nearness nearness, Duration ttl) {
        return ZooKeeperDcs.open(
                new ZooKeeperSettings(
                        new ZooKeeperServers(
                                store.connectString(),
                                EmbeddedStoreSettings.Timing.DEFAULT.tick(),
                                Duration.ZERO,
                                nearness,
                                Optional.empty()),
                        access(store),
                        place.clusterPath(),
                        place.asking(),
                        ttl));
    }

    /// The znodes stay open for whoever the voters let in: who may change one may change all.
    private static ZooKeeperAccess access(StoreSettings store) {
        return new ZooKeeperAccess(
                store.password().map(ClientPort::login).stream().toList(), List.of());
    }

    /// Starts this node's member of the store.
    static EmbeddedStore start(StoreSettings store) throws IOException {
        Files.createDirectories(store.dataDir());
        return EmbeddedStore.start(
                new EmbeddedStoreSettings(
                        store.id().orElseThrow(),
                        store.dataDir(),
                        members(store.voters()),
                        members(store.observers()),
                        EmbeddedStoreSettings.Timing.DEFAULT,
                        store.tls().map(EmbeddedConnection::tls),
                        new EmbeddedStoreSettings.Clients(
                                store.clientAddress(), store.ownClients(), store.password())));
    }

    private static List<EmbeddedStoreSettings.Voter> members(List<StoreSettings.Voter> listed) {
        return listed.stream()
                .map(v ->
                        new EmbeddedStoreSettings.Voter(
                                v.id(), v.host(), v.peerPort(), v.electionPort(), v.clientPort()))
                .toList();
    }

    private static EmbeddedStoreSettings.Tls tls(StoreSettings.Tls tls) {
        return new EmbeddedStoreSettings.Tls(
                tls.certificate(),
                tls.key(),
                tls.authorities(),
                switch (tls.hostCheck()) {
                    case ON -> EmbeddedStoreSettings.HostCheck.ON;
                    case OFF -> EmbeddedStoreSettings.HostCheck.OFF;
                });
    }
}
