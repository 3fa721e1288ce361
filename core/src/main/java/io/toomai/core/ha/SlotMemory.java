package io.toomai.core.ha;

import io.toomai.core.model.MonoTime;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// What the rules for slots remember from one cycle to the next.
///
/// @param seen on the leader: when the member with that slot was last present
/// @param told slots that the log has said to be nobody's
/// @param copyNotBefore earliest moment of the next restart for copied slots
public record SlotMemory(
        Map<String, MonoTime> seen, SortedSet<String> told, Optional<MonoTime> copyNotBefore) {
    public static final SlotMemory EMPTY =
            new SlotMemory(Map.of(), Collections.emptySortedSet(), Optional.empty());

    public SlotMemory {
        seen = Collections.unmodifiableMap(new TreeMap<>(seen));
        told = Collections.unmodifiableSortedSet(new TreeSet<>(told));
    }
}
