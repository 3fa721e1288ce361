package io.toomai.dcs.zookeeper;

import io.toomai.core.model.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Which ZooKeeper, and how to reach it.
///
/// @param connectString `host:port[,host:port]…`, the nearest server first
/// @param activityLag time after which the server that a client talks to has certainly told the
///   ZooKeeper leader that the client is alive: one `tickTime` (decision 0003)
/// @param tls absent where the servers speak without
public record ZooKeeperServers(
        String connectString, Duration activityLag, Nearness nearness, Optional<Tls> tls) {
    /// For servers with ZooKeeper's usual `tickTime` of two seconds.
    private static final Duration USUAL_ACTIVITY_LAG = Duration.ofSeconds(2);

    /// What the first server of the list is.
    public enum Nearness {
        /// The voter in this process: it is tried first each time, and says when it serves again.
        OWN_VOTER,
        /// One of equals: when it is silent or gone, the next one is used at once.
        EQUALS
    }

    /// Servers that somebody else runs.
    public static ZooKeeperServers ensemble(String connectString, Optional<Tls> tls) {
        return new ZooKeeperServers(connectString, USUAL_ACTIVITY_LAG, Nearness.EQUALS, tls);
    }

    /// @param authorities whose certificates are believed; Java's without
    /// @param identity what is shown to a server that asks
    public record Tls(Optional<KeyFile> authorities, Optional<KeyFile> identity) {}

    /// A PKCS#12 file.
    public record KeyFile(Path file, Secret password) {}
}
