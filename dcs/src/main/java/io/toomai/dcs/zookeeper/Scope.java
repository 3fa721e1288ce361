package io.toomai.dcs.zookeeper;

import io.toomai.core.model.MemberName;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.document.ClusterDocuments;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.data.ACL;

/// The znodes of one scope: Patroni's (contract §1.1) and, below `toomai`, three of our own that
/// Patroni does not look at.
///
/// @param acl access control list of what is created
record Scope(String base, List<ACL> acl) {
    String leader() {
        return base + "/" + ClusterDocuments.LEADER;
    }

    String members() {
        return base + "/members";
    }

    String member(MemberName name) {
        return members() + "/" + name.value();
    }

    String plain(DcsKey key) {
        return base + "/" + key.path();
    }

    /// Its version is the term. The leader znode's own version cannot be: every new ephemeral
    /// starts at 0.
    String term() {
        return base + "/" + ClusterDocuments.TERM;
    }

    /// Its mzxid is the renewal.
    String heartbeat() {
        return base + "/" + ClusterDocuments.HEARTBEAT;
    }

    /// Changed in the same transaction as each write of `/sync` by a Toomai member and never
    /// deleted, so its version counts those writes. The version of `/sync` itself does not: it
    /// starts anew when the key is deleted and created.
    String syncTwin() {
        return base + "/toomai/sync";
    }

    /// Every persistent node that must exist before anything can be written, parents first.
    List<String> foundations() {
        List<String> paths = new ArrayList<>();
        for (int slash = base.indexOf('/', 1); slash > 0; slash = base.indexOf('/', slash + 1)) {
            paths.add(base.substring(0, slash));
        }
        paths.add(base);
        paths.add(members());
        paths.add(base + "/toomai");
        paths.add(term());
        paths.add(heartbeat());
        paths.add(syncTwin());
        return paths;
    }

    Optional<DcsEvent> eventOf(String path) {
        return ClusterDocuments.event(path.substring(Math.min(path.length(), base.length() + 1)));
    }

    /// Creates a znode, inside a transaction.
    Op create(String path, String value, CreateMode mode) {
        return Op.create(path, bytes(value), acl, mode);
    }

    static byte[] bytes(String value) {
        return value.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
