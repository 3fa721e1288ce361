package io.toomai.agent.server;

import io.toomai.core.ha.WalSender;
import io.toomai.core.model.Lsn;
import io.toomai.postgres.sql.ServerReading;
import java.util.List;
import java.util.Optional;

/// What REST tells of PostgreSQL beyond [io.toomai.core.ha.LocalPostgres].
///
/// @param senders walsenders, whatever the role
/// @param latestEnd last position that the upstream reported
/// @param replayedTimestamp `pg_last_xact_replay_timestamp()` as text
public record ServerDetails(
        List<WalSender> senders, Optional<Lsn> latestEnd, Optional<String> replayedTimestamp) {
    public static final ServerDetails NONE =
            new ServerDetails(List.of(), Optional.empty(), Optional.empty());

    public ServerDetails {
        senders = List.copyOf(senders);
    }

    static ServerDetails of(ServerReading reading) {
        return new ServerDetails(
                reading.senders(),
                Optional.empty(),
                reading.side() instanceof ServerReading.Side.Standby standby
                        ? standby.replayedAt()
                        : Optional.empty());
    }
}
