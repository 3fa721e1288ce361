package io.toomai.core.ha;

import io.toomai.core.model.Lsn;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// One row of `pg_replication_slots`, and what this node knows of it beyond that.
///
/// @param restart oldest WAL that it keeps
/// @param confirmed up to where the client of a logical slot has confirmed
/// @param decoding of a logical slot
public record SlotFacts(
        String name,
        Kind kind,
        Activity activity,
        Optional<Lsn> restart,
        Optional<Lsn> confirmed,
        Optional<Decoding> decoding,
        Set<Trait> traits) {
    public SlotFacts {
        traits = traits.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(traits));
    }

    /// A physical slot, or one of whose decoding nothing is known.
    public SlotFacts(String name, Kind kind, Activity activity, Optional<Lsn> restart) {
        this(name, kind, activity, restart, Optional.empty(), Optional.empty(), Set.of());
    }

    /// The same slot, of which more is known.
    public SlotFacts with(Set<Trait> more) {
        EnumSet<Trait> all = EnumSet.noneOf(Trait.class);
        all.addAll(traits);
        all.addAll(more);
        return new SlotFacts(name, kind, activity, restart, confirmed, decoding, all);
    }

    /// Whether that is true of it.
    public boolean has(Trait trait) {
        return traits.contains(trait);
    }

    boolean isIdle() {
        return activity == Activity.INACTIVE;
    }

    /// `slot_type`.
    public enum Kind {
        PHYSICAL,
        LOGICAL
    }

    /// Whether a client streams from it now.
    public enum Activity {
        ACTIVE,
        INACTIVE
    }

    /// What a logical slot decodes, and by what.
    public record Decoding(String database, String plugin) {}

    /// What is true of a slot beyond its positions.
    public enum Trait {
        /// It keeps old versions of rows (`xmin`).
        HOLDS_ROWS,
        /// `wal_status` is `lost`: the WAL that it needs is gone.
        WAL_LOST,
        /// PostgreSQL 17 brings it to the standbys.
        FAILOVER,
        /// PostgreSQL 17 has brought it here.
        SYNCED,
        /// It belonged to a member or stood in the configuration while this node had it.
        MANAGED,
        /// A logical slot on a standby whose catalog rows the leader is known to keep.
        SAFE
    }
}
