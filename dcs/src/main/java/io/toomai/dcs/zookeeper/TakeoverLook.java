package io.toomai.dcs.zookeeper;

import io.toomai.dcs.Dcs.Takeover;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.zookeeper.Attachment.Node;
import io.toomai.dcs.zookeeper.Attachment.Pending;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.data.Stat;

/// What a takeover compares, as one look showed it.
///
/// Both compares are of revisions that ZooKeeper cannot check inside a transaction: the leader
/// key's czxid and the mzxid of `/sync`. Versions can be checked, but those of the two keys start
/// anew when they are deleted and created. So two znodes are looked at first that are never
/// deleted: the term, which every Toomai member writes when it takes the key, and the twin of
/// `/sync`. Then the keys themselves are looked at and compared; the transaction checks the
/// versions of all four.
///
/// If term and twin have not moved since the first look, no Toomai member has taken the key since
/// and none has written `/sync`. Others: a member of Patroni writes `/sync` only as leader, and the
/// key it would have created by then has version 0, which is not the one that the transaction
/// deletes. So at the transaction both keys are those compared, not their likes. (An operator who
/// deletes `/sync` and creates it again by hand, with as many writes as before, within the
/// milliseconds between look and transaction, is not seen. He is no primary, and confirms nothing.)
record TakeoverLook(
        Optional<Stat> term, Optional<Stat> twin, Optional<Stat> sync, Optional<Node> key) {

    static TakeoverLook at(Attachment store, Scope scope, Deadline deadline) {
        Pending<Stat> term = store.exists(scope.term());
        Pending<Stat> twin = store.exists(scope.syncTwin());
        Pending<Stat> sync = store.exists(scope.plain(DcsKey.SYNC));
        Pending<Node> key = store.get(scope.leader());
        return new TakeoverLook(
                term.await(deadline).granted(),
                twin.await(deadline).granted(),
                sync.await(deadline).granted(),
                key.await(deadline).granted());
    }

    /// Whether key and `/sync` are what the taker read, and the holder one that can be taken over.
    /// A key that nobody holds is told by the term, which nobody has written since.
    boolean shows(Takeover wanted) {
        boolean sameTerm =
                term.isPresent()
                        && key.map(node ->
                                        LeaderLease.keepsTerm(node.stat(), term.get())
                                                && node.stat().getCzxid() == wanted.term())
                                .orElseGet(() -> term.get().getMzxid() == wanted.term());
        return sameTerm && sync.filter(s -> s.getMzxid() == wanted.syncRevision()).isPresent();
    }

    /// What the transaction checks besides key and term, which it deletes and writes.
    List<Op> checks(Scope scope) {
        List<Op> checks = new ArrayList<>();
        twin.ifPresent(stat -> checks.add(Op.check(scope.syncTwin(), stat.getVersion())));
        sync.ifPresent(stat -> checks.add(Op.check(scope.plain(DcsKey.SYNC), stat.getVersion())));
        return checks;
    }
}
