package io.toomai.settings;

import java.nio.file.Path;

/// The rest of the `toomai` section.
///
/// @param dataDir the agent's own state: journal, cache of peers
/// @param journalViews how many views the journal keeps
/// @param unauthenticated `toomai.restapi.unauthenticated`
public record ToomaiSettings(Path dataDir, int journalViews, Unauthenticated unauthenticated) {
    /// What happens to calls of other hosts that change something when nothing protects the REST
    /// API (decision 0004).
    public enum Unauthenticated {
        REFUSE,
        ALLOW
    }
}
