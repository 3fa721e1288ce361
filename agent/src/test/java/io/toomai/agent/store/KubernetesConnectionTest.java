package io.toomai.agent.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.dcs.kubernetes.KubernetesAccess;
import io.toomai.dcs.kubernetes.KubernetesAccess.Mode;
import io.toomai.dcs.kubernetes.KubernetesAccess.Routing;
import io.toomai.settings.KubernetesSettings;
import io.toomai.settings.LoadResult;
import io.toomai.settings.Settings;
import io.toomai.settings.SettingsFile;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KubernetesConnectionTest {
    private static final String FILE =
            """
            scope: batman
            name: batman-0
            restapi: {listen: 127.0.0.1:8008}
            postgresql:
              listen: 127.0.0.1:5432
              data_dir: /data/pg1
              authentication: {replication: {username: replicator}}
            kubernetes:
            """;
    private static final Map<String, String> POD =
            Map.of("KUBERNETES_SERVICE_HOST", "10.96.0.1", "KUBERNETES_SERVICE_PORT", "6443");

    @TempDir private Path account;

    private KubernetesAccess access(String section, Map<String, String> environment)
            throws IOException {
        LoadResult result = SettingsFile.parse(FILE + section.indent(2), "patroni.yml", Map.of());
        Settings settings = ((LoadResult.Loaded) result).settings();
        return KubernetesConnection.access(
                settings.place(),
                (KubernetesSettings) settings.store(),
                Duration.ofSeconds(30),
                environment,
                account);
    }

    @Test
    void whatThePodIsToldIsUsed() throws IOException {
        Files.writeString(account.resolve("namespace"), "db\n");
        KubernetesAccess access = access("labels: {application: spilo}", POD);
        assertThat(access.api().host()).isEqualTo("10.96.0.1");
        assertThat(access.api().port()).isEqualTo(6443);
        assertThat(access.api().token()).isEqualTo(account.resolve("token"));
        assertThat(access.api().routing()).isEqualTo(Routing.SERVICE);
        assertThat(access.namespace()).isEqualTo("db");
        assertThat(access.mode()).isEqualTo(new Mode.ConfigMaps());
        assertThat(access.selection().labels()).isEqualTo(Map.of("application", "spilo"));
    }

    @Test
    void whatIsSetGoesFirst() throws IOException {
        Files.writeString(account.resolve("namespace"), "db\n");
        KubernetesAccess access =
                access(
                        """
                        namespace: other
                        use_endpoints: on
                        pod_ip: 10.1.0.1
                        ports: [{name: pg, port: 5433}]
                        bypass_api_service: on
                        """,
                        POD);
        assertThat(access.namespace()).isEqualTo("other");
        assertThat(access.api().routing()).isEqualTo(Routing.SERVERS);
        Json port = Json.object().put("port", 5433).put("name", "pg").done();
        assertThat(access.mode()).isEqualTo(new Mode.Endpoints("10.1.0.1", List.of(port)));
    }

    @Test
    void outsideOfAPodItIsSaid() {
        assertThatThrownBy(() -> access("use_endpoints: off", Map.of()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("KUBERNETES_SERVICE_HOST is not set")
                .hasMessageContaining("run the agent in one");
    }

    @Test
    void authoritiesThatCannotBeReadAreNamed() throws IOException {
        KubernetesAccess access = access("use_endpoints: off", POD);
        assertThatThrownBy(() -> access.api().tls().get())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("ca.crt");
        Files.writeString(account.resolve("ca.crt"), "nothing\n");
        assertThatThrownBy(() -> access.api().tls().get())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("ca.crt");
    }
}
