package io.toomai.dcs.consul;

import io.toomai.core.ha.Renewal;
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
import io.toomai.dcs.RenewalSightings;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.consul.ConsulReply.KeyValue;
import io.toomai.dcs.consul.ConsulSession.Standing;
import io.toomai.dcs.document.ScopeKeys;
import io.toomai.dcs.http.Refusal;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The leader key: locked by this process's session, in one transaction with the term.
///
/// Why a deposed leader can change nothing: whoever takes the key locks it by a session of its own,
/// no two sessions have the same id, and each transaction of a leader checks the key's session. Why
/// no takeover is deceived: it compares revisions, and a revision never comes back.
final class LeaderLease {
    private static final int ATTEMPTS = 8;
    private static final LeaderResult VACANT = new LeaderResult.Refused(Optional.empty());

    private final ScopeKeys scope;
    private final MemberName me;
    private final ConsulCalls calls;
    private final ProcessLease lease;
    private final RenewalSightings renewals;

    private volatile Holding holding = Holding.NOTHING;

    /// The session to come whose shorter ttl a renewal has told the holder of.
    private volatile Optional<Lease> told = Optional.empty();

    /// When the latest transaction was sent that has proven this process to be the leader.
    private volatile Optional<MonoTime> proven = Optional.empty();

    /// Until when a vacant key is not taken because its last holder may still count on it.
    private volatile Optional<MonoTime> waiting = Optional.empty();

    /// What the latest answer said.
    private enum Holding {
        THE_KEY,
        NOTHING
    }

    LeaderLease(
            ScopeKeys scope,
            MemberName me,
            ConsulCalls calls,
            ProcessLease lease,
            RenewalSightings renewals) {
        this.scope = scope;
        this.me = me;
        this.calls = calls;
        this.lease = lease;
        this.renewals = renewals;
    }

    /// Who holds the key, and the latest renewal.
    private record Look(Optional<KeyValue> key, Optional<KeyValue> heartbeat) {}

    LeaderResult acquire(Deadline deadline) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Lease mine = lease.needed(deadline);
            Look seen = lookAtBoth(deadline);
            if (seen.key().filter(this::isMine).isPresent()) {
                LeaderResult held = renew(deadline);
                if (held.equals(VACANT)) {
                    continue; // a request that was given up was carried out late
                }
                return held;
            }
            if (seen.key().filter(k -> !isOfMyPast(k)).isPresent()) {
                return refusedBy(seen.key());
            }
            Optional<HeartbeatDocument> early = seen.heartbeat().flatMap(this::mayStillCountOnIt);
            if (seen.key().isEmpty() && early.isPresent()) {
                return new LeaderResult.Refused(Optional.of(early.get().leader()));
            }
            try {
                if (take(unchanged(seen), mine, List.of(), deadline)) {
                    return renew(deadline);
                }
            } catch (Refusal e) {
                leaseIsOver(e, mine); // the next attempt is under a new one
            }
        }
        throw changing("attempts");
    }

    private Look lookAtBoth(Deadline deadline) {
        return calls.repeatable(
                line -> new Look(line.look(scope.leader()), line.look(scope.heartbeat())),
                deadline);
    }

    /// A session may end before its ttl: its node was taken out of Consul's catalogue, as when the
    /// agent there is stopped; one of its checks failed; somebody destroyed it. The holder, cut off
    /// from Consul, may know nothing of it and count on its lease. So a key that was not given up
    /// is taken only when the holder's latest renewal is known for as long as its lease lasts.
    private Optional<HeartbeatDocument> mayStillCountOnIt(KeyValue heartbeat) {
        HeartbeatDocument last = HeartbeatDocument.read(heartbeat.value());
        if (last.leader().equals(me)) {
            return Optional.empty();
        }
        Renewal known = renewals.seen(heartbeat.revision());
        MonoTime over = known.since().plus(last.lease());
        if (!Deadline.now().isBefore(over)) {
            return Optional.empty();
        }
        waiting = Optional.of(over);
        return Optional.of(last);
    }

    /// Whether the wait for the end of another's lease, because of which an acquisition was
    /// refused, is over. Says so once.
    boolean isWaitOver() {
        Optional<MonoTime> until = waiting;
        if (until.isEmpty() || Deadline.now().isBefore(until.get())) {
            return false;
        }
        waiting = Optional.empty();
        return true;
    }

    private List<Json> unchanged(Look seen) {
        return List.of(
                unchanged(scope.leader(), seen.key()),
                unchanged(scope.heartbeat(), seen.heartbeat()));
    }

    private static Json unchanged(String path, Optional<KeyValue> seen) {
        return seen.map(key -> Txn.isAt(path, key.revision())).orElse(Txn.isAbsent(path));
    }

    private boolean take(List<Json> conditions, Lease mine, List<Json> also, Deadline deadline)
            throws Refusal {
        List<Json> taking = new ArrayList<>(taking(mine));
        taking.addAll(also);
        MonoTime sent = Deadline.now();
        boolean taken = calls.once(Txn.of(conditions, taking), deadline).isPresent();
        if (taken) {
            proven = Optional.of(sent);
        }
        return taken;
    }

    /// The heartbeat is written too, so that nobody measures the new leader's silence from the old
    /// one's last renewal.
    private List<Json> taking(Lease mine) {
        List<Json> all = new ArrayList<>(Txn.putUnder(mine.id(), scope.leader(), me.value()));
        all.addAll(Txn.put(scope.term(), me.value()));
        all.addAll(beat(mine));
        return all;
    }

    private List<Json> beat(Lease mine) {
        return Txn.put(scope.heartbeat(), new HeartbeatDocument(me, mine.granted()).write());
    }

    private boolean isMine(KeyValue key) {
        return lease.own(key.session()).isPresent();
    }

    /// This member's name under a session that is not this process's: that of an earlier process.
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
    /// is found by the next renewal, for the key is then under this process's session.
    LeaderResult takeOver(Takeover wanted, Deadline deadline) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Lease mine = lease.needed(deadline);
            try {
                if (takeOver(wanted, Txn.isAt(scope.leader(), wanted.term()), mine, deadline)) {
                    return renew(deadline);
                }
                Optional<KeyValue> key = look(deadline);
                if (key.isEmpty()
                        && takeOver(wanted, Txn.isAbsent(scope.leader()), mine, deadline)) {
                    return renew(deadline);
                }
                return refusedBy(key.isPresent() ? key : look(deadline));
            } catch (Refusal e) {
                leaseIsOver(e, mine);
            }
        }
        throw changing("takeovers");
    }

    /// The key is still at the term, or vacant and not held since that term: then nobody has
    /// written the term key either. A holder whose key is not at the revision of the term key (a
    /// member of Patroni, which writes the key alone) is never taken over.
    private boolean takeOver(Takeover wanted, Json key, Lease mine, Deadline deadline)
            throws Refusal {
        String sync = scope.plain(DcsKey.SYNC);
        List<Json> unchanged =
                List.of(
                        key,
                        Txn.isAt(scope.term(), wanted.term()),
                        Txn.isAt(sync, wanted.syncRevision()));
        List<Json> writing = wanted.sync().map(text -> Txn.put(sync, text)).orElse(List.of());
        return take(unchanged, mine, writing, deadline);
    }

    /// What one attempt to renew showed.
    private sealed interface Proof {
        /// The lease counts from then.
        record Counted(MonoTime sent) implements Proof {}

        /// The key is ours, but nobody knows whether the session's renewal was counted.
        record Unsure() implements Proof {}

        /// The key is not under the session looked for.
        record NotUnderIt(Optional<KeyValue> key, Standing standing) implements Proof {}
    }

    /// Decision 0018: the session is renewed, then a transaction on the quorum proves that it holds
    /// the key. The renewal has certainly been counted, or did not need to be, if such a proof was
    /// given no longer than a ttl before. All of it may be repeated.
    LeaderResult renew(Deadline deadline) {
        Optional<Lease> toCome = lease.next();
        Optional<Lease> target = lease.current();
        String from = target.map(Lease::id).orElse("");
        while (target.isPresent()) {
            Lease on = target.get();
            String hangsOn = from;
            switch (calls.converse(line -> prove(line, on, hangsOn), deadline)) {
                case Proof.Counted(MonoTime sent) -> {
                    holding = Holding.THE_KEY;
                    told = toCome;
                    return new LeaderResult.Held(sent);
                }
                case Proof.Unsure _ -> from = on.id();
                case Proof.NotUnderIt(Optional<KeyValue> key, Standing standing) -> {
                    if (standing == Standing.UNKNOWN) {
                        lease.over(on.id()); // the quorum agrees: nothing of ours is under it
                    }
                    Optional<Lease> other = key.flatMap(k -> lease.own(k.session()));
                    if (other.isEmpty()) {
                        holding = Holding.NOTHING;
                        return refusedBy(key);
                    }
                    // A change of ttl has moved the key, or a late acquisition used the old one.
                    from = other.get().id();
                    target = lease.isPrevious(from) ? lease.current() : other;
                }
            }
        }
        holding = Holding.NOTHING;
        return refusedBy(look(deadline));
    }

    private Proof prove(ConsulCalls.Line line, Lease on, String hangsOn)
            throws IOException, Refusal {
        Optional<MonoTime> before = proven;
        MonoTime sent = Deadline.now();
        Standing standing = ConsulSession.renew(line, calls, on.id());
        MonoTime proving = Deadline.now();
        List<Json> then = on.id().equals(hangsOn) ? beat(on) : taking(on);
        Txn proof = Txn.of(List.of(Txn.isHeldBy(scope.leader(), hangsOn)), then);
        if (line.commit(proof).isEmpty()) {
            return new Proof.NotUnderIt(line.look(scope.leader()), standing);
        }
        proven = Optional.of(proving);
        boolean counted =
                standing == Standing.ALIVE
                        && before.filter(last -> !last.plus(on.granted()).isBefore(sent))
                                .isPresent();
        return counted ? new Proof.Counted(sent) : new Proof.Unsure();
    }

    private Optional<KeyValue> look(Deadline deadline) {
        return calls.converse(line -> line.look(scope.leader()), deadline);
    }

    /// The heartbeat goes with the key: it was given up, so nobody need wait for the end of the
    /// lease. Only at the heartbeat that was seen: Consul keeps a request for seconds while it has
    /// no leader, and one that was given up must not end a leadership that was renewed since.
    boolean release(List<Write> before, Deadline deadline) {
        Map<DcsKey, String> last = new LinkedHashMap<>();
        before.forEach(write -> last.put(write.key(), write.value()));
        List<Json> then = new ArrayList<>();
        last.forEach((key, value) -> then.addAll(Txn.put(scope.plain(key), value)));
        then.add(Txn.delete(scope.leader()));
        then.add(Txn.delete(scope.heartbeat()));
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Look seen = lookAtBoth(deadline);
            if (seen.key().filter(this::isMine).isEmpty()) {
                return false;
            }
            List<Json> unrenewed = List.of(unchanged(scope.heartbeat(), seen.heartbeat()));
            if (asLeader(unrenewed, then, deadline).isPresent()) {
                holding = Holding.NOTHING;
                return true;
            }
        }
        throw changing("releases");
    }

    /// At the end of this process; a key that stays vanishes with the session.
    void releaseIfHeld(Deadline deadline) {
        if (holding == Holding.THE_KEY) {
            release(List.of(), deadline);
        }
    }

    WriteResult write(DcsKey key, String value, Expect expect, Deadline deadline) {
        String path = scope.plain(key);
        return asLeader(Txn.is(path, expect), Txn.put(path, value), deadline)
                .<WriteResult>map(written -> new WriteResult.Written(written.getLast().revision()))
                .orElseGet(WriteResult.Conflict::new);
    }

    /// Operations in one transaction with the proof that the key is this process's; empty when it
    /// is not, or the conditions do not hold.
    private Optional<List<KeyValue>> asLeader(
            List<Json> conditions, List<Json> then, Deadline deadline) {
        Optional<Lease> mine = lease.current();
        while (mine.isPresent()) {
            String id = mine.get().id();
            List<Json> first = new ArrayList<>(conditions);
            first.add(Txn.isHeldBy(scope.leader(), id));
            Optional<List<KeyValue>> written;
            try {
                written = calls.once(Txn.of(first, then), deadline);
            } catch (Refusal e) {
                throw e.asException(calls.who());
            }
            if (written.isPresent()) {
                return written;
            }
            // The key may be held by another session of ours while the ttl is changed.
            mine =
                    look(deadline)
                            .flatMap(key -> lease.own(key.session()))
                            .filter(other -> !other.id().equals(id));
        }
        return Optional.empty();
    }

    /// Moves the key, if it is this process's, to the session that shall take over. A holder is
    /// told of a shorter ttl first, by a renewal: a promise that was made by the longer one would
    /// outlive the new session.
    ///
    /// @return whether the new session may be adopted
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
                && key.filter(k -> k.session().equals(next.id())).isPresent()) {
            moved = new Proof.Unsure();
        }
        while (moved instanceof Proof.Unsure) {
            moved = calls.converse(line -> prove(line, next, next.id()), deadline);
        }
        return true;
    }
}
