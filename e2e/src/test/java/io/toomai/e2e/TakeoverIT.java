package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.SQLException;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// With a lease of half a minute, voters take over from a dead or frozen leader before it ends, and
/// lose nothing that was confirmed (design.md §5).
class TakeoverIT {
    private static final int TTL = 30;

    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    private static TestCluster cluster(String mode) {
        return CLUSTERS.own(new Plan(Postgres.V15, 3, mode, TTL)).start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "quorum"})
    void aDeadLeaderIsTakenOverBeforeItsLeaseEnds(String mode) throws SQLException, IOException {
        TestCluster cluster = cluster(mode);
        TestNode old = cluster.leader();
        try (RowWriter writer = RowWriter.on(cluster)) {
            writer.awaitProgress();
            old.killEverything();
            TestNode next = cluster.leaderAfter(old);
            writer.awaitProgress();
            assertThat(next.log()).contains("taking over from " + old.name());
            old.start();
            cluster.awaitHealthy();
            writer.assertNothingLost(next);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "quorum"})
    void aFrozenLeaderIsTakenOverAndFollows(String mode) throws SQLException {
        TestCluster cluster = cluster(mode);
        TestNode old = cluster.leader();
        try (RowWriter onOld = RowWriter.on(old, java.util.List.of(old), 60);
                RowWriter onOthers = RowWriter.on(old, cluster.others(old), 3)) {
            onOld.awaitProgress();
            old.freeze();
            TestNode next = cluster.leaderAmong(cluster.others(old));
            onOthers.awaitProgress();
            assertThat(next.log()).contains("taking over from " + old.name());
            old.thaw();
            cluster.awaitHealthy();
            // What the frozen primary confirmed, before or after it woke, is in the one history.
            onOld.assertNothingLost(next);
            onOthers.assertNothingLost(next);
        }
    }
}
