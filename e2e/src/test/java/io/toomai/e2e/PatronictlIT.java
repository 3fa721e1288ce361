package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.settings.json.Json;
import java.io.IOException;
import java.nio.file.Files;
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
        return says(tool, on.settings(), words);
    }

    private static String says(Keeper tool, Path settings, String... words) {
        var command = new ArrayList<>(List.of("env", "PGPASSWORD=sup"));
        command.addAll(tool.operator(settings));
        command.addAll(List.of(words));
        Processes.Ended ended = Processes.run(command.toArray(String[]::new));
        assertThat(ended.status()).as("%s: %s", command, ended.output()).isZero();
        return ended.output();
    }

    private static void sameOutput(TestNode on, String... words) {
        sameOutput(on.settings(), words);
    }

    private static void sameOutput(Path settings, String... words) {
        assertThat(says(Keeper.TOOMAI, settings, words))
                .as(String.join(" ", words))
                .isEqualTo(says(Keeper.PATRONI_4, settings, words));
    }

    private static List<Map<String, Json>> members(Keeper tool, TestNode on) {
        return rows(tool, on.settings(), "list", "e2e", "-f", "json");
    }

    /// The rows of `list` without what only one of both tells.
    private static List<Map<String, Json>> rows(Keeper tool, Path settings, String... words) {
        return Json.parse(says(tool, settings, words)).items().stream()
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
            querying(next);
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

    private static void querying(TestNode on) {
        String sql =
                "SELECT 1 AS one, 'zwei' AS two, NULL AS three, true AS four, 1.5::float8 AS five"
                        + " UNION ALL SELECT 2, 'b c', 'x', false, -2";
        for (String format : List.of("tsv", "pretty", "json", "yaml")) {
            sameQuery(on, "-c", sql, "--format", format);
        }
        sameQuery(on, "-c", sql, "--delimiter", "|", "-r", "leader");
        sameQuery(on, "-c", "SELECT pg_is_in_recovery()", "-r", "replica");
        sameQuery(on, "-c", "SELECT pg_is_in_recovery()", "-r", "primary");
        sameQuery(on, "-c", "SELECT now()::text IS NULL AS n", "-m", on.name());
        for (String[] failing :
                List.of(
                        new String[] {"-c", "SELECT nothing"},
                        new String[] {"-c", "SELECT 1", "-m", "nobody"},
                        new String[] {"-c", "SELECT 1", "-r", "standby-leader"})) {
            assertThat(afterTheTime(says(Keeper.TOOMAI, on, query(failing))))
                    .isEqualTo(afterTheTime(says(Keeper.PATRONI_4, on, query(failing))));
        }
    }

    private static void sameQuery(TestNode on, String... words) {
        sameOutput(on, query(words));
    }

    private static String[] query(String... words) {
        var all = new ArrayList<>(List.of("query", "e2e", "-U", "postgres", "-d", "postgres"));
        all.addAll(List.of(words));
        return all.toArray(String[]::new);
    }

    private static String afterTheTime(String row) {
        return row.substring(row.indexOf('\t'));
    }

    /// Nobody runs: what both print comes from the store alone.
    @Test
    void bothReadGroupsAndOtherClustersFromTheStore() throws IOException {
        Keeper.PATRONI_4.assumePresent();
        try (Etcd etcd = Etcd.start(Etcd.Release.V35, dir)) {
            written(etcd, "/service/shop/0", "c", "{\"ttl\":30,\"pause\":true}");
            written(etcd, "/service/shop/1", "w", "{\"ttl\":30}");
            written(etcd, "/service/other", "o", "{\"ttl\":30,\"pause\":true}");
            Path citus =
                    Files.writeString(
                            dir.resolve("citus.yml"),
                            """
                            scope: shop
                            etcd3: {host: '127.0.0.1:%d'}
                            citus: {group: 1, database: shop}
                            """
                                    .formatted(etcd.port()));
            Path plain = Files.writeString(dir.resolve("plain.yml"), "scope: other\n");
            sameClusters(citus, "shop");
            sameClusters(citus, "shop", "--group", "0");
            sameClusters(citus, "shop", "--group", "1");
            sameClusters(plain, "other", "-d", etcd.url());
            sameClusters(plain, "shop", "--group", "1", "-d", etcd.url() + "/service");
            sameClusters(plain, "nowhere", "-d", etcd.url());
            for (String format : List.of("pretty", "tsv", "json", "yaml")) {
                sameOutput(citus, "history", "-f", format);
                sameOutput(citus, "history", "shop", "--group", "0", "-f", format);
            }
            sameOutput(citus, "show-config");
            sameOutput(citus, "show-config", "--group", "0");
            sameOutput(citus, "dsn");
            sameOutput(citus, "dsn", "-r", "replica", "--group", "1");
            sameOutput(citus, "dsn", "-m", "w2");
            sameOutput(plain, "-d", etcd.url(), "dsn", "other", "-r", "replica");
            sameOutput(plain, "-d", etcd.url(), "show-config");
            sameOutput(plain, "-d", etcd.url(), "history", "other", "-f", "json");
        }
    }

    /// @param more stands before or after the command; `-d` is understood before it alone by one
    private static void sameClusters(Path settings, String cluster, String... more) {
        List<String> options = List.of(more);
        int url = options.indexOf("-d");
        var words = new ArrayList<String>();
        words.addAll(url < 0 ? List.of() : options.subList(url, url + 2));
        words.addAll(List.of("list", cluster));
        words.addAll(url < 0 ? options : options.subList(0, url));
        String[] pretty = words.toArray(String[]::new);
        assertThat(outsideTheTable(says(Keeper.TOOMAI, settings, pretty)))
                .as("%s", words)
                .isEqualTo(outsideTheTable(says(Keeper.PATRONI_4, settings, pretty)));
        words.addAll(List.of("-f", "json"));
        String[] json = words.toArray(String[]::new);
        assertThat(rows(Keeper.TOOMAI, settings, json))
                .as("%s", words)
                .isEqualTo(rows(Keeper.PATRONI_4, settings, json));
    }

    /// The title and what stands below; columns are not the same in both.
    private static List<String> outsideTheTable(String text) {
        var lines = new ArrayList<String>();
        lines.add(text.lines().findFirst().orElse("").replaceAll("[-+]+$", ""));
        lines.addAll(lastLines(text));
        return lines;
    }

    private static void written(Etcd etcd, String base, String letter, String config) {
        etcd.put(base + "/initialize", "727769420314217292" + base.length());
        etcd.put(base + "/config", config);
        etcd.put(base + "/leader", letter + "1");
        etcd.put(base + "/status", "{\"optime\":83886080}");
        etcd.put(
                base + "/history",
                "[[1,50331808,\"no recovery target specified\",\"2026-11-20T22:49:54.337617+00:00\","
                        + "\"%s1\"],[2,60331808,\"why\"]]".formatted(letter));
        etcd.put(
                base + "/members/" + letter + "1",
                "{\"conn_url\":\"postgres://10.0.0.1:5432/postgres\",\"api_url\":"
                        + "\"http://127.0.0.1:1/patroni\",\"state\":\"running\",\"role\":"
                        + "\"primary\",\"version\":\"4.0.7\",\"xlog_location\":83886080,"
                        + "\"timeline\":3,\"tags\":{\"clonefrom\":true}}");
        etcd.put(
                base + "/members/" + letter + "2",
                "{\"conn_url\":\"postgres://10.0.0.2:5433/postgres\",\"api_url\":"
                        + "\"http://127.0.0.1:2/patroni\",\"state\":\"running\",\"role\":"
                        + "\"replica\",\"version\":\"4.0.7\",\"xlog_location\":83886080,"
                        + "\"replication_state\":\"streaming\",\"timeline\":3}");
        etcd.put(
                base + "/failover",
                "{\"leader\":\"%s1\",\"scheduled_at\":\"2099-01-02T03:04:05+00:00\"}"
                        .formatted(letter));
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
