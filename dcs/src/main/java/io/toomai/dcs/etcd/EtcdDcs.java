package io.toomai.dcs.etcd;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.ha.Renewal;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
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
import io.toomai.dcs.document.FailoverDocument;
import io.toomai.dcs.document.ScopeKeys;
import io.toomai.dcs.etcd.EtcdLease.KeptAlive;
import io.toomai.dcs.etcd.EtcdLease.Standing;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.http.Refusal;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The store in any etcd 3.4 or later, in Patroni's layout (contract §1.4): leader and member key
/// hang on one lease of this process.
///
/// Reads, renewals and publishing are repeated at the next server within their own timeout; a
/// transaction that may have been carried out is not, and ends in a [DcsException]. One small
/// thread keeps the lease alive, another follows the watch.
public final class EtcdDcs implements Dcs {
    private static final Logger LOG = LoggerFactory.getLogger(EtcdDcs.class);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);
    private static final Duration WATCH_PAUSE = Duration.ofMillis(200);

    private static final int USUAL_PORT = 2379;

    /// Member list and DNS are asked again after so many ttl (contract §1.4).
    private static final int DISCOVERY_TTLS = 10;

    private final EtcdSettings settings;
    private final ScopeKeys scope;
    private final EtcdCalls calls;
    private final ProcessLease lease;
    private final LeaderLease leader;
    private final LeasedMemberKey member;
    private final RenewalSightings renewals = new RenewalSightings(Deadline::now);
    private final EtcdWatch watch;
    private final ScopeRead scopeRead;
    private final Lifetime life;

    /// When the latest keepalive was sent that the store has counted.
    private volatile MonoTime keptAlive = Deadline.now();

    private EtcdDcs(EtcdSettings settings) {
        this.settings = settings;
        this.scope = new ScopeKeys(settings.basePath());
        this.calls = new EtcdCalls(settings, this::endpointFailed);
        this.life = new Lifetime(calls.who());
        this.lease =
                new ProcessLease(
                        calls.who(),
                        EtcdLease.wholeSeconds(settings.ttl()),
                        (ttl, deadline) -> EtcdLease.grant(calls, ttl, deadline));
        this.leader = new LeaderLease(scope, settings.member(), calls, lease);
        String own = scope.member(settings.member());
        this.member = new LeasedMemberKey(own, lease, new MemberWriting(own, calls));
        this.watch = new EtcdWatch(scope, calls, renewals, settings.ttl());
        this.scopeRead = new ScopeRead(scope, calls, lease, member, renewals, watch);
    }

    /// Starts connecting; calls wait for an answer within their timeouts.
    public static EtcdDcs open(EtcdSettings settings) {
        EtcdDcs dcs = new EtcdDcs(settings);
        Thread.ofVirtual().name(settings.member() + "-lease").start(dcs::lookAfterLease);
        Thread.ofVirtual()
                .name(settings.member() + "-watch")
                .start(() -> dcs.watch.run(() -> dcs.life.pause(WATCH_PAUSE)));
        return dcs;
    }

    private void endpointFailed(Endpoint endpoint) {
        watch.failed(endpoint);
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
        LeaderResult result = leader.renew(within(timeout));
        if (result instanceof LeaderResult.Held(var sent)) {
            keptAlive = sent;
        }
        return result;
    }

    @Override
    public boolean releaseLeader(List<Write> before, Duration timeout) {
        return leader.release(before, within(timeout));
    }

    @Override
    public void publishMember(String json, Duration timeout) {
        member.publish(json, within(timeout));
    }

    @Override
    public void withdrawMember(Duration timeout) {
        member.withdraw(within(timeout));
    }

    @Override
    public WriteResult write(DcsKey key, String value, Expect expect, Duration timeout) {
        String path = scope.plain(key);
        Txn txn =
                new Txn(List.of(), List.of(Txn.put(path, value)), List.of())
                        .alsoIf(Txn.is(path, expect));
        GatewayReply reply = once(txn, timeout);
        return reply.succeeded()
                ? new WriteResult.Written(reply.revision())
                : new WriteResult.Conflict();
    }

    @Override
    public WriteResult writeAsLeader(DcsKey key, String value, Expect expect, Duration timeout) {
        return leader.write(key, value, expect, within(timeout));
    }

    @Override
    public WriteResult delete(DcsKey key, Expect expect, Duration timeout) {
        String path = scope.plain(key);
        boolean cleared = key == DcsKey.FAILOVER; // never deleted (contract §1.2)
        Json step = cleared ? Txn.put(path, FailoverDocument.CLEARED) : Txn.delete(path);
        Txn txn =
                new Txn(List.of(Txn.exists(path)), List.of(step), List.of(Txn.get(path)))
                        .alsoIf(Txn.is(path, expect));
        GatewayReply reply = once(txn, timeout);
        if (!reply.succeeded() && reply.shown().isPresent()) {
            return new WriteResult.Conflict();
        }
        return new WriteResult.Written(
                reply.succeeded() && cleared ? reply.revision() : ClusterView.NO_REVISION);
    }

    private GatewayReply once(Txn txn, Duration timeout) {
        try {
            return calls.once(Txn.PATH, txn.json(), within(timeout));
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
        lease.want(EtcdLease.wholeSeconds(ttl));
    }

    @Override
    public Duration grantedTtl() {
        return lease.granted();
    }

    private void lookAfterLease() {
        Duration discovery = settings.ttl().multipliedBy(DISCOVERY_TTLS);
        Deadline fresh = Deadline.in(Duration.ZERO);
        int unknown = 0;
        while (life.pause(lease.granted().dividedBy(6))) {
            try {
                if (fresh.isOver()) {
                    discover();
                    fresh = Deadline.in(discovery);
                }
                if (unknown > 0 || isKeepAliveDue()) {
                    unknown = keepAlive(unknown);
                }
                moveToWantedTtl();
            } catch (DcsException e) {
                LOG.debug("{}: {}", settings.member(), e.getMessage());
            }
        }
    }

    /// The third beat after the last one. The renewals of a leader keep its lease alive too.
    private boolean isKeepAliveDue() {
        Duration twoBeatsAndAHalf = lease.granted().multipliedBy(5).dividedBy(12);
        return Deadline.now().since(keptAlive).compareTo(twoBeatsAndAHalf) >= 0;
    }

    /// A store leader that was just elected may not know the lease yet, so it is asked twice.
    ///
    /// @return how often in a row the lease was not known
    private int keepAlive(int unknownBefore) {
        Lease mine = lease.needed(Deadline.in(settings.ttl()));
        KeptAlive kept =
                calls.converse(
                        line -> EtcdLease.keepAlive(line, mine.id()), Deadline.in(settings.ttl()));
        if (kept.standing() == Standing.ALIVE) {
            keptAlive = kept.sent();
            return 0;
        }
        if (unknownBefore == 0) {
            return 1;
        }
        LOG.warn(
                "{}: the lease is over; leader and member key of this process are gone, a new lease"
                        + " is taken",
                calls.who());
        lease.over(mine.id());
        watch.lost();
        return 0;
    }

    private void moveToWantedTtl() {
        Deadline deadline = Deadline.in(settings.ttl());
        Optional<Lease> next = lease.successor(deadline);
        if (next.isPresent() && leader.moveTo(next.get(), deadline)) {
            lease.adopt(next.get());
            member.moveTo(next.get(), deadline);
            LOG.info("{}: the lease now lasts {}", settings.member(), next.get().granted());
        }
    }

    private void discover() {
        settings.srv()
                .map(SrvLookup::endpoints)
                .filter(found -> !found.isEmpty())
                .ifPresent(calls.endpoints()::configure);
        switch (settings.discovery()) {
            case NONE -> {} // they are proxies
            case MEMBER_LIST -> {
                GatewayReply reply =
                        calls.repeatable(
                                "/v3/cluster/member/list",
                                Json.Obj.EMPTY,
                                Deadline.in(settings.ttl()));
                calls.endpoints()
                        .discovered(
                                reply.body().at("members").items().stream()
                                        .flatMap(m -> m.at("clientURLs").items().stream())
                                        .flatMap(url -> url.string().stream())
                                        .flatMap(url -> Endpoint.ofUrl(url, USUAL_PORT).stream())
                                        .toList());
            }
        }
    }

    @Override
    public void close() {
        if (life.isOver()) {
            return;
        }
        life.end();
        watch.close();
        try {
            Deadline deadline = Deadline.in(CLOSE_PATIENCE);
            lease.end().forEach(l -> EtcdLease.revoke(calls, l.id(), deadline));
        } catch (DcsException e) {
            LOG.debug("{}: the lease runs out: {}", settings.member(), e.getMessage());
        }
        calls.close();
    }

    /// Stops as a killed process does: the lease runs out in the store.
    void abandon() {
        life.end();
        watch.close();
        calls.close();
    }

    /// The number of the lease, for tests that revoke it.
    String leaseId() {
        return lease.needed(Deadline.in(settings.ttl())).id();
    }
}
