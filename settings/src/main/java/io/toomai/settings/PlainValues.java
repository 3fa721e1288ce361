package io.toomai.settings;

import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Trees from plain Java values, for configurations that are written in code.
final class PlainValues {
    private PlainValues() {}

    /// @throws IllegalArgumentException for a value that JSON does not know
    static Tree.Mapping mapping(Map<?, ?> values) {
        Map<String, Tree> entries = new LinkedHashMap<>();
        values.forEach((name, value) -> entries.put(String.valueOf(name), tree(value)));
        return new Tree.Mapping(Position.NOWHERE, entries);
    }

    private static Tree tree(@Nullable Object value) {
        return switch (value) {
            case null -> new Tree.Scalar(Position.NOWHERE, Kind.NULL, "");
            case Map<?, ?> map -> mapping(map);
            case List<?> list ->
                    new Tree.Sequence(
                            Position.NOWHERE, list.stream().map(PlainValues::tree).toList());
            case Boolean flag -> scalar(Kind.FLAG, flag);
            case Integer whole -> scalar(Kind.WHOLE, whole);
            case Long whole -> scalar(Kind.WHOLE, whole);
            case Number real -> scalar(Kind.REAL, real);
            case CharSequence text -> scalar(Kind.TEXT, text);
            default -> throw new IllegalArgumentException("no JSON value: " + value.getClass());
        };
    }

    private static Tree scalar(Kind kind, Object value) {
        return new Tree.Scalar(Position.NOWHERE, kind, value.toString());
    }
}
