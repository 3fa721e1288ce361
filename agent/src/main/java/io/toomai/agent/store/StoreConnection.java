package io.toomai.agent.store;

import io.toomai.dcs.Dcs;
import io.toomai.dcs.embedded.EmbeddedStore;
import io.toomai.settings.ConsulSettings;
import io.toomai.settings.Etcd3Settings;
import io.toomai.settings.KubernetesSettings;
import io.toomai.settings.StorePlace;
import io.toomai.settings.StoreSettings;
import io.toomai.settings.ZooKeeperSection;
import java.io.IOException;
import java.time.Duration;

/// The consensus store that the settings name. Only the adapter for it is loaded.
public final class StoreConnection implements AutoCloseable {
    private final Dcs dcs;
    private final Runnable ending;

    /// @param ending what is left to do when the session has ended
    StoreConnection(Dcs dcs, Runnable ending) {
        this.dcs = dcs;
        this.ending = ending;
    }

    /// Starts this node's voter, if it has one, and begins to connect; returns before the store
    /// serves.
    public static StoreConnection open(StorePlace place, Duration ttl) throws IOException {
        return switch (place.store()) {
            case StoreSettings embedded -> EmbeddedConnection.open(place, embedded, ttl);
            case ConsulSettings consul ->
                    new StoreConnection(ConsulConnection.open(place, consul, ttl), () -> {});
            case Etcd3Settings etcd ->
                    new StoreConnection(EtcdConnection.open(place, etcd, ttl), () -> {});
            case KubernetesSettings kubernetes ->
                    new StoreConnection(
                            KubernetesConnection.open(place, kubernetes, ttl), () -> {});
            case ZooKeeperSection zookeeper ->
                    new StoreConnection(ZooKeeperConnection.open(place, zookeeper, ttl), () -> {});
        };
    }

    /// Connects without starting anything on this node: for whoever looks at the store or tidies it
    /// up beside a running agent.
    public static StoreConnection visit(StorePlace place, Duration ttl) throws IOException {
        return place.store() instanceof StoreSettings embedded
                ? EmbeddedConnection.visit(place, embedded, ttl)
                : open(place, ttl);
    }

    /// Starts this node's member of the embedded store alone, for a node that is a witness.
    public static EmbeddedStore member(StoreSettings store) throws IOException {
        return EmbeddedConnection.start(store);
    }

    public Dcs dcs() {
        return dcs;
    }

    /// Ends the session first, so that this member's keys vanish at once, then the voter.
    @Override
    public void close() {
        dcs.close();
        ending.run();
    }
}
