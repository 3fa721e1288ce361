package io.toomai.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.settings.LoadResult.Loaded;
import io.toomai.settings.LoadResult.Rejected;
import io.toomai.settings.text.JsonText;
import io.toomai.settings.text.Parsed;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.YamlReader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every key of the catalogue with every kind of nonsense, in the file, in the store and in the
/// environment: either the value is taken, or a problem or warning names the key and its place.
/// Never an exception, and never anything of a document that is refused.
class BadInputTest {
    private static final String LONG = "x".repeat(100_000);

    /// YAML and JSON at once.
    private static final List<String> NONSENSE =
            List.of(
                    "null",
                    "\"\"",
                    "\" \"",
                    "[]",
                    "{}",
                    "[[1]]",
                    "[{\"a\": [1]}]",
                    "[null]",
                    "{\"a\": {\"b\": [1]}}",
                    "{\"\": null}",
                    "{\"a\": null}",
                    "true",
                    "0",
                    "-1",
                    "0.5",
                    "-99999999999999999999999999",
                    "99999999999999999999999999",
                    "\"-\"",
                    "\"1e99999\"",
                    "\"0x\"",
                    "\"NaN\"",
                    "\"99999999999999999999 d\"",
                    "\"99999999TB\"",
                    "\"\\u0000\"",
                    "\"a\\nb\"",
                    "\"::\"",
                    "\"[::1\"",
                    "\"host:-1\"",
                    "\"../../x\"",
                    "\"~nobody/x\"",
                    "\"%s %n\"",
                    "\"{\"",
                    "\"äö\\ud83d\\ude00\"",
                    "\"" + LONG + "\"");

    static Stream<Key> localKeys() {
        return Catalogue.INSTANCE.keys().stream()
                .filter(key -> key.scope().covers(Key.Scope.LOCAL));
    }

    static Stream<Key> dynamicKeys() {
        return Catalogue.INSTANCE.keys().stream()
                .filter(key -> key.scope().covers(Key.Scope.DYNAMIC));
    }

    static Stream<Key> keysWithVariables() {
        return Catalogue.INSTANCE.keys().stream().filter(key -> !key.environment().isEmpty());
    }

    @ParameterizedTest
    @MethodSource("localKeys")
    void inTheFile(Key key) {
        for (String nonsense : NONSENSE) {
            String yaml = fileWith(key, nonsense);
            judge(key, SettingsFile.parse(yaml, "patroni.yml", Map.of()), "patroni.yml", nonsense);
        }
    }

    @ParameterizedTest
    @MethodSource("dynamicKeys")
    void inTheStore(Key key) {
        for (String nonsense : NONSENSE) {
            String json = nested(path(key), nonsense);
            switch (DynamicSettings.parse(json)) {
                case DynamicSettings.Valid(DynamicSettings settings, var warnings) -> {
                    warnings.forEach(w -> assertNames(key, w.key(), w.file(), "/config"));
                    EffectivePostgres.of(Samples.loaded(Samples.MINIMAL), settings, 17);
                }
                case DynamicSettings.Invalid(var problems) -> {
                    assertThat(problems).as(key.path() + ": " + nonsense).isNotEmpty();
                    problems.forEach(p -> assertNames(key, p.key(), p.file(), "/config"));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("keysWithVariables")
    void inTheEnvironment(Key key) {
        for (String variable : key.environment()) {
            for (String nonsense : NONSENSE) {
                judge(
                        key,
                        SettingsFile.parse(
                                Samples.MINIMAL, "patroni.yml", Map.of(variable, nonsense)),
                        "environment " + variable,
                        nonsense);
            }
        }
    }

    private static void judge(Key key, LoadResult result, String source, String nonsense) {
        String what = key.path() + ": " + shortened(nonsense);
        switch (result) {
            case Loaded(Settings settings, var warnings) -> {
                warnings.forEach(w -> assertThat(w.message()).as(what).isNotBlank());
                EffectivePostgres.of(settings, DynamicSettings.defaults(), 17);
                assertThat(settings.toString()).as(what).isNotBlank();
            }
            case Rejected(var problems, _) -> {
                assertThat(problems).as(what).isNotEmpty();
                assertThat(problems).as(what).anyMatch(p -> tells(p, key, source));
                problems.forEach(p -> {
                    assertThat(p.message()).as(what).hasSizeLessThan(500);
                    if (p.file().equals("patroni.yml")) {
                        assertThat(p.line()).as(what + " " + p).isPositive();
                    }
                });
            }
        }
    }

    /// Names the key and its place; or, where a variable says null, how to set what is missing.
    private static boolean tells(Problem problem, Key key, String source) {
        return (related(key.path(), problem.key())
                        || related(key.defaultText().orElse(""), problem.key()))
                && (problem.file().equals(source)
                        || problem.message().contains(source.replace("environment ", "")));
    }

    private static void assertNames(Key key, String named, String file, String source) {
        assertThat(file).as(key.path()).isEqualTo(source);
        String today = key.type() == Key.Type.ALIAS ? key.defaultText().orElseThrow() : key.path();
        assertThat(related(key.path(), named) || related(today, named))
                .as("%s is named by '%s'", key.path(), named)
                .isTrue();
    }

    /// One is the other, or a section around it or a part of it.
    private static boolean related(String path, String named) {
        String fixed = path.replace(".*", "");
        return named.equals(fixed)
                || named.startsWith(fixed + ".")
                || fixed.startsWith(named + ".")
                || sectionOf(fixed).equals(sectionOf(named));
    }

    private static String sectionOf(String path) {
        int dot = path.lastIndexOf('.');
        return dot < 0 ? "" : path.substring(0, dot);
    }

    private static String shortened(String text) {
        return text.length() < 50 ? text : text.substring(0, 50) + "…";
    }

    private static List<String> path(Key key) {
        return List.of(key.path().replace("*", "rack").split("\\.", -1));
    }

    private static String nested(List<String> path, String value) {
        return path.isEmpty()
                ? value
                : "{\"%s\": %s}"
                        .formatted(path.getFirst(), nested(path.subList(1, path.size()), value));
    }

    /// The minimal file, one line for each section, with that key replaced or added.
    private static String fileWith(Key key, String value) {
        Mapping whole =
                with(tree(Samples.MINIMAL), path(key), tree("v: " + value).entries().get("v"));
        StringBuilder yaml = new StringBuilder();
        whole.entries()
                .forEach((name, section) ->
                        yaml.append(name)
                                .append(": ")
                                .append(JsonText.write(section))
                                .append('\n'));
        return yaml.toString();
    }

    private static Mapping tree(String yaml) {
        return (Mapping) ((Parsed.Whole) YamlReader.read(yaml, "sample")).tree();
    }

    private static Mapping with(Mapping into, List<String> path, @Nullable Tree value) {
        Map<String, Tree> entries = new LinkedHashMap<>(into.entries());
        String name = path.getFirst();
        Tree inner =
                path.size() == 1
                        ? Objects.requireNonNull(value)
                        : with(
                                entries.get(name) instanceof Mapping m ? m : Mapping.EMPTY,
                                path.subList(1, path.size()),
                                value);
        entries.put(name, inner);
        return new Mapping(into.at(), entries);
    }
}
