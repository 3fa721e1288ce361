package io.toomai.agent.store;

import io.toomai.api.tls.Identity;
import io.toomai.dcs.zookeeper.ZooKeeperAccess;
import io.toomai.dcs.zookeeper.ZooKeeperAccess.Grant;
import io.toomai.dcs.zookeeper.ZooKeeperAccess.Login;
import io.toomai.dcs.zookeeper.ZooKeeperAccess.Permission;
import io.toomai.dcs.zookeeper.ZooKeeperDcs;
import io.toomai.dcs.zookeeper.ZooKeeperServers;
import io.toomai.dcs.zookeeper.ZooKeeperSettings;
import io.toomai.settings.HostPort;
import io.toomai.settings.StorePlace;
import io.toomai.settings.ZooKeeperSection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;

/// The store in a ZooKeeper that others run, from the settings. A class of its own, so that who
/// uses another store does not load it; nothing of the embedded server is loaded here.
final class ZooKeeperConnection {
    private ZooKeeperConnection() {}

    static ZooKeeperDcs open(StorePlace place, ZooKeeperSection zookeeper, Duration ttl)
            throws IOException {
        String connectString =
                zookeeper.servers().stream()
                        .map(HostPort::toString)
                        .collect(Collectors.joining(","));
        Optional<ZooKeeperServers.Tls> tls =
                zookeeper.tls().isEmpty()
                        ? Optional.empty()
                        : Optional.of(tls(zookeeper.tls().get(), place.files()));
        return ZooKeeperDcs.open(
                new ZooKeeperSettings(
                        ZooKeeperServers.ensemble(connectString, tls),
                        access(zookeeper),
                        zookeeper.chroot() + "/" + place.clusterPath(),
                        place.asking(),
                        ttl));
    }

    private static ZooKeeperServers.Tls tls(ZooKeeperSection.Tls tls, Path folder)
            throws IOException {
        KeyFiles files = new KeyFiles(folder);
        return new ZooKeeperServers.Tls(
                tls.cacert().isEmpty()
                        ? Optional.empty()
                        : Optional.of(files.authorities(tls.cacert().get())),
                tls.cert().isEmpty()
                        ? Optional.empty()
                        : Optional.of(
                                files.identity(
                                        new Identity(
                                                tls.cert().get(), tls.key(), tls.keyPassword()))));
    }

    private static ZooKeeperAccess access(ZooKeeperSection zookeeper) {
        return new ZooKeeperAccess(
                zookeeper.authData().entrySet().stream()
                        .map(login -> new Login(login.getKey(), login.getValue()))
                        .toList(),
                zookeeper.acls().stream()
                        .map(grant ->
                                new Grant(
                                        grant.scheme(),
                                        grant.id(),
                                        grant.permissions().stream()
                                                .map(ZooKeeperConnection::permission)
                                                .collect(Collectors.toUnmodifiableSet())))
                        .toList());
    }

    private static Permission permission(ZooKeeperSection.Permission permission) {
        return switch (permission) {
            case READ -> Permission.READ;
            case WRITE -> Permission.WRITE;
            case CREATE -> Permission.CREATE;
            case DELETE -> Permission.DELETE;
            case ADMIN -> Permission.ADMIN;
            case ALL -> Permission.ALL;
        };
    }
}
