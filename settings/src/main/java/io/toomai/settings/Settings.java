package io.toomai.settings;

import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;

/// Everything a node's file and environment say, checked and complete. Immutable: a reload makes a
/// new one. Build it with `SettingsFile.load`.
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
        ConsensusStore store,
        ToomaiSettings toomai) {
    /// The DCS path of this cluster with a slash at the end: `/service/batman/`.
    public String clusterPath() {
        return clusterPath(namespace, scope);
    }

    static String clusterPath(String namespace, String scope) {
        String trimmed = namespace.replaceAll("^/+|/+$", "");
        return trimmed.isEmpty() ? "/" + scope + "/" : "/" + trimmed + "/" + scope + "/";
    }
}
