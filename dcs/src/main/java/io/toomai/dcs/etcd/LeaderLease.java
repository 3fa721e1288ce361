package io.toomai.dcs.etcd;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs.Takeover;
import io.toomai.dcs.Dcs.Write;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.ProcessLease;
import io.toomai.dcs.ProcessLease.Lease;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.document.ScopeKeys;
import io.toomai.dcs.etcd.EtcdLease.KeptAlive;
import io.toomai.dcs.etcd.EtcdLease.Standing;
import io.toomai.dcs.etcd.GatewayReply.KeyValue;
import io.toomai.dcs.http.Refusal;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The leader key: put under this process's lease, together with the term.
///
/// Why a deposed leader can change nothing: whoever takes the key puts it under a lease of its own,
/// no two leases have the same number, and each transaction of a leader compares the key's lease.
/// Why no takeover is deceived: it compares revisions, and a revision never comes back.
final class LeaderLease {
    private static final int ATTEMPTS = 8;

    private final ScopeKeys scope;
    private final MemberName me;
    private final EtcdCalls calls;
    private final ProcessLease lease;

    private volatile Holding holding = Holding.NOTHING;

    /// The lease to come whose shorter ttl a renewal has told the holder of.
    private volatile Optional<Lease> told = Optional.empty();

    /// What the latest answer said.
    private enum Holding {
        THE_KEY,
        NOTHING
    }

    LeaderLease(ScopeKeys scope, MemberName me, EtcdCalls calls, ProcessLease lease) {
        this.scope = scope;
        this.me = me;
        this.calls = calls;
        this.lease = lease;
    }

    LeaderResult acquire(Deadline deadline) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Lease mine = lease.needed(deadline);
            GatewayReply reply;
            try {
                reply = take(List.of(Txn.isAbsent(scope.leader())), mine, deadline);
                Optional<KeyValue> key = reply.shown();
                if (!reply.succeeded() && key.filter(this::isOfMyPast).isPresent()) {
                    Json unchanged = Txn.isAt(scope.leader(), key.get().revision());
                    reply = take(List.of(unchanged), mine, deadline);
                    key = reply.shown();
                }
                if (reply.succeeded() || key.filter(this::isMine).isPresent()) {
                    return renew(deadline);
                }
                if (key.filter(k -> !isOfMyPast(k)).isPresent()) {
                    return refusedBy(key);
                }
            } catch (Refusal e) {
                leaseIsOver(e, mine); // the next attempt is under a new one
            }
        }
        throw changing("attempts");
    }

    private GatewayReply take(List<Json> compares, Lease mine, Deadline deadline) throws Refusal {
        Txn txn = new Txn(compares, taking(mine), List.of(Txn.get(scope.leader())));
        return calls.once(Txn.PATH, txn.json(), deadline);
    }

    /// The heartbeat is written too, so that nobody measures the new leader's silence from the old
    /// one's last renewal.
    private List<Json> taking(Lease mine) {
        return List.of(
                Txn.put(scope.leader(), me.value(), mine.id()),
                Txn.put(scope.term(), me.value()),
                Txn.put(scope.heartbeat(), me.value()));
    }

    private boolean isMine(KeyValue key) {
        return lease.own(key.lease()).isPresent();
    }

    /// This member's name under a lease that is not this process's: that of an earlier process.
    private boolean isOfMyPast(KeyValue key) {
        return !isMine(key) && key.value().equals(me.value());
    }

    /// @throws DcsException when the refusal was for another reason
    private void leaseIsOver(Refusal refusal, Lease mine) {
        if (refusal.kind() != Refusal.Kind.NO_LEASE) {
            throw refusal.asException(calls.who());
        }
        lease.over(mine.id());
    }

    private DcsException changing(String what) {
        return new DcsException(
                Code.DCS_TIMEOUT,
                "key " + scope.leader() + " changed under each of " + ATTEMPTS + " " + what);
    }

    private static LeaderResult refusedBy(Optional<KeyValue> key) {
        return new LeaderResult.Refused(
                key.map(KeyValue::value)
                        .filter(name -> !name.isBlank() && name.indexOf('/') < 0)
                        .map(MemberName::new));
    }

    /// Takes the key from a holder that may live (design §5, step 4). The lost answer of a takeover
    /// is found by the next renewal, for the key is then under this process's lease.
    LeaderResult takeOver(Takeover wanted, Deadline deadline) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Lease mine = lease.needed(deadline);
            try {
                GatewayReply reply = takeOver(wanted, mine, deadline);
                if (reply.succeeded()) {
                    return renew(deadline);
                }
                return refusedBy(reply.shown());
            } catch (Refusal e) {
                leaseIsOver(e, mine);
            }
        }
        throw changing("takeovers");
    }

    /// The key is still at the term, or vacant and not held since that term: then nobody has
    /// written the term key either. A holder whose key is not at the revision of the term key (a
    /// member of Patroni, which writes the key alone) is never taken over.
    private GatewayReply takeOver(Takeover wanted, Lease mine, Deadline deadline) throws Refusal {
        List<Json> taking = new ArrayList<>(taking(mine));
        wanted.sync().ifPresent(text -> taking.add(Txn.put(scope.plain(DcsKey.SYNC), text)));
        String sync = scope.plain(DcsKey.SYNC);
        List<Json> unchanged =
                List.of(
                        Txn.isAt(scope.term(), wanted.term()),
                        Txn.isAt(sync, wanted.syncRevision()),
                        Txn.exists(sync));
        List<Json> look = List.of(Txn.get(scope.leader()));
        Function<Json, Txn> takingIf =
                key -> new Txn(unchanged, taking, look).alsoIf(Optional.of(key));
        GatewayReply reply =
                calls.once(
                        Txn.PATH,
                        takingIf.apply(Txn.isAt(scope.leader(), wanted.term())).json(),
                        deadline);
        if (reply.succeeded() || reply.shown().isPresent()) {
            return reply;
        }
        return calls.once(Txn.PATH, takingIf.apply(Txn.isAbsent(scope.leader())).json(), deadline);
    }

    /// What one attempt to renew showed.
    private sealed interface Proof {
        /// The lease counts from then.
        record Counted(MonoTime sent) implements Proof {}

        /// The key is ours, but the store's leader changed meanwhile: nobody knows which one
        /// counted.
        record Unsure() implements Proof {}

        /// The key is not under the lease looked for.
        record NotUnderIt(Optional<KeyValue> key, Standing standing) implements Proof {}
    }

    /// Decision 0013: the lease is kept alive, then a transaction on the quorum proves that the key
    /// hangs on it. Only if one server answered both, and in one term, has the store's leader of
    /// that term certainly counted the first. All of it may be repeated.
    LeaderResult renew(Deadline deadline) {
        Optional<Lease> toCome = lease.next();
        Optional<Lease> target = lease.current();
        String from = target.map(Lease::id).orElse(GatewayReply.NO_LEASE);
        while (target.isPresent()) {
            Lease on = target.get();
            String hangsOn = from;
            switch (calls.converse(line -> prove(line, on, hangsOn), deadline)) {
                case Proof.Counted(MonoTime sent) -> {
                    holding = Holding.THE_KEY;
                    told = toCome;
                    return new LeaderResult.Held(sent);
                }
                case Proof.Unsure _ -> {
                    calls.rest(deadline);
                    if (deadline.isOver()) {
                        throw unsure();
                    }
                    from = on.id();
                }
                case Proof.NotUnderIt(Optional<KeyValue> key, Standing standing) -> {
                    if (standing == Standing.UNKNOWN) {
                        lease.over(on.id()); // the quorum agrees: nothing of ours is under it
                    }
                    Optional<Lease> other = key.flatMap(k -> lease.own(k.lease()));
                    if (other.isEmpty()) {
                        holding = Holding.NOTHING;
                        return refusedBy(key);
                    }
                    // A change of ttl has moved the key, or a late acquisition used the old lease.
                    from = other.get().id();
                    target = lease.isPrevious(from) ? lease.current() : other;
                }
            }
        }
        holding = Holding.NOTHING;
        return refusedBy(look(scope.leader(), deadline));
    }

    private DcsException unsure() {
        return new DcsException(
                Code.DCS_TIMEOUT,
                calls.who()
                        + ": nobody knows whether the renewal of "
                        + scope.leader()
                        + " counted, for no two answers came from one server in one term; if the"
                        + " endpoint is a proxy, name etcd's own servers instead");
    }

    private Proof prove(EtcdCalls.Line line, Lease on, String hangsOn) throws IOException, Refusal {
        KeptAlive kept = EtcdLease.keepAlive(line, on.id());
        List<Json> then =
                on.id().equals(hangsOn)
                        ? List.of(Txn.put(scope.heartbeat(), me.value()))
                        : taking(on);
        Txn beat =
                new Txn(
                        List.of(Txn.isLeasedBy(scope.leader(), hangsOn)),
                        then,
                        List.of(Txn.get(scope.leader())));
        GatewayReply reply = line.ask(Txn.PATH, beat.json());
        if (!reply.succeeded()) {
            return new Proof.NotUnderIt(reply.shown(), kept.standing());
        }
        boolean counted =
                kept.standing() == Standing.ALIVE
                        && kept.term() == reply.term()
                        && kept.memberId().equals(reply.memberId());
        return counted ? new Proof.Counted(kept.sent()) : new Proof.Unsure();
    }

    private Optional<KeyValue> look(String key, Deadline deadline) {
        return calls
                .converse(line -> line.ask("/v3/kv/range", Txn.keyBody(key)), deadline)
                .keys()
                .stream()
                .findFirst();
    }

    boolean release(List<Write> before, Deadline deadline) {
        Map<DcsKey, String> last = new LinkedHashMap<>();
        before.forEach(write -> last.put(write.key(), write.value()));
        List<Json> then = new ArrayList<>();
        last.forEach((key, value) -> then.add(Txn.put(scope.plain(key), value)));
        then.add(Txn.delete(scope.leader()));
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            // A server that hung may carry this out when the caller has long given up, and leads
            // again: a renewal since then makes it void.
            Json unrenewed =
                    look(scope.heartbeat(), deadline)
                            .map(beat -> Txn.isAt(scope.heartbeat(), beat.revision()))
                            .orElseGet(() -> Txn.isAbsent(scope.heartbeat()));
            if (asLeader(then, Optional.of(unrenewed), deadline).isPresent()) {
                holding = Holding.NOTHING;
                return true;
            }
            if (look(scope.leader(), deadline).filter(this::isMine).isEmpty()) {
                return false;
            }
        }
        throw changing("releases");
    }

    WriteResult write(DcsKey key, String value, Expect expect, Deadline deadline) {
        String path = scope.plain(key);
        return asLeader(List.of(Txn.put(path, value)), Txn.is(path, expect), deadline)
                .<WriteResult>map(reply -> new WriteResult.Written(reply.revision()))
                .orElseGet(WriteResult.Conflict::new);
    }

    /// Operations in one transaction with the proof that the key is this process's; empty when it
    /// is not, or the condition does not hold.
    private Optional<GatewayReply> asLeader(
            List<Json> then, Optional<Json> condition, Deadline deadline) {
        Optional<Lease> mine = lease.current();
        while (mine.isPresent()) {
            Txn txn =
                    new Txn(
                                    List.of(Txn.isLeasedBy(scope.leader(), mine.get().id())),
                                    then,
                                    List.of(Txn.get(scope.leader())))
                            .alsoIf(condition);
            GatewayReply reply;
            try {
                reply = calls.once(Txn.PATH, txn.json(), deadline);
            } catch (Refusal e) {
                throw e.asException(calls.who());
            }
            if (reply.succeeded()) {
                return Optional.of(reply);
            }
            // The key may hang on another lease of ours while the ttl is changed.
            Lease tried = mine.get();
            mine =
                    reply.shown()
                            .flatMap(key -> lease.own(key.lease()))
                            .filter(other -> !other.id().equals(tried.id()));
        }
        return Optional.empty();
    }

    /// Moves the key, if it is this process's, to the lease that shall take over. A holder is told
    /// of a shorter ttl first, by a renewal: a promise that was made by the longer one would
    /// outlive the new lease.
    ///
    /// @return whether the new lease may be adopted
    boolean moveTo(Lease next, Deadline deadline) {
        Optional<Lease> old = lease.current();
        if (old.isEmpty()) {
            return true;
        }
        boolean shorter = next.granted().compareTo(old.get().granted()) < 0;
        if (shorter && holding == Holding.THE_KEY && !told.equals(Optional.of(next))) {
            return false;
        }
        String from = old.get().id();
        Proof moved = calls.converse(line -> prove(line, next, from), deadline);
        if (moved instanceof Proof.NotUnderIt(Optional<KeyValue> key, Standing _)
                && key.filter(k -> k.lease().equals(next.id())).isPresent()) {
            moved = new Proof.Unsure();
        }
        while (moved instanceof Proof.Unsure) {
            moved = calls.converse(line -> prove(line, next, next.id()), deadline);
        }
        return true;
    }
}
