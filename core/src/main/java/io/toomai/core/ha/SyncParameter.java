package io.toomai.core.ha;

import io.toomai.core.model.MemberName;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/// What `synchronous_standby_names` demands: `count` of `names` must have a commit before it is
/// confirmed. Nobody is waited for when `count` is 0.
public record SyncParameter(int count, SortedSet<MemberName> names) {
    public static final SyncParameter NOBODY = new SyncParameter(0, Collections.emptySortedSet());

    public SyncParameter {
        names = Collections.unmodifiableSortedSet(new TreeSet<>(names));
        if (count < 0 || count > names.size() || (count == 0 && !names.isEmpty())) {
            throw new IllegalArgumentException(count + " of " + names);
        }
    }

    /// As many as there are, at most `wanted`, must confirm.
    static SyncParameter any(int wanted, SortedSet<MemberName> names) {
        return new SyncParameter(Math.min(wanted, names.size()), names);
    }
}
