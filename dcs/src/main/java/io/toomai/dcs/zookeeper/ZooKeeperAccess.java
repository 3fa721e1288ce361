package io.toomai.dcs.zookeeper;

import io.toomai.core.model.Secret;
import java.util.List;
import java.util.Set;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;

/// Who this process is in a ZooKeeper, and who may use the znodes that it creates.
///
/// @param logins shown on every connection
/// @param grants the access control list of new znodes; empty: everybody may do everything
public record ZooKeeperAccess(List<Login> logins, List<Grant> grants) {
    /// Nobody in particular, and everybody.
    public static final ZooKeeperAccess OPEN = new ZooKeeperAccess(List.of(), List.of());

    public ZooKeeperAccess {
        logins = List.copyOf(logins);
        grants = List.copyOf(grants);
    }

    /// @param scheme as ZooKeeper knows it, such as `digest`
    public record Login(String scheme, Secret credential) {}

    /// @param id in the form of its scheme, such as `user:hash`
    public record Grant(String scheme, String id, Set<Permission> permissions) {
        public Grant {
            permissions = Set.copyOf(permissions);
        }
    }

    /// What somebody may do with a znode.
    public enum Permission {
        READ(ZooDefs.Perms.READ),
        WRITE(ZooDefs.Perms.WRITE),
        CREATE(ZooDefs.Perms.CREATE),
        DELETE(ZooDefs.Perms.DELETE),
        ADMIN(ZooDefs.Perms.ADMIN),
        ALL(ZooDefs.Perms.ALL);

        private final int bits;

        Permission(int bits) {
            this.bits = bits;
        }
    }

    /// As ZooKeeper wants it.
    List<ACL> list() {
        return grants.isEmpty()
                ? ZooDefs.Ids.OPEN_ACL_UNSAFE
                : grants.stream().map(ZooKeeperAccess::entry).toList();
    }

    private static ACL entry(Grant grant) {
        int bits = grant.permissions().stream().mapToInt(p -> p.bits).reduce(0, (a, b) -> a | b);
        return new ACL(bits, new Id(grant.scheme(), grant.id()));
    }
}
