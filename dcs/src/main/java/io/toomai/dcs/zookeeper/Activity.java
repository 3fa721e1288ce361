package io.toomai.dcs.zookeeper;

import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/// Since when a session's timeout certainly counts. Thread-safe.
///
/// The ZooKeeper leader alone decides when a session is over. It learns that a client is alive not
/// from the client's requests that a follower forwards, but from the follower's answer to the
/// leader's next ping, at most half a tick later. So the answer to request B proves that the leader
/// has counted request A when A had been answered at least one tick before B was sent: since then
/// the leader has pinged, and the follower's answers to leader and client keep their order. It
/// proves nothing about B itself. A leader that changed in between has granted every session its
/// full timeout anew, later than A; a client that moved to another server was counted at that
/// moment, also later than A. (Decision 0003.)
final class Activity {
    private final Duration lag;

    /// Answered requests, oldest first; at most about eight, because closer ones are not kept.
    private final Deque<Seen> answered = new ArrayDeque<>();

    private MonoTime counted;

    private record Seen(MonoTime sent, MonoTime answered) {}

    /// @param born when the request for the session was not yet sent; creating a session counts by
    ///   itself
    Activity(MonoTime born, Duration lag) {
        this.counted = born;
        this.lag = lag;
    }

    synchronized void answered(MonoTime sent, MonoTime at) {
        advance(sent);
        Seen last = answered.peekLast();
        if (last == null || !at.isBefore(last.answered().plus(lag.dividedBy(8)))) {
            answered.addLast(new Seen(sent, at));
        }
    }

    /// @param proof when a request was sent that has now been answered
    synchronized MonoTime countsFrom(MonoTime proof) {
        advance(proof);
        return counted;
    }

    private void advance(MonoTime proof) {
        Seen oldest = answered.peekFirst();
        while (oldest != null && !proof.isBefore(oldest.answered().plus(lag))) {
            if (counted.isBefore(oldest.sent())) {
                counted = oldest.sent();
            }
            answered.removeFirst();
            oldest = answered.peekFirst();
        }
    }
}
