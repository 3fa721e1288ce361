package io.toomai.core.ha;

import io.toomai.core.model.MemberName;
import java.time.Duration;
import java.util.Optional;

/// What an operator asked of this node through REST and what waits to be decided.
public sealed interface Wish {
    record Nothing() implements Wish {}

    /// Restart PostgreSQL.
    ///
    /// @param timeout how long the start may take
    record Restart(Duration timeout) implements Wish {}

    /// Throw the data away and clone again.
    ///
    /// @param source preferred member to clone from
    record Reinitialize(Optional<MemberName> source) implements Wish {}

    /// The agent was asked to stop: PostgreSQL stops cleanly and the key is released.
    record ShutDown() implements Wish {}
}
