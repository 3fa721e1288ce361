package io.toomai.dcs.etcd;

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
final class EtcdEndpoints {
    private static final Logger LOG = LoggerFactory.getLogger(EtcdEndpoints.class);
    private static final Duration MARK = Duration.ofSeconds(5);
    private static final int MAX = 32;

    private final String who;
    private final Consumer<EtcdEndpoint> onFailure;

    // Guarded by this.
    private List<EtcdEndpoint> known;
    private List<EtcdEndpoint> configured;
    private final Map<EtcdEndpoint, MonoTime> failedUntil = new HashMap<>();
    private int preferred;

    /// @param onFailure hears of each server that failed; returns at once
    EtcdEndpoints(List<EtcdEndpoint> configured, String who, Consumer<EtcdEndpoint> onFailure) {
        this.configured = configured;
        this.known = configured;
        this.who = who;
        this.onFailure = onFailure;
    }

    /// For one call: the one that served last, the others, and last those that failed lately. Each
    /// call has a list of its own, so that two that fail at once do not skip a server.
    synchronized List<EtcdEndpoint> order() {
        List<EtcdEndpoint> good = new ArrayList<>();
        List<EtcdEndpoint> failed = new ArrayList<>();
        for (int i = 0; i < known.size(); i++) {
            EtcdEndpoint endpoint = known.get((preferred + i) % known.size());
            MonoTime until = failedUntil.get(endpoint);
            boolean marked = until != null && Deadline.now().isBefore(until);
            (marked ? failed : good).add(endpoint);
        }
        good.addAll(failed);
        return good;
    }

    void failed(EtcdEndpoint endpoint, Exception why) {
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

    synchronized void served(EtcdEndpoint endpoint) {
        failedUntil.remove(endpoint);
        int index = known.indexOf(endpoint);
        if (index >= 0) {
            preferred = index;
        }
    }

    /// What the DNS says takes the place of what was configured.
    synchronized void configure(List<EtcdEndpoint> found) {
        configured = found;
        discovered(List.of());
    }

    /// What etcd's member list says comes after what was configured, which is known to be an
    /// address that this node can reach.
    synchronized void discovered(List<EtcdEndpoint> members) {
        EtcdEndpoint current = known.isEmpty() ? null : known.get(preferred);
        LinkedHashSet<EtcdEndpoint> all = new LinkedHashSet<>(configured);
        all.addAll(members);
        known = all.stream().limit(MAX).toList();
        failedUntil.keySet().retainAll(known);
        preferred = Math.max(0, known.indexOf(current));
    }
}
