package io.toomai.agent.server;

import io.toomai.settings.EffectivePostgres;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What files and command line of the local server are rendered from.
///
/// @param postgres merged settings (contract §4.1)
/// @param strictSync whether a promotion begins with `*` instead of nobody in
///   `synchronous_standby_names`
/// @param remote present in a standby cluster
/// @param forced parameters that the rules need, whatever is configured
public record ServerConfiguration(
        EffectivePostgres postgres,
        StrictSync strictSync,
        Optional<Remote> remote,
        SortedMap<String, String> forced) {
    public ServerConfiguration {
        forced = Collections.unmodifiableSortedMap(new TreeMap<>(forced));
    }

    ServerConfiguration with(EffectivePostgres other) {
        return new ServerConfiguration(other, strictSync, remote, forced);
    }

    ServerConfiguration forcing(SortedMap<String, String> more) {
        TreeMap<String, String> all = new TreeMap<>(forced);
        all.putAll(more);
        return new ServerConfiguration(postgres, strictSync, remote, all);
    }

    /// `synchronous_mode_strict` while synchronous mode is on.
    public enum StrictSync {
        OFF,
        ON
    }
}
