package io.toomai.core.ha;

import io.toomai.core.cluster.History;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.core.model.Timeline;

/// What the server that a standby cluster follows said of itself. It is asked beside the loop, so
/// an answer may be older than this cycle; nothing rests on it alone.
public sealed interface RemoteReading {
    /// This node need not know.
    record NotAsked() implements RemoteReading {}

    /// @param since when it ceased to answer, or was first asked
    record Silent(String why, MonoTime since) implements RemoteReading {}

    /// @param server that answered, of several the primary
    /// @param end of its WAL
    /// @param history of its timeline
    record Answered(
            Upstream.Server server,
            SystemIdentifier system,
            PeerStatus.Standing standing,
            Timeline timeline,
            Lsn end,
            History history,
            MonoTime at)
            implements RemoteReading {
        boolean isPrimary() {
            return standing == PeerStatus.Standing.PRIMARY;
        }
    }

    RemoteReading NOT_ASKED = new NotAsked();
}
