package io.toomai.core.ha;

import io.toomai.core.model.Lsn;
import java.util.Optional;

/// One row of `pg_replication_slots`.
public record SlotFacts(String name, Kind kind, Activity activity, Optional<Lsn> restart) {
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
}
