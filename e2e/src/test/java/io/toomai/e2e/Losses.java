package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;

/// What a cluster on a store that others run must survive.
final class Losses {
    private Losses() {}

    /// How a whole node is lost.
    interface Loss {
        void of(TestNode node) throws IOException;
    }

    /// The postmaster of the leader dies, then the whole node of its successor, long before its
    /// lease ends. Nothing that was confirmed is lost.
    static void ofAPostmasterAndANode(TestCluster cluster, Loss loss)
            throws IOException, SQLException {
        TestNode first = cluster.leader();
        try (RowWriter writer = RowWriter.on(cluster)) {
            writer.awaitProgress();
            first.killPostmaster();
            TestNode second = cluster.leaderAfter(first);
            writer.awaitProgress();
            cluster.awaitHealthy();
            loss.of(second);
            TestNode third = cluster.leaderAfter(second);
            writer.awaitProgress();
            assertThat(third.log()).contains("taking over from " + second.name());
            second.start();
            cluster.awaitHealthy();
            writer.assertNothingLost(third);
            // Nothing of the embedded store has been in it.
            assertThat(Files.exists(third.folder().resolve("toomai/store"))).isFalse();
        }
    }
}
