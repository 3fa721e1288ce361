package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CitusSettingsTest {
    private static final String GROUP_2 = Samples.MINIMAL + "citus: {group: 2, database: shop}\n";

    private static LoadResult.Loaded loaded(String yaml, Map<String, String> environment) {
        return switch (SettingsFile.parse(yaml, "patroni.yml", environment)) {
            case LoadResult.Loaded loaded -> loaded;
            case LoadResult.Rejected rejected ->
                    throw new AssertionError(ConfigReport.render(rejected));
        };
    }

    private static Map<String, String> parameters(String yaml, String dynamic) {
        Settings settings = loaded(yaml, Map.of()).settings();
        return EffectivePostgres.of(settings, Samples.dynamic(dynamic).settings(), 17).parameters();
    }

    @Test
    void aGroupLivesBelowTheScope() {
        assertThat(loaded(GROUP_2, Map.of()).settings().place().clusterPath())
                .isEqualTo("/service/batman/2/");
        assertThat(loaded(Samples.MINIMAL, Map.of()).settings().place().clusterPath())
                .isEqualTo("/service/batman/");
    }

    @Test
    void theEnvironmentSays() {
        var environment = Map.of("PATRONI_CITUS_GROUP", "0", "PATRONI_CITUS_DATABASE", "shop");
        assertThat(loaded(Samples.MINIMAL, environment).settings().citus())
                .contains(new CitusSettings(CitusSettings.COORDINATOR, "shop"));
    }

    @Test
    void halfASectionIsNone() {
        var loaded = loaded(Samples.MINIMAL + "citus: {group: 2}\n", Map.of());
        assertThat(loaded.settings().citus()).isEmpty();
        assertThat(loaded.settings().bootstrap().dcsJson()).doesNotContain("quorum");
        assertThat(loaded.warnings().toString()).contains("citus.database is missing");
    }

    @Test
    void theFirstConfigurationIsSynchronousUnlessItSaysOtherwise() {
        assertThat(loaded(GROUP_2, Map.of()).settings().bootstrap().dcsJson())
                .contains("\"synchronous_mode\"", "\"quorum\"");
        String asked = GROUP_2 + "bootstrap: {dcs: {synchronous_mode: false}}\n";
        assertThat(loaded(asked, Map.of()).settings().bootstrap().dcsJson())
                .doesNotContain("quorum");
    }

    @Test
    void postgresGetsWhatCitusNeeds() {
        String dynamic =
                """
                {"postgresql": {"parameters": {"shared_preload_libraries": "auto_explain, citus",
                  "max_connections": 30, "wal_level": "replica"}}}
                """;
        assertThat(parameters(GROUP_2, dynamic))
                .containsEntry("shared_preload_libraries", "citus,auto_explain")
                .containsEntry("max_prepared_transactions", "60")
                .containsEntry("wal_level", "logical")
                .containsEntry("citus.local_hostname", "127.0.0.1");
        String prepared = "{\"postgresql\": {\"parameters\": {\"max_prepared_transactions\": 5}}}";
        assertThat(parameters(GROUP_2, prepared))
                .containsEntry("max_prepared_transactions", "5")
                .containsEntry("shared_preload_libraries", "citus");
    }
}
