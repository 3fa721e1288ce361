package io.toomai.dcs;

import io.toomai.dcs.DcsException.Code;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// The lease of this process in a store whose leases never change their ttl: granted when first
/// needed, another one when it is over or when another ttl is wanted. A lease that was replaced is
/// not revoked, it runs out: a key that a late transaction puts on it is found and moved by the
/// next renewal. For adapters.
///
/// Thread-safe. Only the granting waits for another thread that grants.
public final class ProcessLease {
    private final String who;
    private final Granting store;
    private final ReentrantLock granting = new ReentrantLock();
    private volatile Duration wanted;
    private volatile State state;

    /// @param id as the store calls it
    /// @param asked the ttl that was asked for
    /// @param granted the ttl that it has
    public record Lease(String id, Duration asked, Duration granted) {}

    /// How a store grants leases.
    public interface Granting {
        /// May be called again after a failure: a lease that nobody knows of runs out by itself.
        Lease grant(Duration ttl, Deadline deadline);
    }

    /// All that is known, replaced as a whole.
    ///
    /// @param next takes the place of `current` once the keys have moved
    /// @param previous what `current` took the place of
    private record State(
            Optional<Lease> current,
            Optional<Lease> next,
            Optional<Lease> previous,
            Duration granted) {}

    /// @param who the store and the member, as messages name them
    /// @param ttl that will be asked for
    public ProcessLease(String who, Duration ttl, Granting store) {
        this.who = who;
        this.store = store;
        this.wanted = ttl;
        this.state = new State(Optional.empty(), Optional.empty(), Optional.empty(), ttl);
    }

    /// Does not block.
    public Optional<Lease> current() {
        return state.current();
    }

    /// The lease to put keys on.
    public Lease needed(Deadline deadline) {
        Optional<Lease> known = state.current();
        if (known.isPresent()) {
            return known.get();
        }
        try {
            if (!granting.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                throw new DcsException(Code.DCS_TIMEOUT, who + ": a lease is being granted");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DcsException(Code.DCS_TIMEOUT, who + ": interrupted", e);
        }
        try {
            Optional<Lease> meanwhile = state.current();
            if (meanwhile.isPresent()) {
                return meanwhile.get();
            }
            Lease fresh = store.grant(wanted, deadline);
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

    /// The store said for certain that this lease is over.
    public synchronized void over(String id) {
        State old = state;
        state =
                new State(
                        without(old.current(), id),
                        without(old.next(), id),
                        without(old.previous(), id),
                        old.granted());
    }

    private static Optional<Lease> without(Optional<Lease> lease, String id) {
        return lease.filter(l -> !l.id().equals(id));
    }

    private static Optional<Lease> with(Optional<Lease> lease, String id) {
        return lease.filter(l -> l.id().equals(id));
    }

    /// The lease of this process that has that id, whether in use or replaced.
    public Optional<Lease> own(String id) {
        State now = state;
        return with(now.current(), id)
                .or(() -> with(now.next(), id))
                .or(() -> with(now.previous(), id));
    }

    /// The lease that the keys are about to move to. Does not block.
    public Optional<Lease> next() {
        return state.next();
    }

    public boolean isPrevious(String id) {
        return with(state.previous(), id).isPresent();
    }

    /// Another ttl is wanted.
    public void want(Duration ttl) {
        wanted = ttl;
    }

    /// The lease that the keys shall move to, granted if need be; empty when the current one is as
    /// wanted.
    public Optional<Lease> successor(Deadline deadline) {
        State now = state;
        if (now.current().isEmpty() || now.current().get().asked().equals(wanted)) {
            return Optional.empty();
        }
        if (now.next().filter(l -> l.asked().equals(wanted)).isPresent()) {
            return now.next();
        }
        Lease fresh = store.grant(wanted, deadline);
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
    public synchronized void adopt(Lease next) {
        State old = state;
        state = new State(Optional.of(next), Optional.empty(), old.current(), next.granted());
    }

    /// What the arithmetic of leases may count on.
    public Duration granted() {
        return state.granted();
    }

    /// At the end of the process: none is in use any more.
    ///
    /// @return all that may still run in the store
    public synchronized List<Lease> end() {
        State last = state;
        state = new State(Optional.empty(), Optional.empty(), Optional.empty(), last.granted());
        return List.of(last.current(), last.next(), last.previous()).stream()
                .flatMap(Optional::stream)
                .toList();
    }
}
