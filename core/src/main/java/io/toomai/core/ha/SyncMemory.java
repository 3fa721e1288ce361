package io.toomai.core.ha;

import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/// What synchronous mode remembers between cycles: since which WAL position the live
/// `synchronous_standby_names` is in force, and who has confirmed since.
///
/// @param names the parameter's text that was last seen
/// @param since flush position when it was first seen
/// @param ready standbys named in it that have confirmed at or beyond `since`
public record SyncMemory(String names, Lsn since, SortedSet<MemberName> ready) {
    public static final SyncMemory EMPTY =
            new SyncMemory("", Lsn.ZERO, Collections.emptySortedSet());

    public SyncMemory {
        ready = Collections.unmodifiableSortedSet(new TreeSet<>(ready));
    }
}
