package io.toomai.settings;

import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;
import java.util.Optional;

/// Everything a node's file and environment say, checked and complete. Immutable: a reload makes a
/// new one. Build it with `SettingsFile.load`.
///
/// @param etcd3 present when etcd is the store; `store` has no voters then
public record Settings(
        MemberName name,
        String scope,
        String namespace,
        RestApiSettings restapi,
        CtlSettings ctl,
        BootstrapSettings bootstrap,
        PostgresSettings postgresql,
        Tags tags,
        LogSettings log,
        WatchdogSettings watchdog,
        StoreSettings store,
        Optional<Etcd3Settings> etcd3,
        ToomaiSettings toomai) {
    /// The DCS path of this cluster with a slash at the end: `/service/batman/`.
    public String clusterPath() {
        String trimmed = namespace.replaceAll("^/+|/+$", "");
        return trimmed.isEmpty() ? "/" + scope + "/" : "/" + trimmed + "/" + scope + "/";
    }
}
