package io.toomai.simulation;

import io.toomai.core.model.MemberName;
import java.util.ArrayDeque;

/// One process's session with the store.
final class StoreSession {
    final MemberName owner;

    /// When the store has certainly heard of it last.
    private long heard;

    /// When the latest request that has arrived was sent.
    private long lastSent;

    /// Requests of which the store will learn: from when on, and when they arrived.
    private final ArrayDeque<long[]> learning = new ArrayDeque<>();

    /// When the latest request arrives that keeps its place.
    long arrival;

    /// The newest version that it has seen: no read goes back behind it.
    int seen;

    boolean alive = true;

    StoreSession(MemberName owner, long now) {
        this.owner = owner;
        this.heard = now;
        this.lastSent = now;
    }

    /// A request that was sent at `sent` has arrived; only the one before it counts at once.
    void arrived(long sent, long now, long knownFrom) {
        counts(lastSent);
        lastSent = sent;
        while (!learning.isEmpty() && learning.peek()[0] <= now) {
            counts(learning.remove()[1]);
        }
        learning.add(new long[] {knownFrom, now});
    }

    /// Nothing before `at` is held against it.
    void counts(long at) {
        heard = Math.max(heard, at);
    }

    /// When the store has heard of it last, as far as it knows now.
    long heard(long now) {
        for (long[] request : learning) {
            if (request[0] <= now) {
                counts(request[1]);
            }
        }
        return heard;
    }
}
