package io.toomai.core.model;

import java.time.Duration;

/// A reading of the monotonic clock of one process, in nanoseconds from an arbitrary start. Leases
/// and deadlines use this, never the wall clock.
public record MonoTime(long nanos) {
    public boolean isBefore(MonoTime other) {
        return nanos - other.nanos < 0;
    }

    public MonoTime plus(Duration duration) {
        return new MonoTime(nanos + duration.toNanos());
    }

    public MonoTime minus(Duration duration) {
        return new MonoTime(nanos - duration.toNanos());
    }

    /// Time from `earlier` until this reading; negative when `earlier` is later.
    public Duration since(MonoTime earlier) {
        return Duration.ofNanos(nanos - earlier.nanos);
    }

    public static MonoTime earliest(MonoTime a, MonoTime b) {
        return a.isBefore(b) ? a : b;
    }
}
