package io.toomai.agent.loop;

import io.toomai.core.cluster.Tags;
import io.toomai.core.ha.PermanentSlot;
import io.toomai.core.ha.SlotRules;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// The parameters without which logical slots on standbys are worth nothing (contract §4.4).
final class SlotParameters {
    private static final int SYNCHRONIZES_SLOTS = 17;

    private SlotParameters() {}

    /// Overrides what is configured. A member that may not lead passes on what those behind it
    /// need, so it has no exception.
    static SortedMap<String, String> of(SlotRules rules, Tags tags, int major) {
        List<PermanentSlot.Logical> logical =
                rules.permanent().stream()
                        .flatMap(slot ->
                                slot.kind() instanceof PermanentSlot.Logical found
                                        ? java.util.stream.Stream.of(found)
                                        : java.util.stream.Stream.empty())
                        .toList();
        TreeMap<String, String> parameters = new TreeMap<>();
        if (rules.use() == SlotRules.Use.UNUSED || tags.nostream() || logical.isEmpty()) {
            return parameters;
        }
        parameters.put("hot_standby_feedback", "on");
        boolean carried =
                logical.stream().anyMatch(l -> l.carrier() == PermanentSlot.Carrier.SERVER);
        if (major >= SYNCHRONIZES_SLOTS
                && carried
                && tags.replicatefrom().isEmpty()
                && !tags.nofailover()) {
            parameters.put("sync_replication_slots", "on");
        }
        return parameters;
    }
}
