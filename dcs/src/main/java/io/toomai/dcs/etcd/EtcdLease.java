package io.toomai.dcs.etcd;

import io.toomai.core.model.MonoTime;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.http.Refusal;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// The lease of this process: granted when first needed, another one when it is over or when
/// another ttl is wanted. A lease that was replaced is not revoked, it runs out: a key that a late
/// transaction puts on it is found and moved by the next renewal ([LeaderLease]).
///
/// Thread-safe. Only the granting waits for another thread that grants.
final class EtcdLease {
    private final EtcdCalls calls;
    private final ReentrantLock granting = new ReentrantLock();
    private volatile Duration wanted;
    private volatile State state;

    /// @param asked the ttl that was asked for
    record Lease(long id, Duration asked, Duration granted) {}

    /// All that is known, replaced as a whole.
    ///
    /// @param next takes the place of `current` once the keys have moved
    /// @param previous what `current` took the place of
    private record State(
            Optional<Lease> current,
            Optional<Lease> next,
            Optional<Lease> previous,
            Duration granted) {}

    EtcdLease(EtcdCalls calls, Duration ttl) {
        this.calls = calls;
        this.wanted = wholeSeconds(ttl);
        this.state = new State(Optional.empty(), Optional.empty(), Optional.empty(), wanted);
    }

    private static Duration wholeSeconds(Duration ttl) {
        return Duration.ofSeconds(Math.max(1, ttl.plusNanos(999_999_999).toSeconds()));
    }

    /// Does not block.
    Optional<Lease> current() {
        return state.current();
    }

    /// The lease to put keys on.
    Lease needed(Deadline deadline) {
        Optional<Lease> known = state.current();
        if (known.isPresent()) {
            return known.get();
        }
        try {
            if (!granting.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                throw new DcsException(
                        Code.DCS_TIMEOUT, calls.who() + ": a lease is being granted");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DcsException(Code.DCS_TIMEOUT, calls.who() + ": interrupted", e);
        }
        try {
            Optional<Lease> meanwhile = state.current();
            if (meanwhile.isPresent()) {
                return meanwhile.get();
            }
            Lease fresh = grant(deadline);
            synchronized (this) {
                state =
                        new State(
                                Optional.of(fresh),
                                Optional.empty(),
                                state.previous(),
                                fresh.granted());
            }
            return fresh;
        } finally {
            granting.unlock();
        }
    }

    /// May be repeated: a lease that nobody knows of runs out by itself.
    private Lease grant(Deadline deadline) {
        Duration asked = wanted;
        Json.Obj body = Json.object().put("TTL", Long.toString(asked.toSeconds())).done();
        GatewayReply reply = calls.repeatable("/v3/lease/grant", body, deadline);
        Duration granted = Duration.ofSeconds(reply.at("TTL"));
        if (reply.at("ID") == 0 || !granted.isPositive()) {
            throw new DcsException(Code.DCS_PROTOCOL, calls.who() + ": granted no lease");
        }
        return new Lease(reply.at("ID"), asked, granted);
    }

    /// A renewal as one server passed it on.
    ///
    /// @param term of the entry that the server had applied before it passed the renewal on
    record KeptAlive(MonoTime sent, String memberId, long term, Standing standing) {}

    /// What the answer says of the lease.
    enum Standing {
        ALIVE,
        /// Not known there. A store leader that was just elected may err about it.
        UNKNOWN
    }

    static KeptAlive keepAlive(EtcdCalls.Line line, long id) throws IOException, Refusal {
        MonoTime sent = Deadline.now();
        GatewayReply reply =
                line.ask("/v3/lease/keepalive", Json.object().put("ID", Long.toString(id)).done());
        return new KeptAlive(
                sent,
                reply.memberId(),
                reply.term(),
                reply.at("TTL") > 0 ? Standing.ALIVE : Standing.UNKNOWN);
    }

    /// The store said for certain that this lease is over.
    synchronized void over(long id) {
        State old = state;
        state =
                new State(
                        without(old.current(), id),
                        without(old.next(), id),
                        without(old.previous(), id),
                        old.granted());
    }

    private static Optional<Lease> without(Optional<Lease> lease, long id) {
        return lease.filter(l -> l.id() != id);
    }

    /// The lease of this process that has that id, whether in use or replaced.
    Optional<Lease> own(long id) {
        State now = state;
        return now.current()
                .filter(l -> l.id() == id)
                .or(() -> now.next().filter(l -> l.id() == id))
                .or(() -> now.previous().filter(l -> l.id() == id));
    }

    /// The lease that the keys are about to move to. Does not block.
    Optional<Lease> next() {
        return state.next();
    }

    boolean isPrevious(long id) {
        return state.previous().filter(l -> l.id() == id).isPresent();
    }

    void want(Duration ttl) {
        wanted = wholeSeconds(ttl);
    }

    /// The lease that the keys shall move to, granted if need be; empty when the current one is as
    /// wanted.
    Optional<Lease> successor(Deadline deadline) {
        State now = state;
        if (now.current().isEmpty() || now.current().get().asked().equals(wanted)) {
            return Optional.empty();
        }
        if (now.next().filter(l -> l.asked().equals(wanted)).isPresent()) {
            return now.next();
        }
        Lease fresh = grant(deadline);
        synchronized (this) {
            // From now on the shorter of the two is promised: the keys may hang on either.
            Duration shorter =
                    fresh.granted().compareTo(state.granted()) < 0
                            ? fresh.granted()
                            : state.granted();
            state = new State(state.current(), Optional.of(fresh), state.previous(), shorter);
        }
        return Optional.of(fresh);
    }

    /// The keys have moved.
    synchronized void adopt(Lease next) {
        State old = state;
        state = new State(Optional.of(next), Optional.empty(), old.current(), next.granted());
    }

    /// What the arithmetic of leases may count on.
    Duration granted() {
        return state.granted();
    }

    /// At the end of the process; the keys vanish with the lease.
    void revoke(Deadline deadline) {
        State last;
        synchronized (this) {
            last = state;
            state = new State(Optional.empty(), Optional.empty(), Optional.empty(), last.granted());
        }
        for (Optional<Lease> lease : List.of(last.current(), last.next(), last.previous())) {
            if (lease.isPresent()) {
                Json.Obj body = Json.object().put("ID", Long.toString(lease.get().id())).done();
                try {
                    calls.repeatable("/v3/lease/revoke", body, deadline);
                } catch (DcsException e) {
                    if (e.code() != Code.DCS_SESSION_EXPIRED) {
                        throw e;
                    }
                }
            }
        }
    }
}
