package io.toomai.settings.text;

import io.toomai.settings.text.Parsed.Fault;
import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import io.toomai.settings.text.Tree.Sequence;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/// Reads YAML as Patroni's library does: plain words like `on` and `yes` are flags, quoted ones are
/// text, `<<` merges. Repeated keys are faults. Use one instance for one text.
public final class YamlReader {
    private static final Pattern DECIMAL = Pattern.compile("[-+]?(0|[1-9][0-9_]*)");
    private static final Pattern HEXADECIMAL = Pattern.compile("[-+]?0x[0-9a-fA-F_]+");
    private static final Pattern OCTAL = Pattern.compile("[-+]?0[0-7_]+");
    private static final Pattern REAL =
            Pattern.compile("[-+]?([0-9][0-9_]*\\.[0-9_]*|\\.[0-9][0-9_]*)([eE][-+][0-9]+)?");
    // More is no configuration but an anchor that multiplies itself.
    private static final int MAX_VALUES = 100_000;

    private final String source;
    private final List<Fault> faults = new ArrayList<>();
    private int values;

    private YamlReader(String source) {
        this.source = source;
    }

    /// @param source the name that positions carry, usually the file
    public static Parsed read(String yaml, String source) {
        return new YamlReader(source).document(ByteOrderMark.without(yaml));
    }

    private Parsed document(String yaml) {
        LoadSettings settings = LoadSettings.builder().setLabel(source).build();
        Tree tree;
        try {
            Position start = new Position(source, 1);
            tree =
                    compose(settings, yaml)
                            .map(node -> value(node, start))
                            .orElseGet(() -> new Mapping(start, Map.of()));
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().or(e::getContextMark).map(Mark::getLine).orElse(0) + 1;
            return broken(line, reason(e.getProblem()));
        } catch (YamlEngineException _) {
            return broken(1, "not valid YAML");
        }
        return faults.isEmpty() ? new Parsed.Whole(tree) : new Parsed.Broken(faults);
    }

    private static Optional<Node> compose(LoadSettings settings, String yaml) {
        StreamReader reader = new StreamReader(settings, yaml);
        return new Composer(settings, new ParserImpl(settings, reader)).getSingleNode();
    }

    private Parsed broken(int line, String message) {
        return new Parsed.Broken(List.of(new Fault(new Position(source, line), message)));
    }

    /// The parser's sentence, unless it could quote what may be a password.
    private static String reason(String problem) {
        if (problem.contains("alias") || problem.contains("anchor") || problem.contains("tag")) {
            return "not valid YAML: a value that begins with '*', '&' or '!' must be quoted";
        }
        return "not valid YAML: " + problem.lines().findFirst().orElse("");
    }

    private Tree value(Node node, Position at) {
        values++;
        if (values > MAX_VALUES) {
            throw new YamlEngineException("too many values");
        }
        if (node.isRecursive()) {
            throw new YamlEngineException("a value contains itself");
        }
        return switch (node) {
            case MappingNode mapping -> mapping(mapping, at);
            case SequenceNode sequence ->
                    new Sequence(
                            at,
                            sequence.getValue().stream()
                                    .map(item -> value(item, positionOf(item, at)))
                                    .toList());
            case ScalarNode scalar -> scalar(scalar, at);
            default -> throw new YamlEngineException("an unexpected kind of value");
        };
    }

    private Position positionOf(Node node, Position otherwise) {
        return node.getStartMark()
                .map(mark -> new Position(source, mark.getLine() + 1))
                .orElse(otherwise);
    }

    private Mapping mapping(MappingNode node, Position at) {
        Map<String, Tree> own = new LinkedHashMap<>();
        Map<String, Tree> merged = new LinkedHashMap<>();
        for (NodeTuple tuple : node.getValue()) {
            Position keyAt = positionOf(tuple.getKeyNode(), at);
            Optional<String> name = key(tuple.getKeyNode());
            if (name.isEmpty()) {
                faults.add(new Fault(keyAt, "a key must be a plain word, not a list or mapping"));
            } else if (name.get().equals("<<")) {
                merge(value(tuple.getValueNode(), keyAt), merged);
            } else if (own.containsKey(name.get())) {
                String first = String.valueOf(own.get(name.get()).at().line());
                faults.add(
                        new Fault(
                                keyAt,
                                "key '%s' is written twice; the first is in line %s"
                                        .formatted(name.get(), first)));
            } else {
                own.put(name.get(), value(tuple.getValueNode(), keyAt));
            }
        }
        merged.forEach(own::putIfAbsent);
        return new Mapping(at, own);
    }

    private static Optional<String> key(Node node) {
        return node instanceof ScalarNode scalar
                ? Optional.of(scalar.getValue())
                : Optional.empty();
    }

    private static void merge(Tree other, Map<String, Tree> into) {
        switch (other) {
            case Mapping mapping -> mapping.entries().forEach(into::putIfAbsent);
            case Sequence sequence -> sequence.items().forEach(item -> merge(item, into));
            case Scalar _ -> throw new YamlEngineException("'<<' needs a mapping");
        }
    }

    private static Scalar scalar(ScalarNode node, Position at) {
        String text = node.getValue();
        if (!node.isPlain()) {
            return new Scalar(at, Kind.TEXT, text);
        }
        return plain(text, at);
    }

    /// A word without quotes, in a file or an environment variable.
    public static Scalar plain(String text, Position at) {
        Kind kind = plainKind(text);
        String canonical =
                switch (kind) {
                    case WHOLE -> whole(text).toString();
                    case REAL -> String.valueOf(Double.parseDouble(text.replace("_", "")));
                    case FLAG -> String.valueOf(isTrue(text));
                    case NULL -> "";
                    case TEXT -> text;
                };
        return new Scalar(at, kind, canonical);
    }

    static Kind plainKind(String text) {
        return switch (text) {
            case "", "~", "null", "Null", "NULL" -> Kind.NULL;
            case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON" -> Kind.FLAG;
            case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF" -> Kind.FLAG;
            default -> numberKind(text);
        };
    }

    private static Kind numberKind(String text) {
        if (DECIMAL.matcher(text).matches()
                || HEXADECIMAL.matcher(text).matches()
                || OCTAL.matcher(text).matches()) {
            return Kind.WHOLE;
        }
        return REAL.matcher(text).matches() ? Kind.REAL : Kind.TEXT;
    }

    private static boolean isTrue(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            default -> false;
        };
    }

    private static BigInteger whole(String text) {
        String digits = text.replace("_", "").replace("+", "");
        boolean negative = digits.startsWith("-");
        String rest = negative ? digits.substring(1) : digits;
        BigInteger number;
        if (rest.startsWith("0x")) {
            number = new BigInteger(rest.substring(2).isEmpty() ? "0" : rest.substring(2), 16);
        } else if (rest.length() > 1 && rest.startsWith("0")) {
            number = new BigInteger(rest, 8);
        } else {
            number = new BigInteger(rest);
        }
        return negative ? number.negate() : number;
    }
}
