package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Replication slots outlive the primary they were made on. Until PostgreSQL 17 Toomai copies
/// logical slots to the standbys, from 17 on PostgreSQL brings them there.
@ParameterizedClass(name = "PostgreSQL {0}")
@EnumSource(
        value = Postgres.class,
        names = {"V15", "V17"})
record SlotsIT(Postgres postgres) {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    private static final Pattern INSERT = Pattern.compile("INSERT: n\\[integer\\]:(\\d+)");

    /// PostgreSQL 17 starts a slot synchronization that ended with an error again after a minute.
    private static final Duration SLOWLY = TestCluster.LONG.multipliedBy(2);

    private static final String WANTED =
            """
            {"slots": {
              "cdc": {"type": "logical", "database": "postgres", "plugin": "test_decoding"},
              "keep": {"type": "physical"}},
             "ignore_slots": [{"name": "theirs"}]}
            """;

    private TestCluster cluster() {
        TestCluster cluster = CLUSTERS.own(Plan.of(postgres));
        for (TestNode node : cluster.nodes()) {
            String line = "max_connections: 50";
            node.rewriteSettings(line, line + "\n          wal_level: logical");
        }
        return cluster.start();
    }

    @Test
    void aConsumerLosesNothingAndWhatNobodyWantsGoes() throws IOException, SQLException {
        TestCluster cluster = cluster();
        TestNode first = cluster.leader();
        first.execute("create table numbers(n int primary key)");
        cluster.patch(WANTED);
        Set<Integer> consumed = new TreeSet<>();
        awaitSlotsWhileConsuming(cluster, consumed);

        insert(first, 1, 10);
        consume(first, consumed);
        awaitFollowed(cluster, first);
        insert(first, 11, 20);
        TestNode second = cluster.switchOverFrom(first);
        insert(second, 21, 30);
        consume(second, consumed);
        assertThat(consumed).as("after a switchover").isEqualTo(numbers(30));

        cluster.awaitHealthy();
        awaitSlotsWhileConsuming(cluster, consumed);
        awaitFollowed(cluster, second);
        insert(second, 31, 40);
        second.killEverything();
        TestNode third = cluster.leaderAfter(second);
        insert(third, 41, 50);
        consume(third, consumed);
        assertThat(consumed).as("after a failover").isEqualTo(numbers(50));

        second.start();
        cluster.awaitHealthy();
        awaitSlotsWhileConsuming(cluster, consumed);
        awaitFollowed(cluster, third);
        memberSlotsFollow(cluster, third);
        whatNobodyWantsGoes(cluster, third);
    }

    /// Every node keeps WAL for every other one, no longer than it is needed.
    private static void memberSlotsFollow(TestCluster cluster, TestNode leader)
            throws SQLException {
        leader.execute("insert into numbers select generate_series(1000, 2000)");
        String end = leader.query("select pg_current_wal_lsn()");
        for (TestNode node : cluster.nodes()) {
            for (TestNode other : cluster.others(node)) {
                Waiting.until(
                        "the slot of " + other + " on " + node + " at " + end,
                        TestCluster.LONG,
                        () ->
                                node.query(
                                                "select restart_lsn >= '%s' from pg_replication_slots where slot_name = '%s'"
                                                        .formatted(end, other.name()))
                                        .equals("t"));
            }
        }
    }

    private static void whatNobodyWantsGoes(TestCluster cluster, TestNode leader)
            throws IOException, SQLException {
        leader.execute("select pg_create_physical_replication_slot('by_hand', true)");
        leader.execute("select pg_create_physical_replication_slot('theirs', true)");
        cluster.patch("{\"slots\": null, \"member_slots_ttl\": 0}");
        String members =
                cluster.others(leader).stream()
                        .map(TestNode::name)
                        .sorted()
                        .collect(Collectors.joining(","));
        Waiting.untilAsserted(
                "slots of " + leader,
                TestCluster.LONG,
                () -> {
                    assertThat(slots(leader)).isEqualTo("by_hand," + members + ",theirs");
                    for (TestNode standby : cluster.others(leader)) {
                        assertThat(slots(standby)).as("%s", standby).isEqualTo("null");
                    }
                });
        assertThat(leader.log()).contains("slots [by_hand] belong to no member");
        cluster.patch("{\"toomai\": {\"unknown_slots\": \"drop\"}}");
        Waiting.untilAsserted(
                "slots of " + leader,
                TestCluster.LONG,
                () -> assertThat(slots(leader)).isEqualTo(members + ",theirs"));
        leader.execute("select pg_drop_replication_slot('theirs')");
    }

    private static String slots(TestNode node) throws SQLException {
        return node.query(
                "select string_agg(slot_name, ',' order by slot_name) from pg_replication_slots");
    }

    static void awaitSlots(TestCluster cluster, String... names) {
        for (TestNode node : cluster.nodes()) {
            for (String name : names) {
                Waiting.until("slot " + name + " on " + node, SLOWLY, () -> hasSlot(node, name));
            }
        }
    }

    /// A slot that PostgreSQL 17 brings to a standby is kept there only once its consumer needs
    /// nothing that the standby has not kept.
    static void awaitSlotsWhileConsuming(TestCluster cluster, Set<Integer> consumed) {
        for (TestNode node : cluster.nodes()) {
            Waiting.until(
                    "slot cdc on " + node,
                    SLOWLY,
                    () -> {
                        cluster.leader().execute("checkpoint");
                        consume(cluster.leader(), consumed);
                        return hasSlot(node, "cdc");
                    });
        }
        awaitSlots(cluster, "keep");
    }

    static boolean hasSlot(TestNode node, String name) throws SQLException {
        return node.query(
                        "select count(*) from pg_replication_slots where not temporary and slot_name = '%s'"
                                .formatted(name))
                .equals("1");
    }

    /// Until the standbys' copies of the consumer's slot are where the consumer is.
    static void awaitFollowed(TestCluster cluster, TestNode leader) throws SQLException {
        String query =
                "select confirmed_flush_lsn from pg_replication_slots where slot_name = 'cdc'";
        String confirmed = leader.query(query);
        for (TestNode standby : cluster.others(leader)) {
            Waiting.until(
                    "cdc on " + standby + " at " + confirmed,
                    SLOWLY,
                    () ->
                            standby.query("select (%s) >= '%s'".formatted(query, confirmed))
                                    .equals("t"));
        }
    }

    /// Who has the key is told before it is promoted.
    private static void awaitWrites(TestNode node) {
        Waiting.until(
                node + " to take writes",
                TestCluster.LONG,
                () -> node.query("select pg_is_in_recovery()").equals("f"));
    }

    static void insert(TestNode node, int from, int to) throws SQLException {
        awaitWrites(node);
        for (int n = from; n <= to; n++) {
            node.execute("insert into numbers values (%d)".formatted(n));
        }
    }

    static Set<Integer> numbers(int last) {
        return IntStream.rangeClosed(1, last)
                .boxed()
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// Reads what is new, as a consumer that notes each number it has seen.
    static void consume(TestNode node, Set<Integer> consumed) throws SQLException {
        try (Connection connection = node.connect(30);
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "select data from pg_logical_slot_get_changes('cdc', null, null)")) {
            while (rows.next()) {
                Matcher insert = INSERT.matcher(rows.getString(1));
                if (insert.find()) {
                    consumed.add(Integer.valueOf(insert.group(1)));
                }
            }
        }
    }
}
