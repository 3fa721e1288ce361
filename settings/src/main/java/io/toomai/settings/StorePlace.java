package io.toomai.settings;

import io.toomai.core.model.MemberName;
import java.nio.file.Path;
import java.util.Optional;

/// The keys of one cluster in a store, and who asks for them: all that a connection needs.
///
/// @param group of a Citus cluster; absent for any other
/// @param asking the member, or whoever looks at the store as an operator
/// @param files folder for what a store's client wants as files
public record StorePlace(
        ConsensusStore store,
        String namespace,
        String scope,
        Optional<Integer> group,
        MemberName asking,
        Path files) {
    /// The path of this cluster with a slash at the end: `/service/batman/`, or
    /// `/service/batman/0/` for a group of a Citus cluster.
    public String clusterPath() {
        return clusterPath(namespace, scope) + group.map(number -> number + "/").orElse("");
    }

    static String clusterPath(String namespace, String scope) {
        String trimmed = namespace.replaceAll("^/+|/+$", "");
        return trimmed.isEmpty() ? "/" + scope + "/" : "/" + trimmed + "/" + scope + "/";
    }
}
