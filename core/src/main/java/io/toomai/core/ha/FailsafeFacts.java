package io.toomai.core.ha;

import io.toomai.core.model.MonoTime;
import java.util.Optional;

/// What a node knows of failsafe mode.
///
/// @param topology the `/failsafe` that is remembered
/// @param promise what this node owes another
/// @param carriedUntil how long the members' acceptances carry this leader; absent when they do not
/// @param obstacle who has not accepted when asked last, and why
public record FailsafeFacts(
        FailsafeTopology topology,
        FailsafePromise promise,
        Optional<MonoTime> carriedUntil,
        Optional<String> obstacle) {
    /// Nothing was ever asked or promised.
    public static final FailsafeFacts NONE =
            new FailsafeFacts(
                    FailsafeTopology.UNKNOWN,
                    new FailsafePromise.None(),
                    Optional.empty(),
                    Optional.empty());
}
