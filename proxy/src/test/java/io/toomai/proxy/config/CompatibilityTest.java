package io.toomai.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.config.Setting.Effect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The manual's table of settings is about the settings that there are.
class CompatibilityTest {
    private static final Path MANUAL = Path.of("../docs/compatibility-pgbouncer.md");
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `([a-z0-9_]+)` \\| (same|none|ours) \\|");

    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w*(?:Test|IT))\\b");

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

    @Test
    void everyTestThatARowNamesExists() throws IOException {
        Set<String> tests = new TreeSet<>();
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            for (Path module : modules.map(each -> each.resolve("src/test/java")).toList()) {
                if (Files.isDirectory(module)) {
                    try (Stream<Path> files = Files.walk(module)) {
                        files.map(file -> file.getFileName().toString()).forEach(tests::add);
                    }
                }
            }
        }
        List<String> named =
                TEST.matcher(Files.readString(MANUAL))
                        .results()
                        .map(found -> found.group(1) + ".java")
                        .toList();
        assertThat(named).isNotEmpty();
        assertThat(tests).containsAll(named);
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
