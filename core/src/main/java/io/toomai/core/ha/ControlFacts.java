package io.toomai.core.ha;

import io.toomai.core.model.Lsn;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;

/// What `global/pg_control` says; readable while PostgreSQL is down.
///
/// @param timeline of the latest checkpoint
/// @param checkpoint start of the latest checkpoint record
/// @param minRecoveryEnd end of WAL that a standby has replayed at least; zero on a primary
public record ControlFacts(
        SystemIdentifier system,
        State state,
        Timeline timeline,
        Lsn checkpoint,
        Lsn minRecoveryEnd,
        Timeline minRecoveryTimeline) {

    /// `DBState` of PostgreSQL's pg_control.h, in its order.
    public enum State {
        STARTING_UP,
        SHUT_DOWN,
        SHUT_DOWN_IN_RECOVERY,
        SHUTTING_DOWN,
        IN_CRASH_RECOVERY,
        IN_ARCHIVE_RECOVERY,
        IN_PRODUCTION
    }
}
