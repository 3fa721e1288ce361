package io.toomai.proxy.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.config.Setting.Effect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The manuals' tables are about the settings and tests that there are.
class CompatibilityTest {
    private static final Path MANUAL = Path.of("../docs/compatibility-pgbouncer.md");
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `([a-z0-9_]+)` \\| (same|none|ours) \\|");

    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w*(?:Test|IT))(?:\\.(\\w+))?`");

    private static Map<String, String> rows() throws IOException {
        Map<String, String> rows = new HashMap<>();
        ROW.matcher(Files.readString(MANUAL))
                .results()
                .forEach(row -> rows.put(row.group(1), row.group(2)));
        return rows;
    }

    @Test
    void everySettingHasARow() throws IOException {
        assertThat(rows().keySet()).containsAll(Catalogue.SETTINGS.keySet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"compatibility-pgbouncer.md", "replace-haproxy.md"})
    void everyTestThatARowNamesExists(String manual) throws IOException {
        Map<String, Path> tests = tests();
        List<MatchResult> named =
                TEST.matcher(Files.readString(MANUAL.resolveSibling(manual))).results().toList();
        assertThat(named).isNotEmpty();
        for (MatchResult each : named) {
            Path file = tests.get(each.group(1) + ".java");
            assertThat(file).as(each.group()).isNotNull();
            if (each.group(2) != null) {
                assertThat(Files.readString(requireNonNull(file)))
                        .as(each.group())
                        .contains(" void " + each.group(2) + "(");
            }
        }
    }

    /// Of all modules, by name.
    private static Map<String, Path> tests() throws IOException {
        Map<String, Path> tests = new HashMap<>();
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            for (Path module : modules.map(each -> each.resolve("src/test/java")).toList()) {
                if (Files.isDirectory(module)) {
                    try (Stream<Path> files = Files.walk(module)) {
                        files.forEach(file -> tests.put(file.getFileName().toString(), file));
                    }
                }
            }
        }
        return tests;
    }

    @Test
    void whatHasNoEffectIsSaidSoInBothPlaces() throws IOException {
        Map<String, String> rows = rows();
        for (Setting setting : Catalogue.SETTINGS.values()) {
            assertThat("none".equals(rows.get(setting.name())))
                    .as(setting.name())
                    .isEqualTo(setting.effect() == Effect.NONE);
        }
    }
}
