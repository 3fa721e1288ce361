package io.toomai.settings;

import io.toomai.core.model.MemberName;
import java.util.List;
import java.util.Optional;

/// What a settings file says of this node's member of the embedded store; it need not say anything
/// of PostgreSQL. A witness runs with it, and the store's own commands find the member by it. Build
/// it with `SettingsFile.loadStoreNode`.
///
/// @param clusterPath where the cluster's keys are, with a slash at the end; without a scope none
public record StoreNode(
        MemberName name, Optional<String> clusterPath, LogSettings log, StoreSettings store) {

    /// What reading the file gave.
    public sealed interface Loading {
        record Loaded(StoreNode node, List<Warning> warnings) implements Loading {}

        record Refused(LoadResult.Rejected why) implements Loading {}
    }
}
