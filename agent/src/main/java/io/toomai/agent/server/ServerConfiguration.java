package io.toomai.agent.server;

import io.toomai.settings.EffectivePostgres;
import java.util.Optional;

/// What files and command line of the local server are rendered from.
///
/// @param postgres merged settings (contract §4.1)
/// @param strictSync whether a promotion begins with `*` instead of nobody in
///   `synchronous_standby_names`
/// @param remote present in a standby cluster
public record ServerConfiguration(
        EffectivePostgres postgres, StrictSync strictSync, Optional<Remote> remote) {
    /// `synchronous_mode_strict` while synchronous mode is on.
    public enum StrictSync {
        OFF,
        ON
    }
}
