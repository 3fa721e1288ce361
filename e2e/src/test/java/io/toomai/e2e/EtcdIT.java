package io.toomai.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A cluster that keeps its state in a real etcd. What the store's adapter promises is shown by the
/// contract kits; this shows that agents stand on it.
class EtcdIT {
    /// Longer than the takeover may take.
    private static final int TTL = 30;

    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    @ParameterizedTest
    @EnumSource(Etcd.Release.class)
    void aClusterOnEtcdLosesItsPostmasterAndANode(Etcd.Release release)
            throws IOException, SQLException {
        try (Etcd etcd = Etcd.start(release, dir)) {
            TestCluster cluster =
                    CLUSTERS.own(etcd.storeOf(new Plan(Postgres.V15, 3, "true", TTL))).start();
            Losses.ofAPostmasterAndANode(cluster, TestNode::killEverything);
        }
    }
}
