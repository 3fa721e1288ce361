package io.toomai.settings;

import java.util.List;
import java.util.Optional;

/// `standby_cluster`: the remote that the leader of this cluster follows.
///
/// @param host may name several, separated by commas
/// @param port may name several, separated by commas
public record StandbyCluster(
        Optional<String> host,
        Optional<String> port,
        Optional<String> primarySlotName,
        List<String> createReplicaMethods,
        Optional<String> restoreCommand,
        Optional<String> archiveCleanupCommand,
        Optional<String> recoveryMinApplyDelay) {
    public StandbyCluster {
        createReplicaMethods = List.copyOf(createReplicaMethods);
    }
}
