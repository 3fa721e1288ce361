package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// A cluster of one node that becomes one of three while a client writes, and then loses the
/// machine that it began on.
class StoreGrowthIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    private static Processes.Ended store(TestNode node, String... words) {
        var command = new ArrayList<>(Image.command());
        command.add("store");
        command.addAll(List.of(words));
        command.add(node.settings().toString());
        return Processes.run(command.toArray(String[]::new));
    }

    private static void awaitVoters(TestNode node, int count) {
        Waiting.untilAsserted(
                count + " voters that serve",
                TestCluster.LONG,
                () -> {
                    Processes.Ended status = store(node, "status", "-f", "json");
                    assertThat(status.status()).as(status.output()).isZero();
                    int serving = 0;
                    for (JsonNode member :
                            new ObjectMapper().readTree(status.output()).get("members")) {
                        String state = member.get("state").asString();
                        serving += List.of("leading", "following").contains(state) ? 1 : 0;
                    }
                    assertThat(serving).as(status.output()).isEqualTo(count);
                });
    }

    @Test
    void oneNodeBecomesThreeAndTheFirstIsLostWithItsDisks() throws IOException, SQLException {
        TestCluster cluster = CLUSTERS.own(new Plan(Postgres.V15, 1, "true", 10)).start();
        TestNode first = cluster.leader();
        List<TestNode> nodes = new CopyOnWriteArrayList<>(cluster.nodes());
        try (RowWriter writer = RowWriter.on(first, nodes, 3)) {
            writer.awaitProgress();
            awaitVoters(first, 1);
            List<TestNode> added = cluster.growTo(3);
            nodes.addAll(added);
            added.forEach(TestNode::start);
            cluster.awaitHealthy();
            awaitVoters(first, 3);
            writer.awaitProgress();
            assertThat(cluster.leader()).isSameAs(first);

            first.killEverything();
            Processes.run("rm", "-rf", first.data().toString(), first.folder() + "/toomai");
            TestNode second = cluster.leaderAfter(first);
            writer.awaitProgress();
            first.start();
            cluster.awaitHealthy();
            awaitVoters(second, 3);
            writer.awaitProgress();
            writer.assertNothingLost(second);
        }
    }

    @Test
    void aWitnessIsTheThirdVoteOfTwoNodes() throws IOException, SQLException {
        TestCluster cluster = CLUSTERS.own(new Plan(Postgres.V15, 1, "true", 10)).start();
        TestNode first = cluster.leader();
        TestNode second = cluster.growTo(2).getFirst();
        second.start();
        cluster.awaitHealthy();
        cluster.startWitness();
        awaitVoters(second, 3);
        try (RowWriter writer = RowWriter.on(cluster)) {
            writer.awaitProgress();
            first.killEverything();
            assertThat(cluster.leaderAfter(first)).isSameAs(second);
            writer.awaitProgress();
            first.start();
            cluster.awaitHealthy();
            writer.assertNothingLost(second);
        }
    }
}
