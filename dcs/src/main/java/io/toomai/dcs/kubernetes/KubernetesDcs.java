package io.toomai.dcs.kubernetes;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.Lifetime;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.kubernetes.ApiRequest.Resource;
import io.toomai.dcs.kubernetes.KubernetesAccess.Mode;
import io.toomai.dcs.kubernetes.KubernetesAccess.Routing;
import io.toomai.dcs.kubernetes.LeaderSighting.Standing;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The store in annotations of a Kubernetes namespace, in Patroni's layout (contract §1.4).
/// Kubernetes ends no lease: each member judges for itself whether the leader has renewed, and a
/// lease is never taken over before its end (decision 0015). Members are pods and stay as long as
/// Kubernetes keeps them.
///
/// Two small threads follow the watches, one notices the end of the leader's lease, one looks after
/// token, servers and ttl.
public final class KubernetesDcs implements Dcs {
    private static final Logger LOG = LoggerFactory.getLogger(KubernetesDcs.class);
    private static final Duration BEAT = Duration.ofSeconds(1);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);
    private static final Duration WATCH_PAUSE = Duration.ofSeconds(1);
    private static final Duration TOKEN_AGE = Duration.ofSeconds(30);

    private final KubernetesAccess settings;
    private final ScopeObjects objects;
    private final KubernetesApi api;
    private final LeaderSighting sighting;
    private final AnnouncedTtl ttl;
    private final MemberPod pod;
    private final PlainObjects plain;
    private final LeaderLease leader;
    private final ScopeWatch watch;
    private final ScopeRead scopeRead;
    private final Lifetime life;

    private KubernetesDcs(KubernetesAccess settings) {
        this.settings = settings;
        this.objects = new ScopeObjects(settings);
        this.api = new KubernetesApi(settings, this::serverFailed);
        this.life = new Lifetime(api.who());
        this.sighting = new LeaderSighting(Deadline::now, settings.ttl());
        this.ttl = new AnnouncedTtl(settings.ttl());
        this.pod =
                new MemberPod(
                        settings.member(),
                        settings.namespace(),
                        api,
                        new RoleLabelling(settings.roleLabels()));
        this.plain = new PlainObjects(objects, api);
        LeaderAddress address =
                new LeaderAddress(settings.mode(), settings.namespace(), settings.member());
        this.leader =
                new LeaderLease(
                        objects,
                        settings.member(),
                        new LeaderLease.Tools(api, plain, sighting, address, ttl),
                        pod::forget);
        ScopeWatch.Sightings sightings = new OwnSightings(address);
        this.watch = new ScopeWatch(api, objects, sightings, settings.ttl());
        this.scopeRead = new ScopeRead(objects, api, sighting, leader, sightings);
    }

    private final class OwnSightings implements ScopeWatch.Sightings {
        private final LeaderAddress address;

        OwnSightings(LeaderAddress address) {
            this.address = address;
        }

        @Override
        public void heardObject(StoredObject object) {
            if (object.name().equals(objects.leader())) {
                sighting.heard(object);
            }
        }

        @Override
        public void heardPod(StoredObject heard) {
            if (heard.name().equals(settings.member().value())) {
                pod.seen(Optional.of(heard));
                address.seen(heard);
            }
        }
    }

    /// Starts connecting; calls wait for an answer within their timeouts.
    public static KubernetesDcs open(KubernetesAccess settings) {
        KubernetesDcs dcs = new KubernetesDcs(settings);
        dcs.start("objects", () -> dcs.watch.runObjects(() -> dcs.life.pause(WATCH_PAUSE)));
        dcs.start("pods", () -> dcs.watch.runPods(() -> dcs.life.pause(WATCH_PAUSE)));
        dcs.start("lease-end", dcs::noticeTheEnd);
        dcs.start("upkeep", dcs::upkeep);
        return dcs;
    }

    private void start(String name, Runnable body) {
        Thread.ofVirtual().name(settings.member() + "-" + name).start(body);
    }

    private void serverFailed(Endpoint server) {
        watch.failed(server);
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
    public LeaderResult renewLeader(Duration timeout) {
        return leader.renew(within(timeout));
    }

    @Override
    public boolean releaseLeader(List<Write> before, Duration timeout) {
        return leader.release(before, within(timeout));
    }

    @Override
    public void publishMember(String json, Duration timeout) {
        RoleLabelling.Standing standing =
                leader.isHeld() ? RoleLabelling.Standing.LEADER : RoleLabelling.Standing.OTHER;
        pod.publish(json, standing, within(timeout));
    }

    @Override
    public void withdrawMember(Duration timeout) {
        pod.withdraw(within(timeout));
    }

    @Override
    public WriteResult write(DcsKey key, String value, Expect expect, Duration timeout) {
        return plain.write(key, value, expect, within(timeout));
    }

    @Override
    public WriteResult writeAsLeader(DcsKey key, String value, Expect expect, Duration timeout) {
        return leader.write(key, value, expect, within(timeout));
    }

    @Override
    public WriteResult delete(DcsKey key, Expect expect, Duration timeout) {
        return plain.delete(key, expect, within(timeout));
    }

    @Override
    public void watch(Consumer<DcsEvent> listener) {
        watch.listen(listener);
    }

    @Override
    public void changeTtl(Duration wanted) {
        ttl.want(wanted);
    }

    @Override
    public Duration grantedTtl() {
        return ttl.granted();
    }

    /// Nobody tells that a lease is over, so listeners are told when this process finds it so.
    private void noticeTheEnd() {
        boolean over = true;
        Duration wait = BEAT;
        while (life.pause(wait)) {
            Optional<MonoTime> end = sighting.endsAt();
            boolean now = end.isPresent() && sighting.standing() instanceof Standing.Vacant;
            if (now && !over) {
                watch.tell(DcsEvent.LEADER_CHANGED);
            }
            over = now;
            Duration left = end.map(e -> e.since(Deadline.now())).orElse(BEAT);
            wait = left.isPositive() && left.compareTo(BEAT) < 0 ? left : BEAT;
        }
    }

    private void upkeep() {
        Deadline tokenFresh = Deadline.in(TOKEN_AGE);
        Deadline serversFresh = Deadline.in(Duration.ZERO);
        boolean service = settings.mode() instanceof Mode.ConfigMaps;
        Duration wait = Duration.ZERO;
        while (life.pause(wait)) {
            wait = BEAT;
            try {
                if (tokenFresh.isOver()) {
                    api.token().refresh();
                    tokenFresh = Deadline.in(TOKEN_AGE);
                }
                if (settings.api().routing() == Routing.SERVERS && serversFresh.isOver()) {
                    api.discover(Deadline.in(settings.ttl()));
                    serversFresh = Deadline.in(settings.ttl());
                }
                if (ttl.isToBeLengthened()) {
                    leader.renew(Deadline.in(settings.ttl()));
                }
                service = service || keepService();
            } catch (DcsException e) {
                LOG.debug("{}: {}", settings.member(), e.getMessage());
            }
        }
    }

    /// Endpoints without a service of their name are removed by Kubernetes, so the one that holds
    /// the configuration gets one. Where this pod may not create it the operator has.
    ///
    /// @return whether nothing is left to do
    private boolean keepService() {
        Json spec = Json.Obj.EMPTY.with("clusterIP", "None");
        ApiRequest create =
                ApiRequest.create(
                        Resource.SERVICES,
                        settings.namespace(),
                        objects.body(
                                Resource.SERVICES,
                                objects.config(),
                                Json.Obj.EMPTY,
                                Map.of("spec", spec)));
        try {
            api.repeatable(create, Deadline.in(settings.ttl())); // there already is as good
            return true;
        } catch (DcsException e) {
            if (e.code() != Code.DCS_DENIED) {
                throw e;
            }
            LOG.info("{}; without a service Kubernetes may remove the endpoints", e.getMessage());
            return true;
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
            if (leader.isHeld()) {
                leader.release(List.of(), deadline);
            }
            pod.withdraw(deadline);
        } catch (DcsException e) {
            LOG.debug("{}: the lease runs out: {}", settings.member(), e.getMessage());
        }
        api.close();
    }

    /// How many ways there are to reach the API, for tests.
    int knownServers() {
        return api.servers().order().size();
    }

    /// Stops as a killed process does: its lease runs out in the eyes of others.
    void abandon() {
        life.end();
        watch.close();
        api.close();
    }
}
