package io.toomai.api.heartbeat;

import io.toomai.core.ha.Heartbeat;
import io.toomai.core.ha.PeerStatus;
import io.toomai.core.ha.Pledge;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.util.Optional;
import java.util.TreeSet;

/// Heartbeats for tests.
public final class Beats {
    public static final MemberName PG1 = new MemberName("pg1");
    public static final MemberName PG2 = new MemberName("pg2");
    public static final MemberName PG3 = new MemberName("pg3");
    public static final Pledge PLEDGE = new Pledge(PG1, 42, 11);

    private Beats() {}

    /// pg2, a standby that hears nobody.
    public static Heartbeat at(long position) {
        return at(position, Optional.empty());
    }

    public static Heartbeat at(long position, Optional<Pledge> pledge) {
        return new Heartbeat(
                PG2,
                PeerStatus.Standing.STANDBY,
                new Lsn(position),
                new Timeline(3),
                PeerStatus.Eligibility.ELIGIBLE,
                1,
                new TreeSet<>(),
                pledge,
                Optional.empty(),
                Heartbeat.Clients.NONE);
    }

    /// The same as a line of `GET /heartbeats`.
    public static HeartbeatLine line(long boot, long count, Heartbeat heartbeat) {
        return new HeartbeatLine(new HeartbeatLine.Sender("batman", boot), count, heartbeat);
    }
}
