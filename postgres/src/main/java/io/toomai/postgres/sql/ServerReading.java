package io.toomai.postgres.sql;

import io.toomai.core.cluster.Member.PendingValue;
import io.toomai.core.ha.LocalPostgres.Replay;
import io.toomai.core.ha.SlotFacts;
import io.toomai.core.ha.WalSender;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The answer to the one query that asks a running server for everything.
///
/// @param startTime `pg_postmaster_start_time()`, UTC
public record ServerReading(
        Side side,
        SystemIdentifier system,
        int serverVersion,
        String startTime,
        List<SlotFacts> slots,
        Map<String, PendingValue> pendingRestart,
        List<WalSender> senders) {

    public ServerReading {
        slots = List.copyOf(slots);
        pendingRestart = Map.copyOf(pendingRestart);
        senders = List.copyOf(senders);
    }

    /// What differs in recovery.
    public sealed interface Side {
        /// @param timeline right at once after a promotion
        record Primary(Timeline timeline, Lsn flushed, String synchronousStandbyNames)
                implements Side {}

        /// @param received zero when nothing was streamed since the start
        /// @param receiver absent when no WAL receiver lives
        /// @param replayedAt commit time of the last replayed transaction, as text, UTC
        record Standby(
                Lsn received,
                Lsn replayed,
                Optional<Receiver> receiver,
                String primaryConninfo,
                Replay replay,
                Optional<String> replayedAt)
                implements Side {}
    }

    /// A living WAL receiver.
    public record Receiver(String status, Timeline timeline) {}
}
