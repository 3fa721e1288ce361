package io.toomai.core.ha;

import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;

/// What another member answered to `GET /patroni` in this cycle (contract §2.3).
public sealed interface PeerStatus {
    MemberName name();

    record Reachable(
            MemberName name,
            Standing standing,
            Lsn position,
            Timeline timeline,
            Eligibility eligibility,
            long failoverPriority)
            implements PeerStatus {}

    record Unreachable(MemberName name, String why) implements PeerStatus {}

    /// What the peer's PostgreSQL is.
    enum Standing {
        PRIMARY,
        STANDBY,
        /// It answered, but its PostgreSQL did not: it can neither lead nor veto.
        NOT_RUNNING
    }

    /// Whether the peer may lead.
    enum Eligibility {
        ELIGIBLE,
        NOFAILOVER
    }
}
