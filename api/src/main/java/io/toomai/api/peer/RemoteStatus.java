package io.toomai.api.peer;

import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import java.util.Optional;

/// What another member answered to `GET /patroni`, as Patroni's own members read it (contract
/// §2.3).
public sealed interface RemoteStatus {
    /// The member answers and its PostgreSQL could be queried.
    ///
    /// @param timeline `UNKNOWN` when not told
    /// @param replicationState `streaming` or `in archive recovery`, when told
    record Reachable(
            MemberState state,
            MemberRole role,
            Standing standing,
            Wal wal,
            Timeline timeline,
            Tags tags,
            Watchdog watchdog,
            Optional<String> replicationState,
            Optional<SystemIdentifier> system)
            implements RemoteStatus {
        /// The position that counts when members are compared.
        public Lsn position() {
            return wal.location().orElse(Lsn.max(wal.received(), wal.replayed()));
        }
    }

    /// The member answers, but its PostgreSQL told nothing: for a race it counts as unreachable.
    record WithoutPostgres(MemberState state, MemberRole role, Tags tags) implements RemoteStatus {}

    record Unreachable(Fault fault, String why) implements RemoteStatus {}

    /// Positions as told.
    ///
    /// @param location present on a primary
    record Wal(Optional<Lsn> location, Lsn received, Lsn replayed) {}

    /// What the member's PostgreSQL is.
    enum Standing {
        PRIMARY,
        STANDBY
    }

    /// `watchdog_failed`.
    enum Watchdog {
        FINE,
        FAILED
    }

    /// Why there is no answer. The first two are told by a living host: its agent is gone.
    enum Fault {
        REFUSED,
        RESET,
        TIMED_OUT,
        UNKNOWN_HOST,
        UNTRUSTED,
        BAD_ANSWER,
        OTHER
    }
}
