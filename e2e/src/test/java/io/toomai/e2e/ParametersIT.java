package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// PostgreSQL's parameters where they come from several sides: a standby must not have less than
/// its primary, files lie elsewhere, and ALTER SYSTEM says something else.
class ParametersIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    private static void patchConnections(TestCluster cluster, int count) throws IOException {
        cluster.patch(
                "{\"postgresql\":{\"parameters\":{\"max_connections\":%d}}}".formatted(count));
        for (TestNode node : cluster.nodes()) {
            awaitPending(node, Integer.toString(count));
        }
    }

    private static void awaitPending(TestNode node, String wanted) {
        Waiting.untilAsserted(
                "pending restart on " + node,
                TestCluster.LONG,
                () ->
                        assertThat(
                                        node.status()
                                                .path("pending_restart_reason")
                                                .path("max_connections")
                                                .path("new_value")
                                                .asString(""))
                                .isEqualTo(wanted));
    }

    private static void restart(TestNode node) throws IOException {
        assertThat(node.rest().change("POST", "/restart", "{}").code()).isEqualTo(200);
    }

    private static void awaitConnections(TestNode node, String count) {
        Waiting.until(
                node + " with " + count,
                TestCluster.LONG,
                () ->
                        node.query("show max_connections").equals(count)
                                && !node.status().path("pending_restart").asBoolean(false));
    }

    @Test
    void aStandbyNeverHasLessThanItsPrimary() throws IOException, SQLException {
        TestCluster cluster = CLUSTERS.own(Plan.of(Postgres.V15).withNodes(2)).start();
        TestNode leader = cluster.leader();
        TestNode standby = cluster.replica();

        // Lowered: a standby that restarts first keeps what the primary has, and says so.
        patchConnections(cluster, 40);
        restart(standby);
        cluster.awaitHealthy();
        awaitPending(standby, "40");
        assertThat(standby.query("show max_connections")).isEqualTo("50");
        assertThat(
                        standby.status()
                                .path("pending_restart_reason")
                                .path("max_connections")
                                .path("old_value")
                                .asString(""))
                .isEqualTo("50");
        restart(leader);
        awaitConnections(leader, "40");
        cluster.awaitHealthy();
        leader.execute("create table lowered()");
        Waiting.until(
                "the standby has replayed it",
                TestCluster.LONG,
                () -> !standby.query("select to_regclass('lowered')").equals("null"));
        restart(standby);
        awaitConnections(standby, "40");

        // Raised on the primary first: the standby's replay stops, and it comes after by itself.
        patchConnections(cluster, 60);
        restart(leader);
        awaitConnections(leader, "60");
        awaitConnections(standby, "60");
        cluster.awaitHealthy();
        assertThat(cluster.leader()).as("nobody failed over").isEqualTo(leader);
    }

    @Test
    void filesElsewhereAndAlterSystemAreTheOperators() throws IOException, SQLException {
        TestCluster cluster = CLUSTERS.own(Plan.of(Postgres.V15).withNodes(1));
        TestNode node = cluster.nodes().getFirst();
        Path elsewhere = Files.createDirectories(node.folder().resolve("elsewhere"));
        Path hba = Files.writeString(elsewhere.resolve("hba"), HBA);
        Path ident = Files.writeString(elsewhere.resolve("ident"), "people alice postgres\n");
        Path custom =
                Files.writeString(
                        elsewhere.resolve("custom"),
                        "work_mem = '7MB'\nmax_connections = 5\nshared_buffers = '1GB'\n");
        if (Processes.isRoot()) {
            Processes.run("chown", "-R", "postgres:postgres", elsewhere.toString());
        }
        node.rewriteSettings(
                "    shared_buffers: 32MB\n",
                "    shared_buffers: 32MB\n    hba_file: %s\n    ident_file: %s\n"
                        .formatted(hba, ident));
        node.extendPostgresql("custom_conf: %s\n".formatted(custom));
        cluster.start();
        assertOwnAndTheirs(node, hba, "7MB");
        assertThat(hba).as("the list in the settings does not go there").hasContent(HBA);
        assertThat(node.data().resolve("pg_hba.conf")).content().doesNotContain("host all all 127");

        node.execute("alter system set work_mem = '9MB'");
        node.execute("alter system set max_connections = 7");
        node.execute("alter system set primary_conninfo = 'host=nowhere'");
        node.execute("alter system set log_line_prefix = 'it''s %m '");
        restart(node);
        cluster.awaitHealthy();
        assertOwnAndTheirs(node, hba, "9MB");
        assertThat(node.query("show log_line_prefix")).isEqualTo("it's %m ");
        assertThat(node.data().resolve("postgresql.auto.conf"))
                .content()
                .contains("work_mem", "max_connections", "log_line_prefix")
                .doesNotContain("nowhere");
        settingsMadeFromItHoldBothFiles(node);
    }

    private static final String HBA =
            """
            # our own
            host all all 127.0.0.1/32 scram-sha-256
            host replication all 127.0.0.1/32 scram-sha-256
            local all alice peer map=people
            """;

    private static void assertOwnAndTheirs(TestNode node, Path hba, String memory)
            throws SQLException {
        assertThat(node.query("show hba_file")).isEqualTo(hba.toString());
        assertThat(node.query("show work_mem")).isEqualTo(memory);
        assertThat(node.query("show shared_buffers")).isEqualTo("32MB");
        assertThat(node.query("show max_connections")).isEqualTo("50");
    }

    private static void settingsMadeFromItHoldBothFiles(TestNode node) throws IOException {
        Path made = node.folder().resolve("made.yml");
        toomai(
                "agent",
                "--generate-config",
                made.toString(),
                "--dsn",
                "host=127.0.0.1 port=%d user=postgres password=sup".formatted(node.postgresPort()));
        assertThat(Files.readString(made))
                .contains(
                        "host replication all 127.0.0.1/32 scram-sha-256",
                        "local all alice peer map=people",
                        "pg_ident:",
                        "people alice postgres")
                .doesNotContain("our own");
        toomai("agent", "--validate-config", "-i", made.toString());
    }

    @Test
    void theSampleStartsAClusterOnceItsPlacesAreThere() throws IOException, SQLException {
        TestCluster cluster = CLUSTERS.own(Plan.of(Postgres.V15).withNodes(1));
        TestNode node = cluster.nodes().getFirst();
        Path sample = node.folder().resolve("sample.yml");
        toomai("agent", "--generate-sample-config", sample.toString());
        toomai("agent", "--validate-config", "-i", sample.toString());
        Files.writeString(node.settings(), placed(Files.readString(sample), node));
        toomai("agent", "--validate-config", "-i", node.settings().toString());
        node.logIn("change-me");
        cluster.start();
        node.execute("create table works()");
        assertThat(node.status().path("patroni").path("scope").asString("")).isEqualTo("batman");
    }

    /// This test's ports and folders instead of those of a machine of its own; all else as it is.
    private static String placed(String sample, TestNode node) {
        return sample.replaceAll("\nname: .*", "\nname: " + node.name())
                .replaceAll("[0-9.]+:8008", "127.0.0.1:" + node.rest().port())
                .replaceAll("(\\*|[0-9.]+):5432", "127.0.0.1:" + node.postgresPort())
                .replaceAll(
                        "[0-9.]+:2888:3888:2181",
                        "127.0.0.1:%d:%d:%d"
                                .formatted(FreePorts.next(), FreePorts.next(), FreePorts.next()))
                .replace("/var/lib/postgresql/data", node.data().toString())
                .replace(
                        "\npostgresql:\n",
                        "\npostgresql:\n  bin_dir: %s\n  pgpass: %s/pgpass\n"
                                .formatted(Postgres.V15.bin(), node.folder()));
    }

    private static void toomai(String... words) {
        List<String> command = new ArrayList<>(Image.command());
        command.addAll(List.of(words));
        Processes.Ended ended = Processes.run(command.toArray(String[]::new));
        assertThat(ended.status()).as(ended.output()).isZero();
    }
}
