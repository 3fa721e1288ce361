package io.toomai.dcs.consul;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.ha.Renewal;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.LeasedMemberKey;
import io.toomai.dcs.Lifetime;
import io.toomai.dcs.ProcessLease;
import io.toomai.dcs.ProcessLease.Lease;
import io.toomai.dcs.RenewalSightings;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.consul.ConsulReply.KeyValue;
import io.toomai.dcs.consul.ConsulSession.Standing;
import io.toomai.dcs.document.FailoverDocument;
import io.toomai.dcs.document.ScopeKeys;
import io.toomai.dcs.http.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The store in any Consul 1.8 or later, in Patroni's layout (contract §1.4): leader and member key
/// are locked by one session of this process.
///
/// Reads, renewals and publishing are repeated within their own timeout; a transaction that may
/// have been carried out is not, and ends in a [DcsException]. One small thread keeps the session
/// alive and the service registered, another follows the watch.
public final class ConsulDcs implements Dcs {
    private static final Logger LOG = LoggerFactory.getLogger(ConsulDcs.class);
    private static final Duration MAX_BEAT = Duration.ofSeconds(1);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);
    private static final Duration WATCH_PAUSE = Duration.ofMillis(200);
    private static final int ATTEMPTS = 8;

    private final ConsulDcsSettings settings;
    private final ScopeKeys scope;
    private final ConsulCalls calls;
    private final ProcessLease lease;
    private final LeaderLease leader;
    private final LeasedMemberKey member;
    private final RenewalSightings renewals = new RenewalSightings(Deadline::now);
    private final ConsulWatch watch;
    private final ScopeRead scopeRead;
    private final Optional<ServiceRegistration> service;
    private final Lifetime life;

    private ConsulDcs(ConsulDcsSettings settings) {
        this.settings = settings;
        this.scope = new ScopeKeys(settings.basePath());
        this.calls = new ConsulCalls(settings, _ -> agentFailed());
        this.life = new Lifetime(calls.who());
        this.lease =
                new ProcessLease(
                        calls.who(),
                        ConsulSession.ofLeaderKey(settings.ttl()),
                        (ttl, deadline) -> ConsulSession.grant(calls, settings, ttl, deadline));
        this.leader = new LeaderLease(scope, settings.member(), calls, lease, renewals);
        String own = scope.member(settings.member());
        this.member = new LeasedMemberKey(own, lease, new MemberWriting(own, calls));
        this.watch = new ConsulWatch(scope, calls, renewals, settings.ttl());
        this.scopeRead =
                new ScopeRead(scope, calls, settings.access().reads(), lease, member, renewals);
        this.service = settings.service().map(s -> new ServiceRegistration(settings, s, calls));
    }

    /// Starts connecting; calls wait for an answer within their timeouts.
    public static ConsulDcs open(ConsulDcsSettings settings) {
        ConsulDcs dcs = new ConsulDcs(settings);
        Thread.ofVirtual().name(settings.member() + "-session").start(dcs::lookAfterSession);
        Thread.ofVirtual()
                .name(settings.member() + "-watch")
                .start(() -> dcs.watch.run(() -> dcs.life.pause(WATCH_PAUSE)));
        return dcs;
    }

    private void agentFailed() {
        watch.failed();
    }

    private Deadline within(Duration timeout) {
        return life.within(timeout);
    }

    @Override
    public ClusterView read(ReadMode mode, Duration timeout) {
        return scopeRead.read(mode, within(timeout));
    }

    @Override
    public SortedMap<Integer, ClusterView> readGroups(Duration timeout) {
        return scopeRead.readGroups(within(timeout));
    }

    @Override
    public LeaderResult acquireLeader(Duration timeout) {
        return leader.acquire(within(timeout));
    }

    @Override
    public boolean canTakeOver() {
        return true;
    }

    @Override
    public LeaderResult takeOver(Takeover takeover, Duration timeout) {
        return leader.takeOver(takeover, within(timeout));
    }

    @Override
    public Optional<Renewal> renewal() {
        return renewals.renewal();
    }

    @Override
    public LeaderResult renewLeader(Duration timeout) {
        return leader.renew(within(timeout));
    }

    @Override
    public boolean releaseLeader(List<Write> before, Duration timeout) {
        return leader.release(before, within(timeout));
    }

    @Override
    public void publishMember(String json, Duration timeout) {
        member.publish(json, within(timeout));
        service.ifPresent(s -> s.published(json));
    }

    @Override
    public void withdrawMember(Duration timeout) {
        member.withdraw(within(timeout));
    }

    @Override
    public WriteResult write(DcsKey key, String value, Expect expect, Duration timeout) {
        String path = scope.plain(key);
        return once(Txn.of(Txn.is(path, expect), Txn.put(path, value)), within(timeout))
                .<WriteResult>map(written -> new WriteResult.Written(written.getLast().revision()))
                .orElseGet(WriteResult.Conflict::new);
    }

    @Override
    public WriteResult writeAsLeader(DcsKey key, String value, Expect expect, Duration timeout) {
        return leader.write(key, value, expect, within(timeout));
    }

    /// Looked at first, for a transaction cannot say "if it is there".
    @Override
    public WriteResult delete(DcsKey key, Expect expect, Duration timeout) {
        Deadline deadline = within(timeout);
        String path = scope.plain(key);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<KeyValue> seen = calls.repeatable(line -> line.look(path), deadline);
            if (seen.isEmpty()) {
                return new WriteResult.Written(ClusterView.NO_REVISION);
            }
            long revision = seen.get().revision();
            boolean asExpected =
                    switch (expect) {
                        case Expect.Anything _ -> true;
                        case Expect.Absent _ -> false;
                        case Expect.Revision(long wanted) -> wanted == revision;
                    };
            if (!asExpected) {
                return new WriteResult.Conflict();
            }
            boolean cleared = key == DcsKey.FAILOVER; // never deleted (contract §1.2)
            Txn deleting =
                    Txn.of(
                            List.of(Txn.isAt(path, revision)),
                            cleared
                                    ? Txn.put(path, FailoverDocument.CLEARED)
                                    : List.of(Txn.delete(path)));
            Optional<List<KeyValue>> written = once(deleting, deadline);
            if (written.isPresent()) {
                return new WriteResult.Written(
                        cleared ? written.get().getLast().revision() : ClusterView.NO_REVISION);
            }
        }
        throw new DcsException(
                Code.DCS_TIMEOUT,
                calls.who() + ": key " + path + " changed under each of " + ATTEMPTS + " tries");
    }

    private Optional<List<KeyValue>> once(Txn txn, Deadline deadline) {
        try {
            return calls.once(txn, deadline);
        } catch (Refusal e) {
            throw e.asException(calls.who());
        }
    }

    @Override
    public void watch(Consumer<DcsEvent> listener) {
        watch.listen(listener);
    }

    @Override
    public void changeTtl(Duration ttl) {
        lease.want(ConsulSession.ofLeaderKey(ttl));
    }

    @Override
    public Duration grantedTtl() {
        return lease.granted();
    }

    private void lookAfterSession() {
        Duration sixth = ConsulSession.ofLeaderKey(settings.ttl()).dividedBy(6);
        Duration beat = sixth.compareTo(MAX_BEAT) < 0 ? sixth : MAX_BEAT;
        int unknown = 0;
        while (life.pause(beat)) {
            try {
                unknown = renewSession(unknown);
                moveToWantedTtl();
                service.ifPresent(s -> s.follow(lease.granted(), Deadline.in(calls.hop())));
            } catch (DcsException e) {
                LOG.debug("{}: {}", settings.member(), e.getMessage());
            }
            if (leader.isWaitOver()) {
                watch.tell(DcsEvent.LEADER_CHANGED);
            }
        }
    }

    /// A store leader that was just elected may not know the session yet, so it is asked twice.
    ///
    /// @return how often in a row the session was not known
    private int renewSession(int unknownBefore) {
        Lease mine = lease.needed(Deadline.in(lease.granted()));
        Standing standing =
                calls.converse(
                        line -> ConsulSession.renew(line, calls, mine.id()),
                        Deadline.in(lease.granted()));
        if (standing == Standing.ALIVE) {
            return 0;
        }
        if (unknownBefore == 0) {
            return 1;
        }
        LOG.warn(
                "{}: the session is over; leader and member key of this process are gone, a new"
                        + " session is taken",
                calls.who());
        lease.over(mine.id());
        watch.tell(DcsEvent.CONNECTION_CHANGED);
        return 0;
    }

    private void moveToWantedTtl() {
        Deadline deadline = Deadline.in(lease.granted());
        Optional<Lease> next = lease.successor(deadline);
        if (next.isEmpty()) {
            return;
        }
        try {
            if (leader.moveTo(next.get(), deadline)) {
                lease.adopt(next.get());
                member.moveTo(next.get(), deadline);
                LOG.info("{}: the session now lasts {}", settings.member(), next.get().granted());
            }
        } catch (DcsException e) {
            if (e.code() == Code.DCS_SESSION_EXPIRED) {
                lease.over(next.get().id()); // another one at the next try
            }
            throw e;
        }
    }

    @Override
    public void close() {
        if (life.isOver()) {
            return;
        }
        life.end();
        watch.close();
        Deadline deadline = Deadline.in(CLOSE_PATIENCE);
        try {
            service.ifPresent(s -> s.close(deadline));
            leader.releaseIfHeld(deadline);
            lease.end().forEach(l -> ConsulSession.destroy(calls, l.id(), deadline));
        } catch (DcsException e) {
            LOG.debug("{}: the session runs out: {}", settings.member(), e.getMessage());
        }
        calls.close();
    }

    /// Stops as a killed process does: the session runs out in the store.
    void abandon() {
        life.end();
        watch.close();
        calls.close();
    }

    /// For tests that destroy it.
    String sessionId() {
        return lease.needed(Deadline.in(settings.ttl())).id();
    }
}
