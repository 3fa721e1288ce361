package io.toomai.dcs.zookeeper;

import io.toomai.core.model.MemberName;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.zookeeper.Attachment.Node;
import java.util.List;
import java.util.Optional;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.data.Stat;

/// This member's own znode, ephemeral. Remembers what it published so that an unchanged document
/// costs nothing.
final class MemberKey {
    private static final int ATTEMPTS = 8;
    private static final int ANY_VERSION = -1;
    private static final Published NOTHING = new Published("", 0);

    private final Scope scope;
    private final String path;
    private final PlainKeys keys;
    private volatile Published published = NOTHING;

    private record Published(String json, long session) {}

    MemberKey(Scope scope, MemberName me, PlainKeys keys) {
        this.scope = scope;
        this.path = scope.member(me);
        this.keys = keys;
    }

    void publish(Attachment store, String json, Deadline deadline) {
        Published wanted = new Published(json, store.session());
        if (published.equals(wanted)) {
            return;
        }
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (publishOnce(store, json, deadline)) {
                published = wanted;
                return;
            }
        }
        throw new DcsException(
                Code.DCS_TIMEOUT, "key " + path + " changed under each of " + ATTEMPTS + " writes");
    }

    private boolean publishOnce(Attachment store, String json, Deadline deadline) {
        Optional<Stat> seen = store.exists(path).await(deadline).granted();
        if (seen.isEmpty()) {
            boolean created =
                    store.create(path, scope.acl(), Scope.bytes(json), CreateMode.EPHEMERAL)
                            .await(deadline)
                            .granted()
                            .isPresent();
            if (!created) {
                keys.layFoundations(store, deadline);
            }
            return created;
        }
        int version = seen.get().getVersion();
        if (store.owns(seen.get())) {
            return store.set(path, Scope.bytes(json), version)
                    .await(deadline)
                    .granted()
                    .isPresent();
        }
        // That of this member's earlier process: it would vanish with the old session.
        return store.multi(
                        List.of(
                                Op.delete(path, version),
                                scope.create(path, json, CreateMode.EPHEMERAL)))
                .await(deadline)
                .granted()
                .isPresent();
    }

    void withdraw(Attachment store, Deadline deadline) {
        published = NOTHING;
        var _ = store.delete(path, ANY_VERSION).await(deadline);
    }

    /// Somebody looked: when the znode is not as this process left it, the next publishing writes.
    void seen(Attachment store, Optional<Node> node) {
        if (node.filter(n -> store.owns(n.stat())).isEmpty()) {
            published = NOTHING;
        }
    }

    /// Operations that move the znode from one session of this process to another.
    List<Op> move(Attachment from, Attachment to, Deadline deadline) {
        Optional<Node> node = to.get(path).await(deadline).granted();
        if (node.filter(n -> from.owns(n.stat())).isEmpty()) {
            return List.of();
        }
        return List.of(
                Op.delete(path, node.get().stat().getVersion()),
                scope.create(path, node.get().value(), CreateMode.EPHEMERAL));
    }
}
