package io.toomai.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.e2e.Processes.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Settings as they are found in the field, on a real server: it starts whatever they say of its
/// parameters, a reload takes what can be taken, and settings made from it are valid.
class WildConfigIT {
    @RegisterExtension static final Clusters CLUSTERS = new Clusters();

    @Test
    void theServerStartsWhateverItsParametersSay() throws IOException, SQLException {
        TestCluster cluster = CLUSTERS.own(Plan.of(Postgres.V15).withNodes(1));
        TestNode node = cluster.nodes().getFirst();
        node.rewriteSettings(
                "    shared_buffers: 32MB\n",
                """
                    shared_buffers: 1
                    work_mem: plenty
                    shared_bufers: 32MB
                    checkpoint_completion_target: 7
                    wal_consistency_checking: ''
                    my_extension.setting: 'it''s'
                    log_min_duration_statement: 1s
                """);
        node.start();
        cluster.awaitHealthy();
        assertThat(node.query("SHOW shared_buffers")).isEqualTo("128kB");
        assertThat(node.query("SHOW work_mem")).isEqualTo("4MB");
        assertThat(node.query("SHOW checkpoint_completion_target")).isEqualTo("1");
        assertThat(node.query("SHOW my_extension.setting")).isEqualTo("it's");
        assertThat(node.query("SHOW log_min_duration_statement")).isEqualTo("1s");
        assertThat(node.log())
                .contains(
                        "postgresql.parameters.shared_bufers",
                        "did you mean shared_buffers?",
                        "postgresql.parameters.work_mem",
                        "(16 .. 1073741823)");
        reloads(node);
        settingsAreMadeFromIt(node);
    }

    private static void reloads(TestNode node) {
        node.rewriteSettings("log_min_duration_statement: 1s", "log_min_duration_statement: 2s");
        node.rewriteSettings("  pgpass:", "  config_base_name: other\n  pgpass:");
        node.appendSettings("tags: {rack: a7}\n");
        node.signalAgent(Signal.HUP);
        Waiting.untilAsserted(
                "the reload is in force",
                TestCluster.LONG,
                () -> {
                    assertThat(node.query("SHOW log_min_duration_statement")).isEqualTo("2s");
                    assertThat(node.status().path("tags").path("rack").asString(""))
                            .isEqualTo("a7");
                    assertThat(node.log())
                            .contains("after a restart of the agent: postgresql.config_base_name");
                });
    }

    private static void settingsAreMadeFromIt(TestNode node) throws IOException {
        Path made = node.folder().resolve("made.yml");
        Processes.Ended generated =
                toomai(
                        "agent",
                        "--generate-config",
                        made.toString(),
                        "--dsn",
                        "host=127.0.0.1 port=%d user=postgres password=sup"
                                .formatted(node.postgresPort()));
        assertThat(generated.status()).as(generated.output()).isZero();
        assertThat(Files.readString(made))
                .contains("data_dir: " + node.data(), "log_min_duration_statement: 2s", "scram-sha")
                .doesNotContain("password: sup");
        Processes.Ended checked = toomai("agent", "--validate-config", "-i", "-p", made.toString());
        assertThat(checked.status()).as(checked.output()).isZero();
        assertThat(checked.output()).contains("********").doesNotContain("change-me");
        Processes.Ended taken = toomai("agent", "--validate-config", node.settings().toString());
        assertThat(taken.status()).isEqualTo(1);
        assertThat(taken.output()).contains("postgresql.listen", "-i");
    }

    private static Processes.Ended toomai(String... words) {
        List<String> command = new ArrayList<>(Image.command());
        command.addAll(List.of(words));
        return Processes.run(command.toArray(String[]::new));
    }
}
