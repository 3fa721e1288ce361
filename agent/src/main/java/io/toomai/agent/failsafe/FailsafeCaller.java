package io.toomai.agent.failsafe;

import java.time.Duration;
import java.util.Optional;

/// Asks one member whether this leader may go on without the store.
public interface FailsafeCaller {
    /// Waits for `limit`, longer only for a resolver that hangs.
    ///
    /// @param statusUrl of the member, as `/failsafe` names it
    /// @param ttl for how long an acceptance counts
    /// @return why it did not accept; empty when it did
    Optional<String> ask(String statusUrl, Duration ttl, Duration limit);
}
