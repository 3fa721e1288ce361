package io.toomai.dcs.kubernetes;

import java.time.Duration;

/// The ttl that observers are told, and what the holder may count on: never more than observers
/// have been told for certain, and less from the moment on that less is wanted. Thread-safe.
final class AnnouncedTtl {
    // Guarded by this.
    private Duration wanted;
    private Duration announced;
    private Duration holderCountsOn;
    private long announcedAt = StoredObject.NO_VERSION;
    private Key key = Key.NOT_HELD;

    /// Whether somebody may count on what was announced.
    private enum Key {
        HELD,
        NOT_HELD
    }

    AnnouncedTtl(Duration ttl) {
        this.wanted = whole(ttl);
        this.announced = wanted;
        this.holderCountsOn = wanted;
    }

    /// Annotations hold whole seconds; nobody counts on the rest.
    private static Duration whole(Duration ttl) {
        return Duration.ofSeconds(Math.max(1, ttl.toSeconds()));
    }

    synchronized void want(Duration ttl) {
        wanted = whole(ttl);
        if (key == Key.NOT_HELD) {
            announced = wanted;
        }
    }

    synchronized Duration granted() {
        return wanted.compareTo(announced) < 0 ? wanted : announced;
    }

    /// What the next renewal tells observers. A shorter one only after a renewal has been answered
    /// that the holder began when it counted on the shorter one already: a promise that was made by
    /// the longer one would outlive the lease.
    synchronized Duration toTell() {
        boolean shorter = wanted.compareTo(announced) < 0;
        return shorter && !holderCountsOn.equals(wanted) ? announced : wanted;
    }

    synchronized boolean isToBeLengthened() {
        return key == Key.HELD && wanted.compareTo(announced) > 0;
    }

    /// The object has had that ttl since that version of it.
    synchronized void told(Duration ttl, long version) {
        key = Key.HELD;
        if (version > announcedAt) {
            announced = ttl;
            announcedAt = version;
        }
    }

    /// @param granted what the holder was granted when it began a renewal that was answered
    synchronized void holderCountsOn(Duration granted) {
        holderCountsOn = granted;
    }

    /// Nobody counts on anything. What was announced stays: a key that is being taken at this
    /// moment is announced with it.
    synchronized void nothingHeld() {
        key = Key.NOT_HELD;
    }
}
