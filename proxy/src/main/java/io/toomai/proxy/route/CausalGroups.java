package io.toomai.proxy.route;

import io.toomai.core.model.Lsn;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/// The groups of a proxy by their names. Of those without a connection some are kept; what the
/// others had written counts for all that come later, so that nothing is forgotten. Not thread
/// safe: belongs to an event loop.
public final class CausalGroups {
    private final int room;
    private final Map<Name, CausalGroup> groups = new LinkedHashMap<>(16, 0.75f, true);
    private Lsn floor = Lsn.ZERO;

    /// @param user who logged in
    public record Name(String database, String user, String group) {}

    /// @param room how many are kept that may be unused
    public CausalGroups(int room) {
        this.room = room;
    }

    public CausalGroup of(Name name) {
        CausalGroup known = groups.get(name);
        if (known != null) {
            return known;
        }
        if (groups.size() >= room) {
            forgetOldest();
        }
        CausalGroup made = new CausalGroup(floor);
        groups.put(name, made);
        return made;
    }

    private void forgetOldest() {
        Iterator<CausalGroup> oldest = groups.values().iterator();
        while (oldest.hasNext()) {
            CausalGroup group = oldest.next();
            if (group.isUnused() && group.needed().isPresent()) {
                floor = Lsn.max(floor, group.needed().get());
                oldest.remove();
                return;
            }
        }
    }

    int size() {
        return groups.size();
    }
}
