package io.toomai.cli;

import io.toomai.settings.LoadResult;
import io.toomai.settings.SettingsFile;
import java.nio.file.Path;
import java.util.Map;

/// `--validate-config`: says everything that is wrong with a settings file.
final class SettingsCheck {
    private SettingsCheck() {}

    static int run(Console console, Path file, Map<String, String> environment) {
        return switch (SettingsFile.load(file, environment)) {
            case LoadResult.Loaded(_, var warnings) -> {
                warnings.forEach(warning -> console.warn(warning.toString()));
                yield 0;
            }
            case LoadResult.Rejected(var problems, var warnings) -> {
                problems.forEach(problem -> console.warn(problem.toString()));
                warnings.forEach(warning -> console.warn(warning.toString()));
                yield 1;
            }
        };
    }
}
