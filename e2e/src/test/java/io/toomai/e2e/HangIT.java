package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.e2e.Processes.Signal;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A primary's PostgreSQL that lives and serves nobody, while its agent is well (decision 0010).
class HangIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    private static TestCluster cluster(String mode) throws IOException {
        TestCluster cluster = CLUSTERS.own(new Plan(Postgres.V15, 3, mode, 30)).start();
        cluster.patch("{\"toomai\": {\"probe_timeout\": 3}}");
        return cluster;
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "quorum"})
    void aFrozenPostgresGivesTheLeadAwayAndRejoins(String mode) throws SQLException, IOException {
        TestCluster cluster = cluster(mode);
        TestNode old = cluster.leader();
        try (RowWriter onOld = RowWriter.on(old, List.of(old), 60);
                RowWriter onAll = RowWriter.on(cluster)) {
            onOld.awaitProgress();
            onAll.awaitProgress();
            Processes.send(Signal.STOP, Processes.below(old.data()));
            TestNode next = cluster.leaderAfter(old);
            onAll.awaitProgress();
            assertThat(old.log())
                    .containsPattern("PostgreSQL has served nobody for .* \\(frozen.* rule=414");
            cluster.awaitHealthy();
            onOld.assertNothingLost(next);
            onAll.assertNothingLost(next);
        }
    }

    /// In asynchronous mode too; and while nobody can take over the key stays.
    @ParameterizedTest
    @ValueSource(strings = {"false"})
    void withoutAnHeirTheKeyStaysUntilThereIsOne(String mode) throws SQLException, IOException {
        TestCluster cluster = cluster(mode);
        TestNode old = cluster.leader();
        for (TestNode other : cluster.others(old)) {
            Processes.send(Signal.STOP, Processes.below(other.data()));
        }
        Processes.send(Signal.STOP, Processes.below(old.data()));
        Waiting.until("the hang", TestCluster.LONG, () -> old.log().contains("rule=413"));
        assertThat(cluster.describe()).contains("frozen");

        for (TestNode other : cluster.others(old)) {
            Processes.send(Signal.CONT, Processes.below(other.data()));
        }
        cluster.leaderAfter(old);
        cluster.awaitHealthy();
        assertThat(old.log()).contains("rule=414");
    }
}
