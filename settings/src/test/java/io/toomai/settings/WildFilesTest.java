package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.settings.LoadResult.Loaded;
import io.toomai.settings.LoadResult.Rejected;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/// Files as roles of Ansible, container images, operators and guides produce them load as they are,
/// and the warnings say what of them does nothing.
class WildFilesTest {
    @Test
    void anAnsibleRole() throws IOException {
        Loaded loaded = loaded(resource("ansible-cluster.yml"), Map.of());
        assertThat(warnings(loaded)).isEmpty();
        assertThat(loaded.settings().postgresql().listen().hosts()).hasSize(2);
        assertThat(parameters(loaded))
                .containsEntry("max_connections", "500")
                .containsEntry("pg_stat_statements.track", "all")
                .containsEntry("archive_command", "cd .");
    }

    @Test
    void aContainerImageOfAnOperator() throws IOException {
        Loaded loaded =
                loaded(
                        resource("container-image.yml"),
                        Map.of("PATRONI_KUBERNETES_NAMESPACE", "default"));
        assertThat(warnings(loaded))
                .containsExactly(
                        "kubernetes.port",
                        "kubernetes.port_443_tcp",
                        "kubernetes.service_host",
                        "kubernetes.service_port",
                        "postgresql.name");
        assertThat(loaded.settings().bootstrap().postBootstrap())
                .contains("/scripts/post_init.sh \"zalandos\"");
        assertThat(parameters(loaded)).containsEntry("wal_level", "replica");
    }

    @Test
    void aGuideForThreeNodes() throws IOException {
        Loaded loaded = loaded(resource("three-nodes-guide.yml"), Map.of());
        assertThat(warnings(loaded)).containsExactly("postgresql.cluster_name", "bootstrap.users");
        assertThat(parameters(loaded)).containsEntry("wal_keep_size", "160MB");
    }

    @Test
    void debiansTemplate() throws IOException {
        String store = Files.readString(patroni().resolve("etc/patroni/dcs.yml"));
        String yaml =
                Files.readString(patroni().resolve("etc/patroni/config.yml.in"))
                        .replace("@DCS_CONFIG@", store)
                        .replace("@VERSION@", "17")
                        .replace("@CLUSTER@", "main")
                        .replace("@HOSTNAME@", "db1")
                        .replace("@HOSTIP@", "10.0.0.1")
                        .replace("@NETWORK@", "10.0.0.0/24")
                        .replace("@LISTEN_VIP@", "")
                        .replace("@API_PORT@", "8008")
                        .replace("@PORT@", "5432")
                        .replace("@DATADIR_BASE@", "/var/lib/postgresql");
        Loaded loaded = loaded(yaml, Map.of());
        assertThat(warnings(loaded)).isEmpty();
        assertThat(loaded.settings().scope()).isEqualTo("17-main");
        assertThat(loaded.settings().store()).isInstanceOf(ZooKeeperSection.class);
    }

    @Test
    void patronisOwnExampleNeedsTheNewerApiOfEtcd() throws IOException {
        Path example = patroni().resolve("usr/share/doc/patroni/examples/postgres0.yml.gz");
        String yaml;
        try (var in = new GZIPInputStream(Files.newInputStream(example))) {
            yaml = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(SettingsFile.parse(yaml, "wild", Map.of()))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        r ->
                                assertThat(r.problems().toString())
                                        .contains("use etcd3 with the same hosts"));
        assertThat(warnings(loaded(yaml.replaceFirst("(?m)^etcd:", "etcd3:"), Map.of()))).isEmpty();
    }

    private static Path patroni() {
        String path = System.getenv("TOOMAI_PATRONI4");
        assumeTrue(path != null, "TOOMAI_PATRONI4 does not name Debian's Patroni: dev/test");
        return Path.of(Objects.requireNonNull(path));
    }

    private static Loaded loaded(String yaml, Map<String, String> environment) {
        return switch (SettingsFile.parse(yaml, "wild", environment)) {
            case Loaded loaded -> loaded;
            case Rejected rejected -> throw new AssertionError(ConfigReport.render(rejected));
        };
    }

    private static List<String> warnings(Loaded loaded) {
        return loaded.warnings().stream().map(Warning::key).toList();
    }

    private static Map<String, String> parameters(Loaded loaded) {
        DynamicSettings dynamic =
                Samples.dynamic(loaded.settings().bootstrap().dcsJson()).settings();
        return EffectivePostgres.of(loaded.settings(), dynamic, 17).parameters();
    }

    private static String resource(String name) throws IOException {
        try (var in = WildFilesTest.class.getResourceAsStream("wild/" + name)) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
