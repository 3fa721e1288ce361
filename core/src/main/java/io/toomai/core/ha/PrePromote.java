package io.toomai.core.ha;

import io.toomai.core.model.MonoTime;

/// What this node remembers of the operator's `pre_promote` script; see [PrePromotePolicy].
public sealed interface PrePromote {
    /// Nothing that still counts.
    record NotAsked() implements PrePromote {}

    /// It was asked under the key that has been held since; an older answer does not count.
    record Asked(MonoTime since) implements PrePromote {}

    /// It failed, and the key was given up for that.
    record Refused(MonoTime at) implements PrePromote {}
}
