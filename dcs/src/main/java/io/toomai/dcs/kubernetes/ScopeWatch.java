package io.toomai.dcs.kubernetes;

import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.http.Endpoint;
import io.toomai.dcs.kubernetes.ApiRequest.Resource;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The two watches on a scope, one on its objects and one on its pods, and what they tell: the
/// listeners, the record of the leader's renewals and this member's own pod. Listeners run on the
/// watches' threads.
final class ScopeWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ScopeWatch.class);
    private static final Duration MIN_SILENCE = Duration.ofSeconds(1);

    private final String who;
    private final ApiWatch objects;
    private final ApiWatch pods;
    private final List<Consumer<DcsEvent>> listeners = new CopyOnWriteArrayList<>();

    ScopeWatch(KubernetesApi api, ScopeObjects scope, Sightings sightings, Duration ttl) {
        this.who = api.who();
        Duration third = ttl.dividedBy(3);
        Duration silence = third.compareTo(MIN_SILENCE) < 0 ? MIN_SILENCE : third;
        ApiRequest allObjects =
                ApiRequest.list(scope.resource(), scope.namespace(), scope.selector());
        ApiRequest allPods = ApiRequest.list(Resource.PODS, scope.namespace(), scope.selector());
        this.objects =
                new ApiWatch(
                        api,
                        allObjects,
                        silence,
                        new Hearing(scope) {
                            @Override
                            Set<DcsEvent> see(StoredObject object) {
                                sightings.heardObject(object);
                                return events.object(object);
                            }
                        });
        this.pods =
                new ApiWatch(
                        api,
                        allPods,
                        silence,
                        new Hearing(scope) {
                            @Override
                            Set<DcsEvent> see(StoredObject pod) {
                                sightings.heardPod(pod);
                                return events.pod(pod);
                            }
                        });
    }

    /// Who else wants to know what a watch saw; returns at once.
    interface Sightings {
        void heardObject(StoredObject object);

        void heardPod(StoredObject pod);
    }

    /// One watch's part.
    private abstract class Hearing implements ApiWatch.Listener {
        final ScopeEvents events;
        private Health health = Health.SOUND;

        Hearing(ScopeObjects scope) {
            this.events = new ScopeEvents(scope);
        }

        /// @return what it means to listeners
        abstract Set<DcsEvent> see(StoredObject object);

        @Override
        public void all(List<StoredObject> all) {
            Set<DcsEvent> moved = new HashSet<>();
            Set<String> missing = new HashSet<>(events.names());
            for (StoredObject object : all) {
                missing.remove(object.name());
                moved.addAll(see(object));
            }
            missing.forEach(name -> moved.addAll(events.gone(name)));
            moved.forEach(ScopeWatch.this::tell);
        }

        @Override
        public void changed(StoredObject object) {
            see(object).forEach(ScopeWatch.this::tell);
        }

        @Override
        public void gone(StoredObject object) {
            events.gone(object.name()).forEach(ScopeWatch.this::tell);
        }

        @Override
        public void broken(Exception why) {
            if (health == Health.SOUND) {
                health = Health.BROKEN;
                LOG.info("{}: a watch broke, changes are seen later: {}", who, why.getMessage());
                tell(DcsEvent.CONNECTION_CHANGED);
            }
        }

        @Override
        public void whole() {
            if (health == Health.BROKEN) {
                health = Health.SOUND;
                tell(DcsEvent.CONNECTION_CHANGED);
            }
        }
    }

    /// Whether the listeners know that events may have been late or lost.
    private enum Health {
        SOUND,
        BROKEN
    }

    void listen(Consumer<DcsEvent> listener) {
        listeners.add(listener);
    }

    void tell(DcsEvent event) {
        for (Consumer<DcsEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException e) {
                // A listener's fault must not end the watch.
                LOG.error("{}: a listener of {} failed", who, event, e);
            }
        }
    }

    void failed(Endpoint server) {
        objects.failed(server);
        pods.failed(server);
    }

    void runObjects(Runnable pause) {
        objects.run(pause);
    }

    void runPods(Runnable pause) {
        pods.run(pause);
    }

    void close() {
        objects.close();
        pods.close();
    }
}
