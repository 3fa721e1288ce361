package io.toomai.settings;

import java.nio.file.Path;

/// The rest of the `toomai` section.
///
/// @param dataDir the agent's own state: journal, cache of peers
/// @param journalViews how many views the journal keeps
/// @param unauthenticated `toomai.restapi.unauthenticated`
/// @param compatibility `toomai.compat.patroni`
public record ToomaiSettings(
        Path dataDir,
        int journalViews,
        Unauthenticated unauthenticated,
        Compatibility compatibility) {
    /// Whether Toomai does as Patroni does also where that is worse (decision 0024).
    public enum Compatibility {
        OFF,
        STRICT
    }

    /// What happens to calls of other hosts that change something when nothing protects the REST
    /// API (decision 0004).
    public enum Unauthenticated {
        REFUSE,
        ALLOW
    }
}
