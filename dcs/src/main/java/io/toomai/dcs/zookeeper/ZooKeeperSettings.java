package io.toomai.dcs.zookeeper;

import io.toomai.core.model.MemberName;
import java.time.Duration;

/// How one member reaches one scope in a ZooKeeper.
///
/// @param connectString `host:port[,host:port]…`, the nearest server first
/// @param basePath `/{namespace}/{scope}`; repeated and trailing slashes are dropped
/// @param ttl session timeout to ask for; the server may grant another
/// @param activityLag time after which the server that a client talks to has certainly told the
///   ZooKeeper leader that the client is alive: one `tickTime` (decision 0003)
public record ZooKeeperSettings(
        String connectString,
        String basePath,
        MemberName member,
        Duration ttl,
        Duration activityLag) {
    /// For servers with ZooKeeper's usual `tickTime` of two seconds.
    public static final Duration USUAL_ACTIVITY_LAG = Duration.ofSeconds(2);

    public ZooKeeperSettings {
        basePath = ("/" + basePath).replaceAll("/+", "/").replaceAll("/$", "");
        if (basePath.isEmpty()) {
            throw new IllegalArgumentException("the base path of the scope is empty");
        }
    }
}
