package io.toomai.api.rest;

import io.toomai.api.peer.RemoteStatus;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.Timeline;
import java.util.Optional;

/// What peers answer.
final class Peers {
    private Peers() {}

    /// A standby that may lead.
    static RemoteStatus fit() {
        return new RemoteStatus.Reachable(
                MemberState.RUNNING,
                MemberRole.REPLICA,
                RemoteStatus.Standing.STANDBY,
                new RemoteStatus.Wal(Optional.empty(), new Lsn(5), new Lsn(5)),
                new Timeline(1),
                Tags.NONE,
                RemoteStatus.Watchdog.FINE,
                Optional.empty(),
                Optional.empty());
    }
}
