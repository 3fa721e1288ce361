package io.toomai.dcs.kubernetes;

import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.http.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which servers there are, which of them failed lately, and in what order a call tries them.
/// Thread-safe; nothing here waits.
final class ApiServers {
    private static final Logger LOG = LoggerFactory.getLogger(ApiServers.class);
    private static final Duration MARK = Duration.ofSeconds(5);
    private static final int MAX = 32;

    private final Endpoint service;
    private final String who;
    private final Consumer<Endpoint> onFailure;

    // Guarded by this.
    private List<Endpoint> known;
    private final Map<Endpoint, MonoTime> failedUntil = new HashMap<>();
    private int preferred;

    /// @param onFailure hears of each server that failed; returns at once
    ApiServers(Endpoint service, String who, Consumer<Endpoint> onFailure) {
        this.service = service;
        this.known = List.of(service);
        this.who = who;
        this.onFailure = onFailure;
    }

    /// For one call: the one that served last, the others, and last those that failed lately. Each
    /// call has a list of its own, so that two that fail at once do not skip a server.
    synchronized List<Endpoint> order() {
        List<Endpoint> good = new ArrayList<>();
        List<Endpoint> failed = new ArrayList<>();
        for (int i = 0; i < known.size(); i++) {
            Endpoint server = known.get((preferred + i) % known.size());
            MonoTime until = failedUntil.get(server);
            boolean marked = until != null && Deadline.now().isBefore(until);
            (marked ? failed : good).add(server);
        }
        good.addAll(failed);
        return good;
    }

    void failed(Endpoint server, String why) {
        boolean first;
        synchronized (this) {
            MonoTime before = failedUntil.put(server, Deadline.now().plus(MARK));
            first = before == null || !Deadline.now().isBefore(before);
        }
        if (first) {
            LOG.info("{}: server {} failed: {}", who, server, why);
        }
        onFailure.accept(server);
    }

    synchronized void served(Endpoint server) {
        failedUntil.remove(server);
        int index = known.indexOf(server);
        if (index >= 0) {
            preferred = index;
        }
    }

    /// The servers behind the service, as it names them. The service stays the last resort.
    synchronized void discovered(List<Endpoint> behind) {
        Endpoint current = known.get(preferred);
        List<Endpoint> all = new ArrayList<>(behind.stream().distinct().limit(MAX).toList());
        all.add(service);
        known = List.copyOf(all);
        failedUntil.keySet().retainAll(known);
        boolean stays = !current.equals(service) && known.contains(current);
        preferred = stays ? known.indexOf(current) : 0;
    }
}
