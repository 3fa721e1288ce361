package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.settings.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Our command line and patronictl of Patroni 4.0 on one running cluster of Toomai: what both print
/// is equal byte for byte. `list` has columns for received and replayed WAL only since Patroni 4.1,
/// so of it the columns that both have are compared; the others are golden in `ClusterTableTest`.
class PatronictlIT {
    private static final List<String> POSITIONS =
            List.of("Lag in MB", "Receive LSN", "Receive Lag", "Replay LSN", "Replay Lag");

    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @TempDir private Path dir;

    private static String says(Keeper tool, TestNode on, String... words) {
        var command = new ArrayList<>(tool.operator(on.settings()));
        command.addAll(List.of(words));
        Processes.Ended ended = Processes.run(command.toArray(String[]::new));
        assertThat(ended.status()).as("%s: %s", command, ended.output()).isZero();
        return ended.output();
    }

    private static void sameOutput(TestNode on, String... words) {
        assertThat(says(Keeper.TOOMAI, on, words))
                .as(String.join(" ", words))
                .isEqualTo(says(Keeper.PATRONI_4, on, words));
    }

    /// The rows of `list` without what only one of both tells.
    private static List<Map<String, Json>> members(Keeper tool, TestNode on) {
        return Json.parse(says(tool, on, "list", "e2e", "-f", "json")).items().stream()
                .map(row -> {
                    Map<String, Json> cells = new LinkedHashMap<>(row.entries());
                    cells.keySet().removeAll(POSITIONS);
                    return cells;
                })
                .toList();
    }

    @Test
    void bothSayTheSame() throws IOException {
        Keeper.PATRONI_4.assumePresent();
        try (Etcd etcd = Etcd.start(Etcd.Release.V35, dir)) {
            TestCluster cluster =
                    CLUSTERS.own(etcd.storeOf(new Plan(Postgres.V15, 3, "true", 20))).start();
            TestNode leader = cluster.leader();
            TestNode next = synchronousStandby(cluster.others(leader));
            assertThat(
                            says(
                                    Keeper.PATRONI_4,
                                    next,
                                    "switchover",
                                    "e2e",
                                    "--leader",
                                    leader.name(),
                                    "--candidate",
                                    next.name(),
                                    "--force"))
                    .contains("Successfully switched over to \"" + next.name() + "\"");
            cluster.awaitHealthy();
            cluster.patch("{\"postgresql\":{\"parameters\":{\"max_connections\":60}}}");
            reading(cluster, next);
            scheduledRestarts(next, leader);
            forgetting(cluster, next);
        }
    }

    /// `remove` speaks to the store: it works when no member runs.
    private static void forgetting(TestCluster cluster, TestNode on) {
        assertThat(removal(on, "e2e\\nyes\\n").output()).contains("You did not exactly type");
        assertThat(says(Keeper.PATRONI_4, on, "list", "e2e")).doesNotContain("uninitialized");
        cluster.nodes().forEach(TestNode::stop);
        Waiting.untilAsserted(
                "the cluster is forgotten",
                TestCluster.LONG,
                () -> {
                    // Without a leader the third answer is not asked for.
                    Processes.Ended ended = removal(on, "e2e\\nYes I am aware\\n");
                    assertThat(ended.status()).as(ended.output()).isZero();
                });
        assertThat(says(Keeper.PATRONI_4, on, "list", "e2e"))
                .contains("uninitialized")
                .doesNotContain(on.name());
    }

    private static Processes.Ended removal(TestNode on, String typed) {
        var command = new ArrayList<String>(List.of("sh", "-c", "printf \"$0\" | \"$@\"", typed));
        command.addAll(Keeper.TOOMAI.operator(on.settings()));
        command.addAll(List.of("remove", "e2e"));
        return Processes.run(command.toArray(String[]::new));
    }

    /// Whichever of them was chosen.
    private static TestNode synchronousStandby(List<TestNode> standbys) {
        var chosen = new ArrayList<TestNode>();
        Waiting.until(
                "a synchronous standby",
                TestCluster.LONG,
                () -> {
                    for (TestNode standby : standbys) {
                        if (standby.rest().get("/sync").code() == 200) {
                            chosen.add(standby);
                        }
                    }
                    return !chosen.isEmpty();
                });
        return chosen.getFirst();
    }

    private static void reading(TestCluster cluster, TestNode on) {
        Waiting.untilAsserted(
                "the members, each with its pending restart",
                TestCluster.LONG,
                () -> {
                    List<Map<String, Json>> ours = members(Keeper.TOOMAI, on);
                    assertThat(ours).hasSize(3).allMatch(row -> row.containsKey("Pending restart"));
                    assertThat(ours).isEqualTo(members(Keeper.PATRONI_4, on));
                });
        Waiting.untilAsserted(
                "the history with its leader",
                TestCluster.LONG,
                () -> {
                    assertThat(says(Keeper.TOOMAI, on, "history")).contains(on.name());
                    sameOutput(on, "history");
                });
        for (String format : List.of("pretty", "tsv", "json", "yaml", "yml")) {
            sameOutput(on, "history", "e2e", "-f", format);
        }
        sameOutput(on, "show-config");
        sameOutput(on, "show-config", "e2e");
        sameOutput(on, "dsn");
        sameOutput(on, "dsn", "e2e", "-r", "replica");
        for (TestNode node : cluster.nodes()) {
            sameOutput(on, "dsn", "e2e", "-m", node.name());
        }
        assertThat(afterTheFirstLine(says(Keeper.TOOMAI, on, "version", "e2e")))
                .isEqualTo(afterTheFirstLine(says(Keeper.PATRONI_4, on, "version", "e2e")));
        sameOutput(on, "edit-config", "e2e", "--force", "-s", "ttl=20");
        sameOutput(on, "flush", "e2e", "switchover", "--force");
        // Before it, each shows the members in its own columns.
        assertThat(lastLines(says(Keeper.TOOMAI, on, "flush", "e2e", "restart", "--force")))
                .hasSize(3)
                .isEqualTo(
                        lastLines(
                                says(Keeper.PATRONI_4, on, "flush", "e2e", "restart", "--force")));
    }

    /// What stands below the table.
    private static List<String> lastLines(String text) {
        return text.lines().filter(line -> !line.startsWith("+") && !line.startsWith("|")).toList();
    }

    /// The first names the program.
    private static String afterTheFirstLine(String text) {
        return text.substring(text.indexOf('\n'));
    }

    private static void scheduledRestarts(TestNode on, TestNode replica) {
        String time = "2099-01-02T03:04:05+00:00";
        String[] schedule = {
            "restart", "e2e", replica.name(), "--scheduled", time, "--pg-version", "99.1", "--force"
        };
        String name = replica.name();
        assertThat(says(Keeper.PATRONI_4, on, schedule))
                .endsWith("Success: restart scheduled on member " + name + "\n");
        awaitScheduled(on, name, time + " if version < 99.1");
        assertThat(says(Keeper.TOOMAI, on, "flush", "e2e", name, "restart", "--force"))
                .endsWith("Success: flush scheduled restart for member " + name + "\n");
        awaitScheduled(on, name, "");
        assertThat(says(Keeper.TOOMAI, on, schedule))
                .endsWith("Success: restart scheduled on member " + name + "\n");
        awaitScheduled(on, name, time + " if version < 99.1");
        assertThat(says(Keeper.PATRONI_4, on, "flush", "e2e", name, "restart", "--force"))
                .endsWith("Success: flush scheduled restart for member " + name + "\n");
        awaitScheduled(on, name, "");
    }

    private static void awaitScheduled(TestNode on, String name, String text) {
        Waiting.untilAsserted(
                "scheduled restart of " + name + ": " + text,
                TestCluster.LONG,
                () -> {
                    List<Map<String, Json>> ours = members(Keeper.TOOMAI, on);
                    assertThat(ours)
                            .filteredOn(row -> Json.of(name).equals(row.get("Member")))
                            .allSatisfy(row ->
                                    assertThat(row.getOrDefault("Scheduled restart", Json.of("")))
                                            .isEqualTo(Json.of(text)));
                    assertThat(ours).isEqualTo(members(Keeper.PATRONI_4, on));
                });
    }
}
