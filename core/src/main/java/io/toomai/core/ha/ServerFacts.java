package io.toomai.core.ha;

import io.toomai.core.cluster.Member.PendingValue;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What any running PostgreSQL tells about itself.
///
/// @param serverVersion `server_version_num`, e.g. 150018
/// @param startTime `pg_postmaster_start_time()` as text, UTC
/// @param slots its replication slots
/// @param pendingRestart parameters whose new value waits for a restart
public record ServerFacts(
        SystemIdentifier system,
        Timeline timeline,
        int serverVersion,
        String startTime,
        List<SlotFacts> slots,
        Map<String, PendingValue> pendingRestart) {
    public ServerFacts {
        slots = List.copyOf(slots);
        pendingRestart = Collections.unmodifiableMap(new TreeMap<>(pendingRestart));
    }

    /// With more parameters that wait for a restart.
    public ServerFacts waitingAlsoFor(Map<String, PendingValue> more) {
        Map<String, PendingValue> all = new TreeMap<>(pendingRestart);
        all.putAll(more);
        return new ServerFacts(system, timeline, serverVersion, startTime, slots, all);
    }

    /// The same server with more known of its slots.
    public ServerFacts withSlots(List<SlotFacts> next) {
        return new ServerFacts(system, timeline, serverVersion, startTime, next, pendingRestart);
    }
}
