package io.toomai.simulation;

import io.toomai.core.model.MemberName;

/// One process's session with the store.
final class StoreSession {
    final MemberName owner;

    /// When the store has certainly heard of it last.
    long heard;

    /// When the latest request that has arrived was sent.
    long lastSent;

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
}
