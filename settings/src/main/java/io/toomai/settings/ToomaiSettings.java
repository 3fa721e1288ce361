package io.toomai.settings;

import java.nio.file.Path;
import java.util.Optional;

/// The rest of the `toomai` section.
///
/// @param dataDir the agent's own state: journal, cache of peers
/// @param journalViews how many views the journal keeps
/// @param unauthenticated `toomai.restapi.unauthenticated`
/// @param compatibility `toomai.compat.patroni`
/// @param proxy `toomai.proxy`; absent where the node runs none
public record ToomaiSettings(
        Path dataDir,
        int journalViews,
        Unauthenticated unauthenticated,
        Compatibility compatibility,
        Optional<ProxySection> proxy) {
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
