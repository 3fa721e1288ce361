package io.toomai.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.rest.RestConfig.Unauthenticated;
import io.toomai.settings.ConfigReport;
import io.toomai.settings.LoadResult.Loaded;
import io.toomai.settings.LoadResult.Rejected;
import io.toomai.settings.Settings;
import io.toomai.settings.SettingsFile;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RestWiringTest {
    private static final String MINIMAL =
            """
            scope: batman
            name: pg1
            restapi:
              listen: 0.0.0.0:8008
            postgresql:
              listen: 127.0.0.1:5432
              data_dir: /data/pg1
              authentication:
                replication:
                  username: replicator
            toomai:
              store:
                voters: ["1@127.0.0.1:2888:3888:2181"]
            """;

    private static Settings settings(String yaml, Map<String, String> environment) {
        return switch (SettingsFile.parse(yaml, "patroni.yml", environment)) {
            case Loaded(var settings, _) -> settings;
            case Rejected rejected -> throw new AssertionError(ConfigReport.render(rejected));
        };
    }

    @Test
    void anUnprotectedApiRefusesUntilTheOperatorAllows() {
        String allowed = MINIMAL + "  restapi: {unauthenticated: allow}\n";
        Map<String, String> variable = Map.of("TOOMAI_RESTAPI_UNAUTHENTICATED", "allow");

        assertThat(RestWiring.config(settings(MINIMAL, Map.of())).unauthenticated())
                .isEqualTo(Unauthenticated.REFUSE);
        assertThat(RestWiring.config(settings(allowed, Map.of())).unauthenticated())
                .isEqualTo(Unauthenticated.ALLOW);
        assertThat(RestWiring.config(settings(MINIMAL, variable)).unauthenticated())
                .isEqualTo(Unauthenticated.ALLOW);
    }
}
