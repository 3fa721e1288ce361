package io.toomai.proxy.net;

import io.toomai.proxy.console.Overview.Stand;
import io.toomai.proxy.console.Overview.Standing;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Since when each thing stands as it does: how it stands is told again and again, and each change
/// counts from when it was told first. Not thread safe.
final class Standings {
    private final Map<String, Entry> entries = new HashMap<>();

    /// @param nanosDown before `since`
    private record Entry(Stand stand, long since, long falls, long nanosDown) {
        long down(long now) {
            return nanosDown + (isUp(stand) ? 0 : now - since);
        }
    }

    /// Not to have been tried is no fall.
    private static boolean isUp(Stand stand) {
        return stand == Stand.UP || stand == Stand.UNTRIED;
    }

    /// @param now monotonic, in nanoseconds
    Standing tell(String key, Stand stand, long now) {
        Entry entry = entries.get(key);
        if (entry == null) {
            entry = new Entry(stand, now, 0, 0);
        } else if (entry.stand() != stand) {
            long fallen = isUp(entry.stand()) && !isUp(stand) ? 1 : 0;
            entry = new Entry(stand, now, entry.falls() + fallen, entry.down(now));
        }
        entries.put(key, entry);
        return new Standing(
                stand,
                TimeUnit.NANOSECONDS.toSeconds(now - entry.since()),
                entry.falls(),
                TimeUnit.NANOSECONDS.toSeconds(entry.down(now)));
    }

    /// All others are forgotten.
    void keep(Set<String> keys) {
        entries.keySet().retainAll(keys);
    }
}
