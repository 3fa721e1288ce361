package io.toomai.settings;

import io.toomai.core.model.Secret;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/// The `zookeeper` section: where a ZooKeeper is that others run, how to show who we are, and who
/// may use what we write.
///
/// @param servers as configured, the nearest first; at least one
/// @param chroot path below which everything lies, such as `/postgres`; empty without one
/// @param tls present when the servers are spoken to with TLS
/// @param authData credential by scheme
/// @param acls of new znodes; empty: everybody may do everything
public record ZooKeeperSection(
        List<HostPort> servers,
        String chroot,
        Optional<Tls> tls,
        SortedMap<String, Secret> authData,
        List<Grant> acls)
        implements ConsensusStore {
    public ZooKeeperSection {
        servers = List.copyOf(servers);
        acls = List.copyOf(acls);
    }

    /// @param cacert without it Java's authorities count, and the names in certificates must fit
    /// @param key absent when it is in `cert`
    public record Tls(
            Optional<Path> cacert,
            Optional<Path> cert,
            Optional<Path> key,
            Optional<Secret> keyPassword) {}

    /// @param scheme as ZooKeeper knows it, such as `x509`
    public record Grant(String scheme, String id, Set<Permission> permissions) {
        public Grant {
            permissions = Set.copyOf(permissions);
        }
    }

    /// What somebody may do with a znode.
    public enum Permission {
        READ,
        WRITE,
        CREATE,
        DELETE,
        ADMIN,
        ALL
    }
}
