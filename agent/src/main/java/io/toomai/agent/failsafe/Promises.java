package io.toomai.agent.failsafe;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.FailsafePromise;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The gate between two things that exclude each other: letting another member lead without the
/// store, and taking the leader key. Whoever comes first wins: while a promise runs the key is not
/// asked for, and while it is asked for nothing is promised.
///
/// An attempt whose answer was lost may have succeeded. It counts as under way until a reading of
/// the store that began later shows that the key is not this process's.
///
/// Who took the key over from a leader before its lease ended promises nothing while that lease may
/// run by the former leader's clock: it may have slept through the takeover, and go by its lease to
/// ask whether it may go on.
///
/// Any thread. Only `promise` and `beginTakingOver` wait for the disk, and hold no lock meanwhile.
public final class Promises {
    private static final Logger log = LoggerFactory.getLogger(Promises.class);

    /// Whoever asked this node's earlier process.
    private static final MemberName FORGOTTEN = new MemberName("the leader asked for earlier");

    private final PromiseFile file;
    private final Supplier<MonoTime> clock;
    private final BooleanSupplier leads;

    private FailsafePromise given = new FailsafePromise.None();
    private Taking taking = Taking.NOT;
    private Displacing displacing = Displacing.NOBODY;
    private Duration forcedFor = Duration.ZERO;

    private enum Taking {
        NOT,
        UNDER_WAY,
        UNRESOLVED
    }

    /// Whether the attempt is made while another leader's lease may run.
    private enum Displacing {
        NOBODY,
        A_LEADER
    }

    /// What became of an attempt to take the leader key.
    public enum Attempt {
        /// The guard holds the lease now.
        LEADS,
        /// The store refused it.
        REFUSED,
        /// Nobody knows.
        UNANSWERED
    }

    /// @param path of the file that outlives the process
    /// @param leads whether this node leads itself or is about to; does not wait
    public static Promises open(Path path, Supplier<MonoTime> clock, BooleanSupplier leads)
            throws IOException {
        Promises promises = new Promises(PromiseFile.open(path, clock.get()), clock, leads);
        promises.adopt();
        return promises;
    }

    private Promises(PromiseFile file, Supplier<MonoTime> clock, BooleanSupplier leads) {
        this.file = file;
        this.clock = clock;
        this.leads = leads;
    }

    private synchronized void adopt() {
        MonoTime now = clock.get();
        file.until()
                .filter(now::isBefore)
                .ifPresent(until -> {
                    log.info(
                            "my earlier process let another member lead without the store for"
                                    + " another {} ms",
                            until.since(now).toMillis());
                    given = new FailsafePromise.Given(FORGOTTEN, new Upstream.None(), now, until);
                });
    }

    /// Promises not to take the leader key for that long from now. Durable when it returns.
    ///
    /// @return false when this node leads, may be about to, or has taken over just now: nothing is
    ///   promised
    boolean promise(MemberName leader, Upstream upstream, Duration lasting) {
        boolean first;
        synchronized (this) {
            MonoTime now = clock.get();
            if (taking != Taking.NOT
                    || leads.getAsBoolean()
                    || file.nothingBefore().filter(now::isBefore).isPresent()) {
                return false;
            }
            MonoTime until = now.plus(lasting);
            if (inForce() instanceof FailsafePromise.Given before
                    && until.isBefore(before.until())) {
                until = before.until();
            }
            given = new FailsafePromise.Given(leader, upstream, now, until);
            file.write(until, lasting);
            first = forcedFor.compareTo(lasting) < 0;
        }
        if (first) {
            file.force();
            synchronized (this) {
                forcedFor = lasting;
            }
        }
        return true;
    }

    /// What binds this node now.
    synchronized FailsafePromise inForce() {
        if (given instanceof FailsafePromise.Given until && !clock.get().isBefore(until.until())) {
            end();
        }
        return given;
    }

    private void end() {
        given = new FailsafePromise.None();
        file.clear();
        forcedFor = Duration.ZERO;
    }

    /// Right before the leader key is asked for; [#taken] must follow.
    ///
    /// @return why it must not be
    public synchronized Optional<String> beginTaking() {
        return begin(Displacing.NOBODY);
    }

    /// Right before the leader key is taken over from a leader whose lease may last that long;
    /// [#taken] must follow. Durable when it returns.
    ///
    /// @return why it must not be
    public Optional<String> beginTakingOver(Duration formerLease) {
        synchronized (this) {
            Optional<String> refusal = begin(Displacing.A_LEADER);
            if (refusal.isPresent()) {
                return refusal;
            }
            file.takingOver(formerLease);
        }
        file.force();
        return Optional.empty();
    }

    private synchronized Optional<String> begin(Displacing whom) {
        if (inForce() instanceof FailsafePromise.Given promise) {
            return Optional.of(
                    "promised to let "
                            + promise.leader()
                            + " lead without the store for another "
                            + promise.until().since(clock.get()).toMillis()
                            + " ms");
        }
        taking = Taking.UNDER_WAY;
        displacing = whom;
        return Optional.empty();
    }

    /// What became of it.
    public synchronized void taken(Attempt attempt) {
        taking =
                switch (attempt) {
                    case LEADS, REFUSED -> Taking.NOT;
                    case UNANSWERED -> Taking.UNRESOLVED;
                };
        resolved();
    }

    /// The former leader has renewed its lease for the last time before now.
    private void resolved() {
        if (taking == Taking.NOT && displacing == Displacing.A_LEADER) {
            displacing = Displacing.NOBODY;
            file.tookOver(clock.get());
        }
    }

    /// The store was read by the thread that takes the key, in a reading that began then.
    synchronized void storeWasRead(MonoTime began, ClusterView cluster) {
        boolean mine =
                cluster.leader() instanceof LeaderKey.HeldBy held
                        && held.ownership() == LeaderKey.Ownership.THIS_PROCESS;
        if (taking == Taking.UNRESOLVED && !mine) {
            taking = Taking.NOT;
            resolved();
        }
        FailsafePromise left = inForce().afterReading(began, cluster);
        if (left instanceof FailsafePromise.None && given instanceof FailsafePromise.Given) {
            end();
        } else {
            given = left;
        }
    }
}
