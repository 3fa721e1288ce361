package io.toomai.settings;

import io.toomai.settings.LoadResult.Loaded;
import io.toomai.settings.LoadResult.Rejected;
import java.util.List;
import java.util.Map;

/// Small configurations for tests.
final class Samples {
    static final String MINIMAL =
            """
            scope: batman
            name: pg1
            restapi:
              listen: 127.0.0.1:8008
            postgresql:
              listen: 127.0.0.1:5432
              data_dir: /data/pg1
              authentication:
                replication:
                  username: replicator
            toomai:
              store:
                id: 1
                voters: ["1@127.0.0.1:2888:3888:2181"]
            """;

    private Samples() {}

    static Settings loaded(String yaml) {
        return loadedResult(yaml).settings();
    }

    static Loaded loadedResult(String yaml) {
        return switch (SettingsFile.parse(yaml, "patroni.yml", Map.of())) {
            case Loaded loaded -> loaded;
            case Rejected rejected -> throw new AssertionError(ConfigReport.render(rejected));
        };
    }

    static List<String> problems(String yaml) {
        return problems(yaml, Map.of());
    }

    static List<String> problems(String yaml, Map<String, String> environment) {
        return switch (SettingsFile.parse(yaml, "patroni.yml", environment)) {
            case Loaded loaded -> throw new AssertionError("accepted: " + loaded.settings());
            case Rejected rejected -> rejected.problems().stream().map(Problem::toString).toList();
        };
    }

    static List<String> warnings(String yaml) {
        return loadedResult(yaml).warnings().stream().map(Warning::toString).toList();
    }

    static DynamicSettings.Valid dynamic(String json) {
        return switch (DynamicSettings.parse(json)) {
            case DynamicSettings.Valid valid -> valid;
            case DynamicSettings.Invalid invalid -> throw new AssertionError(invalid.toString());
        };
    }
}
