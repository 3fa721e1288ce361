package io.toomai.dcs.zookeeper;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.ha.Renewal;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.RenewalSightings;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.document.ClusterDocuments;
import io.toomai.dcs.zookeeper.PlainKeys.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The store in any ZooKeeper 3.6 or later, in Patroni's layout (contract §1.4): leader and member
/// keys are ephemeral znodes of one session whose timeout is `ttl`.
///
/// Calls that may be repeated (reads, renewals, publishing) are repeated within their own timeout
/// when the connection breaks; all others then end in a [DcsException], because nobody knows
/// whether they happened. One small thread looks after the session and keeps its activity known
/// (decision 0003).
public final class ZooKeeperDcs implements Dcs {
    private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperDcs.class);
    private static final Duration MAX_BEAT = Duration.ofSeconds(1);
    private static final Duration MOVE_PATIENCE = Duration.ofSeconds(10);
    private static final int BULK_READS = 2;

    private final Scope scope;
    private final ZooKeeperSettings settings;
    private final ZooKeeperSession session;
    private final PlainKeys keys;
    private final LeaderLease lease;
    private final MemberKey member;
    private final RenewalSightings renewals = new RenewalSightings(Deadline::now);
    private final ScopeRead scopeRead;
    private final Semaphore bulkReads = new Semaphore(BULK_READS);

    /// Read: calls that stand on the session. Write: the moment in which its keys move to another.
    private final ReadWriteLock moving = new ReentrantReadWriteLock();

    private ZooKeeperDcs(ZooKeeperSettings settings) {
        this.settings = settings;
        this.scope = new Scope(settings.basePath(), settings.access().list());
        this.session = new ZooKeeperSession(settings, scope, renewals);
        this.keys = new PlainKeys(scope);
        this.lease = new LeaderLease(scope, settings.member(), keys);
        this.member = new MemberKey(scope, settings.member(), keys);
        this.scopeRead =
                new ScopeRead(
                        scope,
                        ClusterDocuments.MEMBERS + settings.member().value(),
                        member,
                        renewals);
    }

    /// Starts connecting; calls wait for the connection within their timeouts.
    public static ZooKeeperDcs open(ZooKeeperSettings settings) {
        ZooKeeperDcs dcs = new ZooKeeperDcs(settings);
        Thread.ofVirtual().name(settings.member() + "-session").start(dcs::lookAfterSession);
        Thread.ofVirtual()
                .name(settings.member() + "-reconnect")
                .start(dcs.session::keepReconnecting);
        return dcs;
    }

    /// To be called when the server is known to serve (again): a handle that lost its connection is
    /// replaced at once on the same session, which saves the one or two seconds that ZooKeeper's
    /// client sleeps before it tries again.
    public void reconnectNow() {
        session.reconnectNow();
    }

    @Override
    public ClusterView read(ReadMode mode, Duration timeout) {
        Deadline deadline = Deadline.in(timeout);
        return inBulk(deadline, store -> scopeRead.pass(store, mode, deadline));
    }

    @Override
    public SortedMap<Integer, ClusterView> readGroups(Duration timeout) {
        Deadline deadline = Deadline.in(timeout);
        return inBulk(deadline, store -> scopeRead.groups(store, deadline));
    }

    private <T> T inBulk(Deadline deadline, Function<Attachment, T> read) {
        acquireBulkRead(deadline);
        try {
            return repeating(deadline, read);
        } finally {
            bulkReads.release();
        }
    }

    private void acquireBulkRead(Deadline deadline) {
        try {
            if (bulkReads.tryAcquire(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new DcsException(
                Code.DCS_TIMEOUT, "reading " + scope.base() + " did not get its turn in time");
    }

    @Override
    public LeaderResult acquireLeader(Duration timeout) {
        Deadline deadline = Deadline.in(timeout);
        return running(
                onSession(deadline, () -> lease.acquire(session.connected(deadline), deadline)),
                deadline);
    }

    /// After an outage that the session has outlived, the first answers count from before it: a
    /// lease that is as good as over. A tick later a renewal counts from one of them (decision
    /// 0003).
    private LeaderResult running(LeaderResult result, Deadline deadline) {
        LeaderResult latest = result;
        while (latest instanceof LeaderResult.Held(MonoTime countsFrom)
                && isNearlyOver(countsFrom)
                && !deadline.isOver()
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(
                    Math.min(
                            settings.servers().activityLag().toNanos(), deadline.remainingNanos()));
            latest = renewLeader(Duration.ofNanos(Math.max(1, deadline.remainingNanos())));
        }
        return latest;
    }

    private boolean isNearlyOver(MonoTime countsFrom) {
        Duration ttl = session.grantedTtl();
        return Deadline.now().since(countsFrom).compareTo(ttl.minus(ttl.dividedBy(4))) >= 0;
    }

    @Override
    public boolean canTakeOver() {
        return true;
    }

    @Override
    public LeaderResult takeOver(Takeover takeover, Duration timeout) {
        Deadline deadline = Deadline.in(timeout);
        return running(
                onSession(
                        deadline,
                        () -> lease.takeOver(session.connected(deadline), takeover, deadline)),
                deadline);
    }

    @Override
    public Optional<Renewal> renewal() {
        return renewals.renewal();
    }

    @Override
    public LeaderResult renewLeader(Duration timeout) {
        Deadline deadline = Deadline.in(timeout);
        try {
            return onSession(
                    deadline, () -> repeating(deadline, store -> lease.renew(store, deadline)));
        } catch (DcsException e) {
            // The end of the session is the store's answer, even if there is no new session yet.
            if (lease.stoodOn(session.lastOver())) {
                return new LeaderResult.Refused(Optional.empty());
            }
            throw e;
        }
    }

    @Override
    public boolean releaseLeader(List<Write> before, Duration timeout) {
        Deadline deadline = Deadline.in(timeout);
        return onSession(
                deadline, () -> lease.release(session.connected(deadline), before, deadline));
    }

    @Override
    public void publishMember(String json, Duration timeout) {
        Deadline deadline = Deadline.in(timeout);
        onSession(
                deadline,
                () ->
                        repeating(
                                deadline,
                                store -> {
                                    member.publish(store, json, deadline);
                                    return json;
                                }));
    }

    @Override
    public void withdrawMember(Duration timeout) {
        Deadline deadline = Deadline.in(timeout);
        onSession(
                deadline,
                () ->
                        repeating(
                                deadline,
                                store -> {
                                    member.withdraw(store, deadline);
                                    return deadline;
                                }));
    }

    @Override
    public WriteResult write(DcsKey key, String value, Expect expect, Duration timeout) {
        Deadline deadline = Deadline.in(timeout);
        Target target = keys.target(key, value);
        return keys.write(session.connected(deadline), target, expect, List.of(), deadline);
    }

    @Override
    public WriteResult writeAsLeader(DcsKey key, String value, Expect expect, Duration timeout) {
        Deadline deadline = Deadline.in(timeout);
        Target target = keys.target(key, value);
        return onSession(
                deadline,
                () -> writeOnLease(session.connected(deadline), target, expect, deadline));
    }

    private WriteResult writeOnLease(
            Attachment store, Target target, Expect expect, Deadline deadline) {
        try {
            return lease.write(store, target, expect, deadline);
        } catch (DcsException e) {
            if (e.code() == Code.DCS_SESSION_EXPIRED) {
                return new WriteResult.Conflict(); // refused by the store, so certainly not written
            }
            throw e;
        }
    }

    @Override
    public WriteResult delete(DcsKey key, Expect expect, Duration timeout) {
        Deadline deadline = Deadline.in(timeout);
        return keys.delete(session.connected(deadline), key, expect, deadline);
    }

    @Override
    public void watch(Consumer<DcsEvent> listener) {
        session.listen(listener);
    }

    @Override
    public void changeTtl(Duration ttl) {
        session.wantTtl(ttl);
    }

    @Override
    public Duration grantedTtl() {
        return session.grantedTtl();
    }

    @Override
    public void close() {
        session.close(ZooKeeperSession.Ending.END_SESSION);
    }

    /// Stops as a killed process does: the session runs out in the store.
    void abandon() {
        session.close(ZooKeeperSession.Ending.ABANDON_SESSION);
    }

    /// The living attachment, for tests that break it.
    Attachment attachment(Duration timeout) {
        return session.connected(Deadline.in(timeout));
    }

    /// Runs a step that may be repeated; a broken connection or an ended session repeats it on the
    /// next one while there is time.
    private <T> T repeating(Deadline deadline, Function<Attachment, T> step) {
        while (true) {
            Attachment store = session.connected(deadline);
            try {
                return step.apply(store);
            } catch (DcsException e) {
                boolean again =
                        switch (e.code()) {
                            case DCS_CONNECTION, DCS_SESSION_EXPIRED -> !deadline.isOver();
                            case DCS_TIMEOUT, DCS_DENIED, DCS_PROTOCOL, DCS_EMBEDDED -> false;
                        };
                // The client tells of the loss a moment after it failed the request.
                if (!again || !session.awaitChange(store, deadline)) {
                    throw e;
                }
            }
        }
    }

    /// A step that needs a value.
    private interface Step<T> {
        T run();
    }

    private <T> T onSession(Deadline deadline, Step<T> step) {
        try {
            if (!moving.readLock().tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                throw new DcsException(
                        Code.DCS_TIMEOUT, "the keys of " + scope.base() + " are being moved");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DcsException(Code.DCS_TIMEOUT, "interrupted", e);
        }
        try {
            return step.run();
        } finally {
            moving.readLock().unlock();
        }
    }

    private void lookAfterSession() {
        ServerPatience patience = new ServerPatience();
        while (session.pause(beat())) {
            try {
                Attachment store = session.connected(Deadline.in(beat()));
                if (answers(store, patience) && !session.wantedTtl().equals(store.requestedTtl())) {
                    moveToNewSession(store);
                }
            } catch (DcsException e) {
                LOG.debug("{}: {}", settings.member(), e.getMessage());
            }
        }
    }

    private Duration beat() {
        Duration sixth = session.grantedTtl().dividedBy(6);
        return sixth.compareTo(MAX_BEAT) < 0 ? sixth : MAX_BEAT;
    }

    /// Asks something small: a lease that starts now shall not count from a request of long ago.
    /// One of equal servers that does not answer is left for the next one.
    private boolean answers(Attachment store, ServerPatience patience) {
        Duration limit = patience.limit(session.grantedTtl());
        try {
            var _ = store.exists(scope.base()).await(Deadline.in(limit));
            patience.answered();
            return true;
        } catch (DcsException e) {
            if (e.code() == Code.DCS_TIMEOUT && settings.servers().nearness().isOneOfEquals()) {
                patience.left();
                session.leaveServer(store, limit);
            }
            LOG.debug("{}: {}", settings.member(), e.getMessage());
            return false;
        }
    }

    /// Session timeouts are fixed, so another ttl is another session. Leader and member key move in
    /// one transaction. If its answer is lost the new session is ended: the keys are then either
    /// still where they were, or gone and the next renewal is refused.
    private void moveToNewSession(Attachment old) {
        ZooKeeperSession.Successor next = session.openSuccessor(Deadline.in(MOVE_PATIENCE));
        Deadline deadline = Deadline.in(old.requestedTtl().dividedBy(6));
        if (!tryMoving(deadline)) {
            next.close(); // calls are under way; at the next beat
            return;
        }
        boolean adopted = false;
        try {
            Attachment fresh = next.attachment();
            List<Op> leaderMove = lease.move(old, fresh, deadline);
            List<Op> operations = new ArrayList<>(member.move(old, fresh, deadline));
            operations.addAll(leaderMove); // last, for the term's stat
            if (!operations.isEmpty()) {
                Optional<List<OpResult>> results =
                        fresh.multi(operations).await(deadline).granted();
                if (results.isEmpty()) {
                    return;
                }
                if (!leaderMove.isEmpty()) {
                    lease.moved(fresh, results.get());
                }
            }
            next.adopt();
            adopted = true;
        } finally {
            moving.writeLock().unlock();
            if (!adopted) {
                next.close();
            }
        }
        LOG.info(
                "{}: session timeout is now {} (asked for {})",
                settings.member(),
                session.grantedTtl(),
                session.wantedTtl());
    }

    private boolean tryMoving(Deadline deadline) {
        try {
            return moving.writeLock().tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
