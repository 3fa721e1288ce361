package io.toomai.settings.text;

import io.toomai.settings.text.SettingsException.Code;
import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import io.toomai.settings.text.Tree.Sequence;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Shows trees as YAML the way `patronictl show-config` does (block style, sorted keys, lists not
/// indented under their key) and reads edited YAML back. Stateless.
public final class YamlText {
    private YamlText() {}

    /// The JSON document as YAML.
    ///
    /// @throws SettingsException INVALID_JSON
    public static String fromJson(String json) {
        return switch (JsonText.read(json, "JSON")) {
            case Parsed.Whole(Tree tree) -> write(tree);
            case Parsed.Broken broken -> throw failure(Code.INVALID_JSON, broken);
        };
    }

    /// The YAML document as compact JSON; an empty text is `{}`.
    ///
    /// @throws SettingsException INVALID_YAML with the line
    public static String toJson(String yaml) {
        return switch (YamlReader.read(yaml, "YAML")) {
            case Parsed.Whole(Tree tree) -> JsonText.write(tree);
            case Parsed.Broken broken -> throw failure(Code.INVALID_YAML, broken);
        };
    }

    public static String write(Tree tree) {
        StringBuilder out = new StringBuilder();
        switch (tree) {
            case Mapping mapping when !mapping.entries().isEmpty() -> mapping(mapping, 0, out);
            case Sequence sequence when !sequence.items().isEmpty() -> sequence(sequence, 0, out);
            case Mapping _, Sequence _, Scalar _ -> out.append(flow(tree)).append('\n');
        }
        return out.toString();
    }

    private static SettingsException failure(Code code, Parsed.Broken broken) {
        Parsed.Fault first = broken.faults().getFirst();
        return new SettingsException(code, first.at() + ": " + first.message());
    }

    private static void mapping(Mapping mapping, int indent, StringBuilder out) {
        boolean first = true;
        for (Map.Entry<String, Tree> entry : new TreeMap<>(mapping.entries()).entrySet()) {
            // The first key of a mapping in a list stands on the line of its dash.
            if (!first || out.isEmpty() || out.charAt(out.length() - 1) == '\n') {
                out.repeat(' ', indent);
            }
            first = false;
            out.append(text(entry.getKey())).append(':');
            switch (entry.getValue()) {
                case Mapping child when !child.entries().isEmpty() -> {
                    out.append('\n');
                    mapping(child, indent + 2, out);
                }
                case Sequence child when !child.items().isEmpty() -> {
                    out.append('\n');
                    sequence(child, indent, out);
                }
                case Mapping _, Sequence _, Scalar _ ->
                        out.append(' ').append(flow(entry.getValue())).append('\n');
            }
        }
    }

    private static void sequence(Sequence sequence, int indent, StringBuilder out) {
        boolean first = true;
        for (Tree item : sequence.items()) {
            if (!first || out.isEmpty() || out.charAt(out.length() - 1) == '\n') {
                out.repeat(' ', indent);
            }
            first = false;
            out.append("- ");
            switch (item) {
                case Mapping child when !child.entries().isEmpty() ->
                        mapping(child, indent + 2, out);
                case Sequence child when !child.items().isEmpty() ->
                        sequence(child, indent + 2, out);
                case Mapping _, Sequence _, Scalar _ -> out.append(flow(item)).append('\n');
            }
        }
    }

    private static String flow(Tree tree) {
        return switch (tree) {
            case Mapping _ -> "{}";
            case Sequence _ -> "[]";
            case Scalar(_, Kind kind, String text) ->
                    switch (kind) {
                        case TEXT -> text(text);
                        case NULL -> "null";
                        case WHOLE, REAL, FLAG -> text;
                    };
        };
    }

    private static String text(String text) {
        if (text.chars().anyMatch(c -> c < ' ' || c == 0x7f || c == 0x85)) {
            return JsonText.write(new Scalar(Position.NOWHERE, Kind.TEXT, text));
        }
        return isPlain(text) ? text : "'" + text.replace("'", "''") + "'";
    }

    private static boolean isPlain(String text) {
        if (text.isEmpty() || !text.equals(text.strip()) || text.startsWith("---")) {
            return false;
        }
        if (YamlReader.plainKind(text) != Kind.TEXT || text.equals("<<") || text.equals("=")) {
            return false;
        }
        char first = text.charAt(0);
        if ("-?:".indexOf(first) >= 0 && (text.length() == 1 || text.charAt(1) == ' ')) {
            return false;
        }
        if (",[]{}#&*!|>'\"%@`".indexOf(first) >= 0 || looksLikeDate(text)) {
            return false;
        }
        return !text.contains(": ") && !text.contains(" #") && !text.endsWith(":");
    }

    private static boolean looksLikeDate(String text) {
        return text.length() >= 8
                && text.toLowerCase(Locale.ROOT).matches("\\d{4}-\\d\\d?-\\d\\d?.*");
    }
}
