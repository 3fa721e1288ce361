package io.toomai.cli.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.cli.view.ClusterTable.Colour;
import io.toomai.cli.view.ClusterTable.Columns;
import io.toomai.settings.json.Json;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Byte for byte what the real formatter printed for the same made-up cluster (contract §3.4).
class ClusterTableTest {
    static final String MEMBERS =
            """
            {"members": [
              {"name": "postgresql0", "role": "leader", "state": "running", "host": "127.0.0.1",
               "port": 5432, "timeline": 5, "api_url": "http://127.0.0.1:8008/patroni"},
              {"name": "postgresql1", "role": "replica", "state": "streaming", "host": "127.0.0.1",
               "port": 5433, "timeline": 5, "pending_restart": true,
               "pending_restart_reason": {"max_connections": {"old_value": "100", "new_value": "200"}},
               "tags": {"clonefrom": true, "nofailover": true},
               "receive_lsn": "0/40000E8", "receive_lag": 0, "replay_lsn": "0/3676A68",
               "replay_lag": 10000000, "lsn": "0/40000E8", "lag": 0},
              {"name": "postgresql2", "role": "replica", "state": "creating replica",
               "host": "127.0.0.1", "port": 5434, "tags": {"replicatefrom": "postgresql1"},
               "receive_lsn": "unknown", "receive_lag": "unknown", "replay_lsn": "unknown",
               "replay_lag": "unknown", "lsn": "unknown", "lag": "unknown"}],
             "scope": "batman"%s}\
            """;

    private static ClusterAnswer cluster(String more) {
        return new ClusterAnswer("7277694203142172922", Json.parse(MEMBERS.formatted(more)));
    }

    private static String render(Format format) {
        return ClusterTable.render(cluster(""), format, Columns.AS_NEEDED, Colour.PLAIN);
    }

    @Test
    void pretty() {
        assertThat(render(Format.PRETTY))
                .isEqualTo(
"""
+ Cluster: batman (7277694203142172922) -+------------------+----+-------------+-----+------------+-----+-----------------+---------------------------+----------------------------+
| Member      | Host           | Role    | State            | TL | Receive LSN | Lag | Replay LSN | Lag | Pending restart | Pending restart reason    | Tags                       |
+-------------+----------------+---------+------------------+----+-------------+-----+------------+-----+-----------------+---------------------------+----------------------------+
| postgresql0 | 127.0.0.1:5432 | Leader  | running          |  5 |             |     |            |     |                 |                           |                            |
+-------------+----------------+---------+------------------+----+-------------+-----+------------+-----+-----------------+---------------------------+----------------------------+
| postgresql1 | 127.0.0.1:5433 | Replica | streaming        |  5 |   0/40000E8 |   0 |  0/3676A68 |  10 | *               | max_connections: 100->200 | clonefrom: true            |
|             |                |         |                  |    |             |     |            |     |                 |                           | nofailover: true           |
+-------------+----------------+---------+------------------+----+-------------+-----+------------+-----+-----------------+---------------------------+----------------------------+
| postgresql2 | 127.0.0.1:5434 | Replica | creating replica |    |     unknown |     |    unknown |     |                 |                           | replicatefrom: postgresql1 |
+-------------+----------------+---------+------------------+----+-------------+-----+------------+-----+-----------------+---------------------------+----------------------------+\
""");
    }

    @Test
    void topology() {
        assertThat(render(Format.TOPOLOGY))
                .isEqualTo(
"""
+ Cluster: batman (7277694203142172922) -----+------------------+----+-------------+-----+------------+-----+-----------------+---------------------------+-------------------------------------+
| Member          | Host           | Role    | State            | TL | Receive LSN | Lag | Replay LSN | Lag | Pending restart | Pending restart reason    | Tags                                |
+-----------------+----------------+---------+------------------+----+-------------+-----+------------+-----+-----------------+---------------------------+-------------------------------------+
| postgresql0     | 127.0.0.1:5432 | Leader  | running          |  5 |             |     |            |     |                 |                           |                                     |
| + postgresql1   | 127.0.0.1:5433 | Replica | streaming        |  5 |   0/40000E8 |   0 |  0/3676A68 |  10 | *               | max_connections: 100->200 | {clonefrom: true, nofailover: true} |
|   + postgresql2 | 127.0.0.1:5434 | Replica | creating replica |    |     unknown |     |    unknown |     |                 |                           | {replicatefrom: postgresql1}        |
+-----------------+----------------+---------+------------------+----+-------------+-----+------------+-----+-----------------+---------------------------+-------------------------------------+\
""");
    }

    @Test
    void tabs() {
        assertThat(render(Format.TSV).lines())
                .containsExactly(
                        "Cluster\tMember\tHost\tRole\tState\tTL\tReceive LSN\tReceive Lag\tReplay LSN"
                                + "\tReplay Lag\tPending restart\tPending restart reason\tTags",
                        "batman\tpostgresql0\t127.0.0.1:5432\tLeader\trunning\t5\t\t\t\t\t\t\t",
                        "batman\tpostgresql1\t127.0.0.1:5433\tReplica\tstreaming\t5\t0/40000E8\t0"
                                + "\t0/3676A68\t10\t*\tmax_connections: 100->200"
                                + "\t{clonefrom: true, nofailover: true}",
                        "batman\tpostgresql2\t127.0.0.1:5434\tReplica\tcreating replica\t\tunknown\t"
                                + "\tunknown\t\t\t\t{replicatefrom: postgresql1}");
    }

    @Test
    void json() {
        assertThat(render(Format.JSON))
                .isEqualTo(
                        "[{\"Cluster\": \"batman\", \"Member\": \"postgresql0\", \"Host\":"
                                + " \"127.0.0.1:5432\", \"Role\": \"Leader\", \"State\": \"running\","
                                + " \"TL\": 5}, {\"Cluster\": \"batman\", \"Member\":"
                                + " \"postgresql1\", \"Host\": \"127.0.0.1:5433\", \"Role\":"
                                + " \"Replica\", \"State\": \"streaming\", \"TL\": 5, \"Receive LSN\":"
                                + " \"0/40000E8\", \"Receive Lag\": 0, \"Replay LSN\": \"0/3676A68\","
                                + " \"Replay Lag\": 10, \"Pending restart\": \"*\", \"Pending restart"
                                + " reason\": \"max_connections: 100->200\", \"Tags\": {\"clonefrom\":"
                                + " true, \"nofailover\": true}}, {\"Cluster\": \"batman\","
                                + " \"Member\": \"postgresql2\", \"Host\": \"127.0.0.1:5434\","
                                + " \"Role\": \"Replica\", \"State\": \"creating replica\", \"Receive"
                                + " LSN\": \"unknown\", \"Replay LSN\": \"unknown\", \"Tags\":"
                                + " {\"replicatefrom\": \"postgresql1\"}}]");
    }

    @Test
    void yaml() {
        assertThat(render(Format.YAML))
                .endsWith(
                        """
                        - Cluster: batman
                          Host: 127.0.0.1:5434
                          Member: postgresql2
                          Receive LSN: unknown
                          Replay LSN: unknown
                          Role: Replica
                          State: creating replica
                          Tags:
                            replicatefrom: postgresql1
                        """);
    }

    @Test
    void aPledgeStandsBesideTheState() {
        String pledged =
                MEMBERS.formatted("")
                        .replace(
                                "\"state\": \"streaming\"",
                                "\"state\": \"in archive recovery\", \"toomai\": {\"hears\":"
                                        + " [\"postgresql2\"], \"pledge\": {\"leader\":"
                                        + " \"postgresql0\", \"term\": 4, \"sync_revision\": 2}}");
        var cluster = new ClusterAnswer("7277694203142172922", Json.parse(pledged));

        assertThat(ClusterTable.render(cluster, Format.TSV, Columns.AS_NEEDED, Colour.PLAIN))
                .contains("\tReplica\tin archive recovery, pledged\t5\t")
                .doesNotContain("running, pledged");
    }

    @Test
    void whatKeepsAPrimaryFromServingStandsBesideTheState() {
        String troubled =
                MEMBERS.formatted("")
                        .replaceFirst(
                                "\"state\": \"running\"",
                                "\"state\": \"running\", \"toomai\": {\"trouble\":"
                                        + " \"stalled disk\"}");
        var cluster = new ClusterAnswer("7277694203142172922", Json.parse(troubled));

        assertThat(ClusterTable.render(cluster, Format.TSV, Columns.AS_NEEDED, Colour.PLAIN))
                .containsOnlyOnce("running, stalled disk");
    }

    @Test
    void noticesStandBelowTheTable() {
        ClusterAnswer cluster =
                cluster(
                        ", \"pause\": true, \"scheduled_switchover\": {\"at\":"
                                + " \"2023-09-13T18:00:00-03:00\", \"from\": \"postgresql0\","
                                + " \"to\": \"postgresql2\"}");
        assertThat(ClusterTable.render(cluster, Format.PRETTY, Columns.AS_NEEDED, Colour.PLAIN))
                .endsWith(
                        """
                        +
                         Maintenance mode: on
                         Switchover scheduled at: 2023-09-13T18:00:00-03:00
                                            from: postgresql0
                                              to: postgresql2\
                        """);
    }

    @Test
    void usualPortIsLeftOutWhereHostsDiffer() {
        var cluster =
                new ClusterAnswer(
                        "uninitialized",
                        Json.parse(
                                """
                                {"members": [{"name": "a", "role": "sync_standby", "state": "running",
                                "host": "10.0.0.1", "port": 5432}], "scope": "s"}\
                                """));
        assertThat(ClusterTable.render(cluster, Format.TSV, Columns.AS_NEEDED, Colour.PLAIN))
                .endsWith("s\ta\t10.0.0.1\tSync Standby\trunning\t\t\t\t\t");
    }

    @Test
    void everyColumnWhenAsked() {
        assertThat(
                        ClusterTable.render(cluster(""), Format.TSV, Columns.EXTENDED, Colour.PLAIN)
                                .lines()
                                .findFirst())
                .hasValueSatisfying(heading -> assertThat(heading).contains("Scheduled restart"));
    }

    @Test
    void coloursDoNotMoveColumns() {
        String colours =
                ClusterTable.render(cluster(""), Format.PRETTY, Columns.AS_NEEDED, Colour.ANSI);
        assertThat(colours).contains("\u001b[1mpostgresql0\u001b[0m");
        assertThat(colours.replaceAll("\u001b\\[[0-9]*m", "")).isEqualTo(render(Format.PRETTY));
    }

    private static final String COORDINATOR =
            """
            {"members": [
              {"name": "c1", "role": "leader", "state": "running", "host": "10.0.0.1",
               "port": 5432, "timeline": 1},
              {"name": "c2", "role": "sync_standby", "state": "streaming", "host": "10.0.0.2",
               "port": 5432, "timeline": 1, "receive_lsn": "0/4000000", "receive_lag": 0,
               "replay_lsn": "0/4000000", "replay_lag": 0}],
             "pause": true, "scope": "shop"}\
            """;
    private static final String WORKER =
            """
            {"members": [
              {"name": "w1", "role": "replica", "state": "streaming", "host": "10.0.0.3",
               "port": 5432, "timeline": 2, "receive_lsn": "0/5000000", "receive_lag": 0,
               "replay_lsn": "0/5000000", "replay_lag": 0},
              {"name": "w2", "role": "leader", "state": "running", "host": "10.0.0.4",
               "port": 5432, "timeline": 2}],
             "scheduled_switchover": {"at": "2030-01-02T03:04:05+00:00", "from": "w2"},
             "scope": "shop"}\
            """;

    private static String citus(Format format) {
        var groups = new TreeMap<Integer, ClusterAnswer.Part>();
        groups.put(0, new ClusterAnswer.Part("1", Json.parse(COORDINATOR)));
        groups.put(10, new ClusterAnswer.Part("2", Json.parse(WORKER)));
        return ClusterTable.render(
                ClusterAnswer.ofGroups(groups), format, Columns.AS_NEEDED, Colour.PLAIN);
    }

    @Test
    void allGroupsOfACitusCluster() {
        assertThat(citus(Format.PRETTY))
                .isEqualTo(
"""
+ Citus cluster: shop ------+--------------+-----------+----+-------------+-----+------------+-----+
| Group | Member | Host     | Role         | State     | TL | Receive LSN | Lag | Replay LSN | Lag |
+-------+--------+----------+--------------+-----------+----+-------------+-----+------------+-----+
|     0 | c1     | 10.0.0.1 | Leader       | running   |  1 |             |     |            |     |
|     0 | c2     | 10.0.0.2 | Sync Standby | streaming |  1 |   0/4000000 |   0 |  0/4000000 |   0 |
|    10 | w1     | 10.0.0.3 | Replica      | streaming |  2 |   0/5000000 |   0 |  0/5000000 |   0 |
|    10 | w2     | 10.0.0.4 | Leader       | running   |  2 |             |     |            |     |
+-------+--------+----------+--------------+-----------+----+-------------+-----+------------+-----+
Citus group: 0
 Maintenance mode: on
Citus group: 10
 Switchover scheduled at: 2030-01-02T03:04:05+00:00
                    from: w2\
""");
        assertThat(citus(Format.TOPOLOGY))
                .contains(
                        "|     0 | c1     |",
                        "|     0 | + c2   |",
                        "|    10 | w2     |",
                        "|    10 | + w1   |");
        assertThat(citus(Format.TSV).lines())
                .startsWith(
                        "Cluster\tGroup\tMember\tHost\tRole\tState\tTL\tReceive LSN\tReceive Lag"
                                + "\tReplay LSN\tReplay Lag",
                        "shop\t0\tc1\t10.0.0.1\tLeader\trunning\t1\t\t\t\t");
        assertThat(citus(Format.JSON))
                .startsWith(
                        "[{\"Cluster\": \"shop\", \"Group\": 0, \"Member\": \"c1\", \"Host\":"
                                + " \"10.0.0.1\", ");
        assertThat(citus(Format.YAML))
                .startsWith("- Cluster: shop\n  Group: 0\n  Host: 10.0.0.1\n");
    }

    @Test
    void oneGroupHasItsNumberInTheTitle() {
        ClusterAnswer group = ClusterAnswer.ofGroup(10, "2", Json.parse(WORKER));
        assertThat(ClusterTable.render(group, Format.PRETTY, Columns.AS_NEEDED, Colour.PLAIN))
                .isEqualTo(
"""
+ Citus cluster: shop (group: 10, 2) -----+----+-------------+-----+------------+-----+
| Member | Host     | Role    | State     | TL | Receive LSN | Lag | Replay LSN | Lag |
+--------+----------+---------+-----------+----+-------------+-----+------------+-----+
| w1     | 10.0.0.3 | Replica | streaming |  2 |   0/5000000 |   0 |  0/5000000 |   0 |
| w2     | 10.0.0.4 | Leader  | running   |  2 |             |     |            |     |
+--------+----------+---------+-----------+----+-------------+-----+------------+-----+
 Switchover scheduled at: 2030-01-02T03:04:05+00:00
                    from: w2\
""");
        assertThat(ClusterTable.render(group, Format.TSV, Columns.AS_NEEDED, Colour.PLAIN))
                .startsWith("Cluster\tGroup\tMember\t")
                .contains("\nshop\t10\tw1\t");
    }
}
