package io.toomai.agent.server;

import io.toomai.core.cluster.Tags;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.PermanentSlot;
import io.toomai.core.ha.SlotFacts;
import io.toomai.core.ha.SlotRules;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The parameters without which logical slots on standbys are worth nothing (contract §4.4).
public final class SlotParameters {
    private static final int SYNCHRONIZES_SLOTS = 17;
    private static final Map.Entry<String, String> ROWS_ARE_KEPT =
            Map.entry("hot_standby_feedback", "on");
    private static final Map.Entry<String, String> SYNCHRONIZATION =
            Map.entry("sync_replication_slots", "on");

    private SlotParameters() {}

    /// Overrides what is configured. A member that may not lead passes on what those behind it
    /// need, so it has no exception.
    ///
    /// @param major version of PostgreSQL, e.g. 17
    public static SortedMap<String, String> of(SlotRules rules, Tags tags, int major) {
        TreeMap<String, String> parameters = new TreeMap<>();
        boolean decoded =
                rules.permanent().stream()
                        .anyMatch(slot -> slot.kind() instanceof PermanentSlot.Logical);
        if (rules.use() == SlotRules.Use.UNUSED || tags.nostream() || !decoded) {
            return parameters;
        }
        put(parameters, ROWS_ARE_KEPT);
        boolean carried =
                rules.permanent().stream()
                        .anyMatch(slot ->
                                slot.kind() instanceof PermanentSlot.Logical logical
                                        && logical.carrier() == PermanentSlot.Carrier.SERVER);
        if (major >= SYNCHRONIZES_SLOTS
                && carried
                && tags.replicatefrom().isEmpty()
                && !tags.nofailover()) {
            put(parameters, SYNCHRONIZATION);
        }
        return parameters;
    }

    /// What a standby needs besides for as long as it has slots that PostgreSQL 17 has brought
    /// there: once the primary has dropped them, nobody but the synchronization may drop them here,
    /// and until then they keep WAL.
    static SortedMap<String, String> whileItHas(LocalPostgres seen) {
        TreeMap<String, String> parameters = new TreeMap<>();
        if (seen instanceof LocalPostgres.Standby standby
                && standby.server().slots().stream()
                        .anyMatch(slot -> slot.has(SlotFacts.Trait.SYNCED))) {
            put(parameters, ROWS_ARE_KEPT);
            put(parameters, SYNCHRONIZATION);
        }
        return Collections.unmodifiableSortedMap(parameters);
    }

    private static void put(
            SortedMap<String, String> parameters, Map.Entry<String, String> parameter) {
        parameters.put(parameter.getKey(), parameter.getValue());
    }
}
