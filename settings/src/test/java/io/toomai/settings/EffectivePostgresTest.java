package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.settings.EffectivePostgres.Feature;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EffectivePostgresTest {
    @Test
    void everythingHasItsDefault() {
        EffectivePostgres effective = effective(Samples.MINIMAL, "{}", 17);

        assertThat(effective.parameters())
                .containsExactly(
                        Map.entry("cluster_name", "batman"),
                        Map.entry("hot_standby", "on"),
                        Map.entry("listen_addresses", "127.0.0.1"),
                        Map.entry("max_connections", "100"),
                        Map.entry("max_locks_per_transaction", "64"),
                        Map.entry("max_prepared_transactions", "0"),
                        Map.entry("max_replication_slots", "10"),
                        Map.entry("max_wal_senders", "10"),
                        Map.entry("max_worker_processes", "8"),
                        Map.entry("port", "5432"),
                        Map.entry("track_commit_timestamp", "off"),
                        Map.entry("wal_keep_size", "128MB"),
                        Map.entry("wal_level", "replica"),
                        Map.entry("wal_log_hints", "on"));
        assertThat(effective.owned()).hasSize(13).doesNotContainKey("wal_keep_size");
        assertThat(effective.features()).containsExactly(Feature.USE_SLOTS);
        assertThat(effective.pgHba()).isEmpty();
        assertThat(effective.pgCtlTimeout()).hasSeconds(60);
        assertThat(effective.createReplicaMethods())
                .containsExactly(
                        new MethodSettings("basebackup", "", Set.of(), Map.of(), Map.of()));
        assertThat(effective.callbacks()).isEmpty();
        assertThat(effective.warnings()).isEmpty();
    }

    @Test
    void theFileWinsExceptForWhatMustBeEqual() {
        String yaml =
                Samples.MINIMAL.replace(
                        "  data_dir:",
                        "  parameters: {work_mem: 8MB, fsync: off, max_connections: 7, port: 1,"
                                + " gone: null}\n"
                                + "  pg_hba: [local all all trust]\n"
                                + "  use_slots: true\n"
                                + "  data_dir:");
        String json =
                """
                {"postgresql": {"use_slots": false, "use_pg_rewind": true,
                  "pg_hba": ["host all all all md5"], "pg_ident": ["m a b"],
                  "parameters": {"work_mem": "4MB", "max_connections": 50, "gone": 1,
                                 "archive_mode": true, "cluster_name": "x"}}}
                """;
        EffectivePostgres effective = effective(yaml, json, 17);

        assertThat(effective.parameters())
                .containsEntry("work_mem", "8MB")
                .containsEntry("fsync", "off")
                .containsEntry("max_connections", "50")
                .containsEntry("archive_mode", "on")
                .containsEntry("port", "5432")
                .containsEntry("cluster_name", "batman")
                .doesNotContainKey("gone");
        assertThat(effective.pgHba()).containsExactly("local all all trust");
        assertThat(effective.pgIdent()).containsExactly("m a b");
        assertThat(effective.features()).containsExactly(Feature.USE_PG_REWIND);
        assertThat(effective.warnings())
                .extracting(Warning::toString)
                .containsExactly(
                        "patroni.yml:7: postgresql.parameters.max_connections: is ignored: it must"
                                + " be equal on all members, set it with edit-config",
                        "patroni.yml:7: postgresql.parameters.port: is ignored: it comes from"
                                + " postgresql.listen and scope");
    }

    @Test
    void ownedParametersHaveTheirRanges() {
        String json =
                """
                {"postgresql": {"parameters": {"max_connections": 5, "max_wal_senders": "many",
                  "wal_level": "minimal", "hot_standby": "off", "max_worker_processes": 2,
                  "track_commit_timestamp": "on", "wal_keep_size": "1MB", "port": 5}}}
                """;
        assertThat(Samples.dynamic(json).warnings())
                .extracting(Warning::key)
                .containsExactlyInAnyOrder(
                        "postgresql.parameters.max_connections",
                        "postgresql.parameters.max_wal_senders",
                        "postgresql.parameters.wal_level",
                        "postgresql.parameters.hot_standby",
                        "postgresql.parameters.wal_keep_size",
                        "postgresql.parameters.port");
        assertThat(effective(Samples.MINIMAL, json, 17).parameters())
                .containsEntry("max_connections", "100")
                .containsEntry("max_wal_senders", "10")
                .containsEntry("wal_level", "replica")
                .containsEntry("hot_standby", "on")
                .containsEntry("max_worker_processes", "2")
                .containsEntry("track_commit_timestamp", "on")
                .containsEntry("wal_keep_size", "128MB");
    }

    @Test
    void namesFollowTheVersion() {
        String level = parameters("{\"wal_level\": \"hot_standby\"}", 17, "wal_level");
        assertThat(level).isEqualTo("replica");
        assertThat(parameters("{\"wal_keep_segments\": 10}", 13, "wal_keep_size"))
                .isEqualTo("160MB");
        assertThat(parameters("{\"wal_keep_size\": \"1GB\"}", 12, "wal_keep_segments"))
                .isEqualTo("64");
        assertThat(parameters("{\"wal_keep_size\": 320}", 12, "wal_keep_segments")).isEqualTo("20");
        assertThat(effective(Samples.MINIMAL, "{}", 12).parameters())
                .containsEntry("wal_keep_segments", "8")
                .doesNotContainKey("wal_keep_size");
    }

    @Test
    void everySharedKeyIsRead() throws java.io.IOException {
        String yaml;
        try (var in = EffectivePostgresTest.class.getResourceAsStream("every-key.yml")) {
            yaml =
                    new String(
                            Objects.requireNonNull(in).readAllBytes(),
                            java.nio.charset.StandardCharsets.UTF_8);
        }
        EffectivePostgres effective = effective(yaml, "{}", 17);

        assertThat(effective.parameters())
                .containsEntry("shared_buffers", "1GB")
                .containsEntry("fsync", "on")
                .containsEntry("listen_addresses", "10.0.0.1,127.0.0.1")
                .doesNotContainKey("archive_mode");
        assertThat(effective.features()).containsExactlyInAnyOrder(Feature.values());
        assertThat(effective.pgCtlTimeout()).hasSeconds(30);
        assertThat(effective.recoveryConf()).containsEntry("restore_command", "cp");
        assertThat(effective.customConf()).contains("/etc/pg/custom.conf");
        assertThat(effective.prePromote()).contains("/bin/pre");
        assertThat(effective.beforeStop()).contains("/bin/before");
        assertThat(effective.callbacks()).hasSize(5).containsEntry("on_role_change", "/bin/cb");
        assertThat(effective.basebackup().stream().map(CommandOption::argument))
                .containsExactly("--max-rate=100M", "--verbose");
        assertThat(effective.rewind().stream().map(CommandOption::argument))
                .containsExactly("--debug");
        assertThat(effective.createReplicaMethods())
                .containsExactly(
                        new MethodSettings(
                                "wal_e",
                                "/bin/wal-e",
                                Set.of(MethodSettings.Flag.NO_LEADER),
                                Map.of("no_leader", "1", "use_iam", "True"),
                                Map.of()),
                        new MethodSettings("basebackup", "", Set.of(), Map.of(), Map.of()));
        assertThat(effective.warnings())
                .extracting(Warning::message)
                .anyMatch(m -> m.contains("method 'gone' is left out"))
                .anyMatch(m -> m.contains("option host is ignored"));
    }

    private static String parameters(String json, int version, String name) {
        String document = "{\"postgresql\": {\"parameters\": " + json + "}}";
        return Objects.requireNonNull(
                effective(Samples.MINIMAL, document, version).parameters().get(name));
    }

    private static EffectivePostgres effective(String yaml, String json, int version) {
        return EffectivePostgres.of(
                Samples.loaded(yaml), Samples.dynamic(json).settings(), version);
    }
}
