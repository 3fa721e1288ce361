package io.toomai.proxy.net;

import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Database;
import io.toomai.proxy.console.Right;
import io.toomai.proxy.route.Route;
import java.util.Optional;

/// A client that has said who it is and must prove it.
///
/// @param database absent for one that does not exist: that is told only to whom is known
/// @param route where it is led
/// @param configuration that was in force when it came
record Applicant(
        Identity identity,
        Arrival arrival,
        Optional<Database> database,
        Route route,
        Gate.Proof.By proof,
        Configuration configuration) {
    /// It wants to speak with the proxy itself.
    boolean isForConsole() {
        return identity.database().equals(Right.DATABASE);
    }
}
