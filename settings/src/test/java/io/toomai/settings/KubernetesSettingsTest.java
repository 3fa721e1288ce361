package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.settings.KubernetesSettings.Holder;
import io.toomai.settings.KubernetesSettings.Port;
import io.toomai.settings.KubernetesSettings.Roles;
import io.toomai.settings.KubernetesSettings.Routing;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class KubernetesSettingsTest {
    private static final String PATRONI =
            Samples.MINIMAL.substring(0, Samples.MINIMAL.indexOf("toomai:"));

    private static KubernetesSettings read(String section) {
        return (KubernetesSettings)
                Samples.loaded(PATRONI + "kubernetes: " + section + "\n").store();
    }

    @Test
    void theDefaultsArePatronis() {
        assertThat(read("{use_endpoints: off}"))
                .isEqualTo(
                        new KubernetesSettings(
                                Optional.empty(),
                                new Holder.ConfigMaps(),
                                new TreeMap<>(),
                                "cluster-name",
                                new Roles(
                                        "role",
                                        "primary",
                                        "replica",
                                        "primary",
                                        Optional.empty(),
                                        new TreeMap<>()),
                                Routing.SERVICE,
                                Set.of(),
                                Optional.empty()));
    }

    @Test
    void everythingElseIsRead() {
        assertThat(
                        read(
                                "{namespace: db, labels: {a: b}, scope_label: s, role_label: r,"
                                        + " leader_label_value: l, follower_label_value: f,"
                                        + " standby_leader_label_value: sl, tmp_role_label: t,"
                                        + " bootstrap_labels: {x: 'y'}, use_endpoints: on, pod_ip: 10.1.0.1,"
                                        + " ports: [{name: pg, port: 5433, protocol: TCP}, {}],"
                                        + " bypass_api_service: on, retriable_http_codes: '502, 599',"
                                        + " cacert: /ca}"))
                .isEqualTo(
                        new KubernetesSettings(
                                Optional.of("db"),
                                new Holder.Endpoints(
                                        "10.1.0.1",
                                        List.of(
                                                new Port(
                                                        5433,
                                                        Optional.of("pg"),
                                                        Optional.of("TCP")),
                                                new Port(
                                                        5432, Optional.empty(), Optional.empty()))),
                                new TreeMap<>(Map.of("a", "b")),
                                "s",
                                new Roles(
                                        "r",
                                        "l",
                                        "f",
                                        "sl",
                                        Optional.of("t"),
                                        new TreeMap<>(Map.of("x", "y"))),
                                Routing.SERVERS,
                                Set.of(502, 599),
                                Optional.of(Path.of("/ca"))));
    }

    /// As operators' charts set it; brackets may be left out.
    @Test
    void theEnvironmentIsEnough() {
        Map<String, String> environment =
                Map.of(
                        "PATRONI_KUBERNETES_USE_ENDPOINTS", "true",
                        "PATRONI_KUBERNETES_POD_IP", "10.1.0.1",
                        "PATRONI_KUBERNETES_LABELS", "application: spilo",
                        "PATRONI_KUBERNETES_PORTS", "[{\"name\": \"postgresql\", \"port\": 5432}]");
        LoadResult result = SettingsFile.parse(PATRONI, "patroni.yml", environment);
        KubernetesSettings read =
                (KubernetesSettings) ((LoadResult.Loaded) result).settings().store();
        assertThat(read.labels()).containsEntry("application", "spilo");
        assertThat(read.holder())
                .isEqualTo(
                        new Holder.Endpoints(
                                "10.1.0.1",
                                List.of(
                                        new Port(
                                                5432,
                                                Optional.of("postgresql"),
                                                Optional.empty()))));
    }

    @Test
    void whatCannotBeUsedIsNamed() {
        assertThat(Samples.problems(PATRONI + "kubernetes: {use_endpoints: on}\n").getFirst())
                .contains("kubernetes.pod_ip: is missing");
        assertThat(
                        Samples.problems(
                                        PATRONI
                                                + "kubernetes: {use_endpoints: on, pod_ip: a, ports: [{port: 0}]}\n")
                                .getFirst())
                .contains("expected a port from 1 to 65535");
        assertThat(Samples.problems(PATRONI + "kubernetes: {retriable_http_codes: x}\n").getFirst())
                .contains("expected HTTP codes");
    }
}
