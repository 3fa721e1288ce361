package io.toomai.dcs.zookeeper;

import io.toomai.core.cluster.ClusterView;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.Expect;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.document.FailoverDocument;
import io.toomai.dcs.document.SyncDocument;
import io.toomai.dcs.zookeeper.Attachment.Pending;
import io.toomai.dcs.zookeeper.Reply.Ok;
import io.toomai.dcs.zookeeper.Reply.Refused;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.data.Stat;

/// Conditional writes of keys without a lease.
///
/// A revision is the znode's `mzxid`, the number of the transaction that wrote it last: it never
/// comes back, while a znode's version starts at 0 again when the key is deleted and created. A
/// write under a revision reads the stat, compares the mzxid and then writes under the version of
/// that very stat. Only a key that is deleted, created *and* changed as often within the
/// milliseconds between the two could deceive it, so `sync` and `failover`, whose writers compare,
/// are cleared instead of deleted (as Patroni does it, contract §1.4).
final class PlainKeys {
    /// Races with other writers before an unconditional write gives up.
    private static final int ATTEMPTS = 8;

    private static final int ANY_VERSION = -1;

    private final Scope scope;

    PlainKeys(Scope scope) {
        this.scope = scope;
    }

    /// Creates what has to be there before anything can be written. Cheap, idempotent.
    void layFoundations(Attachment store, Deadline deadline) {
        // Looked for first: whoever may not create them may still use those that are there.
        Map<String, Pending<Stat>> looks = new LinkedHashMap<>();
        scope.foundations().forEach(path -> looks.put(path, store.exists(path)));
        List<String> absent = new ArrayList<>();
        looks.forEach((path, look) -> {
            if (look.await(deadline).granted().isEmpty()) {
                absent.add(path);
            }
        });
        // In one pipeline: the server keeps the order, so parents come first.
        absent.stream()
                .map(path -> store.create(path, scope.acl(), new byte[0], CreateMode.PERSISTENT))
                .toList()
                .forEach(created -> created.await(deadline));
    }

    /// @param guards operations that must succeed in the same transaction
    WriteResult write(
            Attachment store, Target target, Expect expect, List<Op> guards, Deadline deadline) {
        boolean upToDate = false;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Stat> seen = store.exists(target.path()).await(deadline).granted();
            if (!holds(expect, seen)) {
                if (upToDate) {
                    return new WriteResult.Conflict();
                }
                // The server asked may not have the very write yet that is expected.
                store.barrier(target.path()).await(deadline);
                upToDate = true;
                continue;
            }
            List<Op> operations = new ArrayList<>(guards);
            operations.addAll(target.operations(seen));
            switch (store.multi(operations).await(deadline)) {
                case Ok<List<OpResult>>(List<OpResult> results) -> {
                    return new WriteResult.Written(Attachment.lastStat(results).getMzxid());
                }
                case Refused<List<OpResult>>(KeeperException.Code code, int operation) -> {
                    if (operation < guards.size()) {
                        return new WriteResult.Conflict();
                    }
                    if (code == KeeperException.Code.NONODE) {
                        layFoundations(store, deadline);
                    }
                    // Somebody was faster: the next look at the key decides.
                    store.barrier(target.path()).await(deadline);
                    upToDate = true;
                }
            }
        }
        throw new DcsException(
                Code.DCS_TIMEOUT,
                "key " + target.path() + " changed under each of " + ATTEMPTS + " writes");
    }

    WriteResult delete(Attachment store, DcsKey key, Expect expect, Deadline deadline) {
        String path = scope.plain(key);
        store.barrier(path).await(deadline);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Stat> seen = store.exists(path).await(deadline).granted();
            if (seen.isEmpty()) {
                return new WriteResult.Written(ClusterView.NO_REVISION);
            }
            if (!holds(expect, seen)) {
                return new WriteResult.Conflict();
            }
            Optional<Long> revision =
                    switch (key) {
                        case SYNC ->
                                clear(store, target(key, SyncDocument.CLEARED), seen, deadline);
                        case FAILOVER ->
                                clear(store, target(key, FailoverDocument.CLEARED), seen, deadline);
                        case INITIALIZE, CONFIG, HISTORY, STATUS, FAILSAFE ->
                                store.delete(path, seen.get().getVersion())
                                        .await(deadline)
                                        .granted()
                                        .map(_ -> ClusterView.NO_REVISION);
                    };
            if (revision.isPresent()) {
                return new WriteResult.Written(revision.get());
            }
        }
        throw new DcsException(
                Code.DCS_TIMEOUT,
                "key " + path + " changed under each of " + ATTEMPTS + " deletes");
    }

    private Optional<Long> clear(
            Attachment store, Target cleared, Optional<Stat> seen, Deadline deadline) {
        return switch (store.multi(cleared.operations(seen)).await(deadline)) {
            case Ok<List<OpResult>>(List<OpResult> results) ->
                    Optional.of(Attachment.lastStat(results).getMzxid());
            case Refused<List<OpResult>>(KeeperException.Code code, int _) -> {
                if (code == KeeperException.Code.NONODE) {
                    layFoundations(store, deadline);
                }
                yield Optional.empty();
            }
        };
    }

    private static boolean holds(Expect expect, Optional<Stat> seen) {
        return switch (expect) {
            case Expect.Anything _ -> true;
            case Expect.Absent _ -> seen.isEmpty();
            case Expect.Revision(long revision) ->
                    seen.map(Stat::getMzxid).orElse(ClusterView.NO_REVISION) == revision;
        };
    }

    Target target(DcsKey key, String value) {
        Optional<String> twin =
                switch (key) {
                    case SYNC -> Optional.of(scope.syncTwin());
                    case FAILOVER, INITIALIZE, CONFIG, HISTORY, STATUS, FAILSAFE ->
                            Optional.empty();
                };
        return new Target(scope, scope.plain(key), value, twin);
    }

    /// What shall stand where.
    ///
    /// @param twin a znode that is changed with it
    record Target(Scope scope, String path, String value, Optional<String> twin) {
        /// Writes the value if the znode is still as it was seen. Its stat is the last.
        List<Op> operations(Optional<Stat> seen) {
            List<Op> operations = new ArrayList<>();
            twin.ifPresent(t -> operations.add(Attachment.setOp(t, "", ANY_VERSION)));
            if (seen.isEmpty()) {
                operations.add(scope.create(path, value, CreateMode.PERSISTENT));
            }
            // Also after a create: inside a transaction that returns no stat, a set does.
            operations.add(Attachment.setOp(path, value, seen.map(Stat::getVersion).orElse(0)));
            return operations;
        }
    }
}
