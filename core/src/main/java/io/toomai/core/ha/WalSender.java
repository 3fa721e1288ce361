package io.toomai.core.ha;

import io.toomai.core.model.Lsn;
import java.util.Optional;

/// One row of `pg_stat_replication`.
///
/// @param state `streaming`, `catchup`, `backup`, …
/// @param syncState `sync`, `quorum`, `potential` or `async`
/// @param flushed position that the standby has made durable
public record WalSender(
        String user,
        String applicationName,
        String clientAddress,
        String state,
        String syncState,
        int syncPriority,
        Optional<Lsn> written,
        Optional<Lsn> flushed,
        Optional<Lsn> replayed) {

    public boolean isStreaming() {
        return state.equals("streaming");
    }

    /// Whether a standby receives WAL from it, or will have caught up soon.
    public boolean isFollowed() {
        return isStreaming() || state.equals("catchup");
    }
}
