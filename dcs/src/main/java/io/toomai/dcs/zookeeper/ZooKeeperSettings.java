package io.toomai.dcs.zookeeper;

import io.toomai.core.model.MemberName;
import java.time.Duration;

/// How one member reaches one scope in a ZooKeeper.
///
/// @param basePath `/{namespace}/{scope}`; repeated and trailing slashes are dropped
/// @param ttl session timeout to ask for; the servers may want or grant another
public record ZooKeeperSettings(
        ZooKeeperServers servers,
        ZooKeeperAccess access,
        String basePath,
        MemberName member,
        Duration ttl) {
    public ZooKeeperSettings {
        basePath = ("/" + basePath).replaceAll("/+", "/").replaceAll("/$", "");
        if (basePath.isEmpty()) {
            throw new IllegalArgumentException("the base path of the scope is empty");
        }
    }
}
