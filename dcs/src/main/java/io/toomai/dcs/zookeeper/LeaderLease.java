package io.toomai.dcs.zookeeper;

import io.toomai.core.model.MemberName;
import io.toomai.dcs.Dcs.Takeover;
import io.toomai.dcs.Dcs.Write;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.zookeeper.Attachment.Node;
import io.toomai.dcs.zookeeper.Attachment.Pending;
import io.toomai.dcs.zookeeper.PlainKeys.Target;
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

/// The leader key: an ephemeral znode of this process's session, and the term that goes with it.
///
/// Why a deposed leader can change nothing. (1) Each call is bound to one attachment, that is to
/// one session; a request of a session that is over is refused by the ZooKeeper leader itself,
/// before it becomes a transaction. (2) While the session lives, the key can only go by somebody's
/// deletion; every Toomai member that takes it writes `term` in the same transaction, and every
/// write as leader checks the term it was elected with in the same transaction. (3) Members of
/// Patroni do not write the term; they take the key only when it is gone, so the write also checks
/// that it exists, and that its owner is this session right before. Between that look and the write
/// an operator would have to delete the key by hand and a Patroni member to create it.
final class LeaderLease {
    private static final int ATTEMPTS = 8;

    /// The least version of a leader key that a Toomai member made; see [#taking].
    private static final int MARKED = 1;

    private static final Lease NONE = new Lease(0, 0);

    private final Scope scope;
    private final MemberName me;
    private final PlainKeys keys;
    private volatile Lease lease = NONE;

    /// Who we were when we got the key.
    private record Lease(long session, int term) {}

    LeaderLease(Scope scope, MemberName me, PlainKeys keys) {
        this.scope = scope;
        this.me = me;
        this.keys = keys;
    }

    LeaderResult acquire(Attachment store, Deadline deadline) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Pending<List<OpResult>> taking = store.multi(taking(Attachment.ANY_VERSION));
            switch (taking.await(deadline)) {
                case Ok<List<OpResult>>(List<OpResult> results) -> {
                    return held(store, results, taking);
                }
                case Refused<List<OpResult>>(KeeperException.Code code, int _) -> {
                    if (code == KeeperException.Code.NONODE) {
                        keys.layFoundations(store, deadline);
                        continue;
                    }
                    Optional<LeaderResult> answer = acquireExisting(store, deadline);
                    if (answer.isPresent()) {
                        return answer.get();
                    }
                }
            }
        }
        throw new DcsException(
                Code.DCS_TIMEOUT,
                "key " + scope.leader() + " changed under each of " + ATTEMPTS + " attempts");
    }

    /// The key exists: ours already, that of this member's earlier process, or another's. Empty
    /// when it changed meanwhile.
    private Optional<LeaderResult> acquireExisting(Attachment store, Deadline deadline) {
        // The term first: if the key changes hands after this look, the term will not match.
        Pending<Stat> termLook = store.exists(scope.term());
        Pending<Node> keyLook = store.get(scope.leader());
        Optional<Stat> term = termLook.await(deadline).granted();
        Optional<Node> key = keyLook.await(deadline).granted();
        if (key.isEmpty()) {
            return Optional.empty();
        }
        if (store.owns(key.get().stat())) {
            return adopt(store, deadline);
        }
        if (!key.get().value().equals(me.value())) {
            return Optional.of(refusedBy(key));
        }
        if (term.isEmpty()) {
            keys.layFoundations(store, deadline);
            return Optional.empty();
        }
        Pending<List<OpResult>> taking = store.multi(takingFrom(key.get(), term.get()));
        return taking.await(deadline).granted().map(results -> held(store, results, taking));
    }

    /// Makes the absent key this session's. The term comes last, for its stat.
    ///
    /// The key is set once right after its creation, so that its version is [#MARKED] where a
    /// member of Patroni leaves it at 0: who deletes the key under the version it saw can never hit
    /// one of Patroni's in its place. The heartbeat is written too, so that nobody measures the new
    /// leader's silence from the old one's last renewal.
    private List<Op> taking(int termVersion) {
        return List.of(
                scope.create(scope.leader(), me.value(), CreateMode.EPHEMERAL),
                Attachment.setOp(scope.leader(), me.value(), 0),
                Attachment.setOp(scope.heartbeat(), me.value(), Attachment.ANY_VERSION),
                Attachment.setOp(scope.term(), me.value(), termVersion));
    }

    /// The same for a key that exists. If the term was looked at before the key, this fails once
    /// the key changed hands.
    private List<Op> takingFrom(Node key, Stat term) {
        List<Op> operations = new ArrayList<>();
        operations.add(Op.delete(scope.leader(), key.stat().getVersion()));
        operations.addAll(taking(term.getVersion()));
        return operations;
    }

    /// Takes the key from a holder that may live (design §5, step 4); why nothing deceives it is
    /// told at [TakeoverLook].
    ///
    /// The answer may be lost. The key then shows this session as its owner, the old term fits no
    /// second attempt, and the next renewal finds the new one ([#adopt]).
    LeaderResult takeOver(Attachment store, Takeover wanted, Deadline deadline) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            TakeoverLook look = TakeoverLook.at(store, scope, deadline);
            if (!look.shows(wanted)) {
                return refusedBy(keyOfNow(store, deadline));
            }
            Optional<LeaderResult> taken = takeAsSeen(store, look, wanted.sync(), deadline);
            if (taken.isPresent()) {
                return taken.get();
            }
            // Something moved; the next look says whether it was one of the two.
        }
        throw new DcsException(
                Code.DCS_TIMEOUT,
                "key " + scope.leader() + " changed under each of " + ATTEMPTS + " takeovers");
    }

    /// A look alone may be answered by a server that is behind. That is enough to refuse a
    /// takeover, for what has moved never moves back, but not to say who holds the key.
    private Optional<Node> keyOfNow(Attachment store, Deadline deadline) {
        Pending<List<OpResult>> barrier = store.barrier(scope.base());
        Pending<Node> key = store.get(scope.leader());
        barrier.await(deadline);
        return key.await(deadline).granted();
    }

    /// Takes the key if all is still as that look showed it. Empty when it is not.
    Optional<LeaderResult> takeAsSeen(
            Attachment store, TakeoverLook look, Optional<String> document, Deadline deadline) {
        if (look.term().isEmpty() || look.twin().isEmpty()) {
            keys.layFoundations(store, deadline);
            return Optional.empty();
        }
        List<Op> operations = new ArrayList<>(look.checks(scope));
        document.map(text -> keys.target(DcsKey.SYNC, text))
                .ifPresent(target -> operations.addAll(target.operations(look.sync())));
        operations.addAll(
                look.key()
                        .map(key -> takingFrom(key, look.term().get()))
                        .orElseGet(() -> taking(look.term().get().getVersion())));
        Pending<List<OpResult>> taking = store.multi(operations);
        return taking.await(deadline).granted().map(results -> held(store, results, taking));
    }

    /// Whether the holder wrote the term when it took the key, and touches the twin when it writes
    /// `/sync`. One that does not (a member of Patroni) must be waited out: it neither stops at a
    /// term nor leaves a trace of its writes, so nothing could be compared. An acquisition writes
    /// key and term in one transaction; a term older than the key was another holder's.
    static boolean keepsTerm(Stat key, Stat term) {
        return key.getVersion() >= MARKED && term.getMzxid() >= key.getCzxid();
    }

    /// The key is this session's but its term is not known, because the answer to the acquisition
    /// was lost. A new term is written first, then the owner looked at again.
    private Optional<LeaderResult> adopt(Attachment store, Deadline deadline) {
        Pending<List<OpResult>> marking =
                store.multi(
                        List.of(
                                Op.check(scope.leader(), Attachment.ANY_VERSION),
                                Attachment.setOp(
                                        scope.heartbeat(), me.value(), Attachment.ANY_VERSION),
                                Attachment.setOp(
                                        scope.term(), me.value(), Attachment.ANY_VERSION)));
        Pending<Node> keyLook = store.get(scope.leader());
        Optional<List<OpResult>> marked = marking.await(deadline).granted();
        Optional<Node> key = keyLook.await(deadline).granted();
        boolean ours = key.filter(node -> store.owns(node.stat())).isPresent();
        if (marked.isEmpty() && ours) {
            keys.layFoundations(store, deadline); // no term to write; the caller tries again
        }
        return ours ? marked.map(results -> held(store, results, marking)) : Optional.empty();
    }

    private LeaderResult held(
            Attachment store, List<OpResult> results, Pending<List<OpResult>> proof) {
        lease = new Lease(store.session(), Attachment.lastStat(results).getVersion());
        return new LeaderResult.Held(store.activity().countsFrom(proof.sent()));
    }

    /// One transaction on the quorum: it proves at once that a majority follows the server's
    /// leader, that the session lives there and that nobody took the key; the look at the key goes
    /// in the same pipeline. Idempotent.
    LeaderResult renew(Attachment store, Deadline deadline) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Lease known = lease;
            if (known.session() == store.session()) {
                Pending<List<OpResult>> beat =
                        store.multi(
                                List.of(
                                        Op.check(scope.leader(), Attachment.ANY_VERSION),
                                        Op.check(scope.term(), known.term()),
                                        Attachment.setOp(
                                                scope.heartbeat(),
                                                me.value(),
                                                Attachment.ANY_VERSION)));
                Pending<Node> keyLook = store.get(scope.leader());
                Reply<List<OpResult>> beaten = beat.await(deadline);
                Optional<Node> key = keyLook.await(deadline).granted();
                if (key.filter(node -> store.owns(node.stat())).isEmpty()) {
                    return refusedBy(key);
                }
                if (beaten instanceof Ok<List<OpResult>> _) {
                    return new LeaderResult.Held(store.activity().countsFrom(beat.sent()));
                }
            } else {
                Optional<Node> key = keyOfNow(store, deadline);
                if (key.filter(node -> store.owns(node.stat())).isEmpty()) {
                    return refusedBy(key);
                }
            }
            Optional<LeaderResult> adopted = adopt(store, deadline);
            if (adopted.isPresent()) {
                return adopted.get();
            }
        }
        throw new DcsException(
                Code.DCS_TIMEOUT,
                "key " + scope.leader() + " changed under each of " + ATTEMPTS + " renewals");
    }

    /// Whether the last lease stood on that session.
    boolean stoodOn(long session) {
        return session != 0 && lease.session() == session;
    }

    private static LeaderResult refusedBy(Optional<Node> key) {
        return new LeaderResult.Refused(
                key.map(Node::value)
                        .filter(name -> !name.isBlank() && name.indexOf('/') < 0)
                        .map(MemberName::new));
    }

    boolean release(Attachment store, List<Write> before, Deadline deadline) {
        Map<DcsKey, String> last = new LinkedHashMap<>();
        before.forEach(write -> last.put(write.key(), write.value()));
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<List<Op>> guards = guards(store, deadline);
            if (guards.isEmpty()) {
                return false;
            }
            List<Op> operations = new ArrayList<>(guards.get());
            Map<Target, Pending<Stat>> looks = new LinkedHashMap<>();
            last.forEach((key, value) ->
                    looks.put(keys.target(key, value), store.exists(scope.plain(key))));
            looks.forEach((target, look) ->
                    operations.addAll(target.operations(look.await(deadline).granted())));
            operations.add(Op.delete(scope.leader(), Attachment.ANY_VERSION));
            switch (store.multi(operations).await(deadline)) {
                case Ok<List<OpResult>> _ -> {
                    lease = NONE;
                    return true;
                }
                case Refused<List<OpResult>>(KeeperException.Code code, int _) -> {
                    if (code == KeeperException.Code.NONODE) {
                        keys.layFoundations(store, deadline);
                    }
                }
            }
        }
        throw new DcsException(
                Code.DCS_TIMEOUT,
                "could not release " + scope.leader() + ": the keys changed under each attempt");
    }

    WriteResult write(Attachment store, Target target, Expect expect, Deadline deadline) {
        Optional<List<Op>> guards = guards(store, deadline);
        return guards.isEmpty()
                ? new WriteResult.Conflict()
                : keys.write(store, target, expect, guards.get(), deadline);
    }

    /// What a transaction of the leader must check; empty when this session is not the leader's.
    private Optional<List<Op>> guards(Attachment store, Deadline deadline) {
        Optional<Node> key = store.get(scope.leader()).await(deadline).granted();
        if (key.filter(node -> store.owns(node.stat())).isEmpty()) {
            return Optional.empty();
        }
        if (lease.session() != store.session() && adopt(store, deadline).isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                List.of(
                        Op.check(scope.leader(), Attachment.ANY_VERSION),
                        Op.check(scope.term(), lease.term())));
    }

    /// Operations that move the key from one session of this process to another, in one
    /// transaction; none when `from` does not hold it.
    List<Op> move(Attachment from, Attachment to, Deadline deadline) {
        Pending<Stat> termLook = to.exists(scope.term());
        Pending<Node> keyLook = to.get(scope.leader());
        Optional<Stat> term = termLook.await(deadline).granted();
        Optional<Node> key = keyLook.await(deadline).granted();
        if (term.isEmpty() || key.filter(node -> from.owns(node.stat())).isEmpty()) {
            return List.of();
        }
        return takingFrom(key.get(), term.get());
    }

    /// The key was moved by a transaction with these results.
    void moved(Attachment to, List<OpResult> results) {
        lease = new Lease(to.session(), Attachment.lastStat(results).getVersion());
    }
}
