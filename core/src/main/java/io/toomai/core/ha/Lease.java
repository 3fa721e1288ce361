package io.toomai.core.ha;

import io.toomai.core.model.MonoTime;

/// What the lease guard of this process holds.
public sealed interface Lease {
    record NotHeld() implements Lease {}

    /// @param until last moment at which nobody else can hold the leader key
    record Held(MonoTime until) implements Lease {}
}
