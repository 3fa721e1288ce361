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
        NOT_RUNNING;

        /// What a node whose PostgreSQL is that tells of itself.
        public static Standing of(LocalPostgres postgres) {
            return switch (postgres) {
                case LocalPostgres.Primary _ -> PRIMARY;
                case LocalPostgres.Standby _ -> STANDBY;
                case LocalPostgres.WithoutData _,
                        LocalPostgres.Stopped _,
                        LocalPostgres.Starting _,
                        LocalPostgres.Unresponsive _ ->
                        NOT_RUNNING;
            };
        }
    }

    /// Whether the peer may lead.
    enum Eligibility {
        ELIGIBLE,
        NOFAILOVER
    }
}
