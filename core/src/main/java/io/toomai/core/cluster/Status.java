package io.toomai.core.cluster;

import io.toomai.core.model.Lsn;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The `status` key: how far the leader has written (contract §1.2, §1.5).
///
/// @param optime last position the leader published
/// @param slots position of each slot on the leader
public record Status(Lsn optime, Map<String, Lsn> slots, List<String> retainSlots) {
    public static final Status UNKNOWN = new Status(Lsn.ZERO, Map.of(), List.of());

    public Status {
        slots = Collections.unmodifiableMap(new TreeMap<>(slots));
        retainSlots = List.copyOf(retainSlots);
    }
}
