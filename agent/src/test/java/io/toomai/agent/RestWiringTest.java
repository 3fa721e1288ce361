package io.toomai.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.agent.loop.Portrait;
import io.toomai.settings.LoadResult;
import io.toomai.settings.Settings;
import io.toomai.settings.SettingsFile;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RestWiringTest {
    private static Settings settings(String more) {
        String yaml =
                """
                scope: batman
                name: pg1
                etcd3:
                  host: 127.0.0.1:2379
                restapi:
                  listen: 0.0.0.0:8008
                  connect_address: 10.0.0.1:8009
                postgresql:
                  listen: 0.0.0.0:5432
                  connect_address: 10.0.0.1:5433
                  data_dir: /data
                %s  authentication:
                    replication: {username: rep}
                """
                        .formatted(more);
        return switch (SettingsFile.parse(yaml, "patroni.yml", Map.of())) {
            case LoadResult.Loaded loaded -> loaded.settings();
            case LoadResult.Rejected rejected -> throw new AssertionError(rejected);
        };
    }

    @Test
    void membersPublishWhereOthersReachThem() {
        String more = "  database: app\n  proxy_address: '[fd00::1]:6432'\n";
        assertThat(RestWiring.addresses(settings(more), "4.1.4"))
                .isEqualTo(
                        new Portrait.Addresses(
                                "postgres://10.0.0.1:5433/app",
                                "http://10.0.0.1:8009/patroni",
                                Optional.of("postgres://[fd00::1]:6432/app"),
                                "4.1.4"));
        assertThat(RestWiring.addresses(settings(""), "4.1.4").proxyUrl())
                .as("only where one is configured")
                .isEmpty();
    }
}
