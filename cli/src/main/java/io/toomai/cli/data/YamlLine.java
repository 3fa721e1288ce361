package io.toomai.cli.data;

import io.toomai.settings.json.Json;
import io.toomai.settings.text.YamlText;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// YAML on one line (`{clonefrom: true, nofailover: true}`), for table cells. Keys are sorted.
public final class YamlLine {
    private static final String SPECIAL_IN_FLOW = ",?[]{}:";

    private YamlLine() {}

    public static String of(Json value) {
        return switch (value) {
            case Json.Obj(var fields) -> "{" + fields(fields) + "}";
            case Json.Arr(var items) ->
                    items.stream().map(YamlLine::of).collect(Collectors.joining(", ", "[", "]"));
            case Json.Text(var text) -> word(text);
            case Json.Num _, Json.Bool _ -> value.scalar();
            case Json.Null _ -> "null";
        };
    }

    private static String fields(Map<String, Json> fields) {
        return new TreeMap<>(fields)
                .entrySet().stream()
                        .map(field -> word(field.getKey()) + ": " + of(field.getValue()))
                        .collect(Collectors.joining(", "));
    }

    /// Between brackets a few more characters need quotes than elsewhere.
    private static String word(String text) {
        String written = YamlText.fromJson(Json.of(text).compact()).strip();
        boolean plain = written.equals(text);
        return plain && text.chars().anyMatch(c -> SPECIAL_IN_FLOW.indexOf(c) >= 0)
                ? "'" + text + "'"
                : written;
    }
}
