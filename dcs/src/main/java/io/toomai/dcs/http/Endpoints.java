package io.toomai.dcs.http;

import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which servers there are, which of them failed lately, and in what order a call tries them.
/// Thread-safe; nothing here waits.
public final class Endpoints {
    private static final Logger LOG = LoggerFactory.getLogger(Endpoints.class);
    private static final Duration MARK = Duration.ofSeconds(5);
    private static final int MAX = 32;

    private final String who;
    private final Consumer<Endpoint> onFailure;

    // Guarded by this.
    private List<Endpoint> known;
    private List<Endpoint> configured;
    private final Map<Endpoint, MonoTime> failedUntil = new HashMap<>();
    private int preferred;

    /// @param onFailure hears of each server that failed; returns at once
    Endpoints(List<Endpoint> configured, String who, Consumer<Endpoint> onFailure) {
        this.configured = configured;
        this.known = configured;
        this.who = who;
        this.onFailure = onFailure;
    }

    /// For one call: the one that served last, the others, and last those that failed lately. Each
    /// call has a list of its own, so that two that fail at once do not skip a server.
    public synchronized List<Endpoint> order() {
        List<Endpoint> good = new ArrayList<>();
        List<Endpoint> failed = new ArrayList<>();
        for (int i = 0; i < known.size(); i++) {
            Endpoint endpoint = known.get((preferred + i) % known.size());
            MonoTime until = failedUntil.get(endpoint);
            boolean marked = until != null && Deadline.now().isBefore(until);
            (marked ? failed : good).add(endpoint);
        }
        good.addAll(failed);
        return good;
    }

    public void failed(Endpoint endpoint, Exception why) {
        boolean first;
        synchronized (this) {
            MonoTime before = failedUntil.put(endpoint, Deadline.now().plus(MARK));
            first = before == null || !Deadline.now().isBefore(before);
        }
        if (first) {
            LOG.info("{}: endpoint {} failed: {}", who, endpoint, why.getMessage());
        }
        onFailure.accept(endpoint);
    }

    public synchronized void served(Endpoint endpoint) {
        failedUntil.remove(endpoint);
        int index = known.indexOf(endpoint);
        if (index >= 0) {
            preferred = index;
        }
    }

    /// What the DNS says takes the place of what was configured.
    public synchronized void configure(List<Endpoint> found) {
        configured = found;
        discovered(List.of());
    }

    /// What the store's own list of members says comes after what was configured, which is known to
    /// be an address that this node can reach.
    public synchronized void discovered(List<Endpoint> members) {
        Endpoint current = known.isEmpty() ? null : known.get(preferred);
        LinkedHashSet<Endpoint> all = new LinkedHashSet<>(configured);
        all.addAll(members);
        known = all.stream().limit(MAX).toList();
        failedUntil.keySet().retainAll(known);
        preferred = Math.max(0, known.indexOf(current));
    }
}
