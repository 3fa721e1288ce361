package io.toomai.settings;

import io.toomai.settings.text.Parsed;
import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import io.toomai.settings.text.Tree.Sequence;
import io.toomai.settings.text.YamlReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Lays environment variables over the file's tree (contract §4.2). Used once.
final class Environment {
    /// A whole configuration as YAML, for when there is no file.
    static final String CONFIGURATION = "PATRONI_CONFIGURATION";

    private final Map<String, String> variables;
    private final Findings findings;
    private final Map<String, Key> byName = new TreeMap<>();

    Environment(Map<String, String> variables, Findings findings) {
        this.variables = new TreeMap<>(variables);
        this.findings = findings;
        for (Key key : Catalogue.INSTANCE.keys()) {
            key.environment().forEach(name -> byName.put(name, key));
        }
    }

    static boolean isOurs(String name) {
        return name.startsWith("PATRONI_") || name.startsWith("TOOMAI_");
    }

    Mapping overlay(Mapping file) {
        Mapping result = file;
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            String name = variable.getKey();
            Key key = byName.get(name);
            if (key != null && !variable.getValue().isEmpty()) {
                Optional<Tree> value = value(key, name, variable.getValue());
                if (value.isPresent()) {
                    result = with(result, key.path(), value.get());
                }
            } else if (key == null && name.startsWith("PATRONI_")) {
                result = unknown(result, name);
            }
        }
        return result;
    }

    private Optional<Tree> value(Key key, String name, String text) {
        Position at = new Position("environment " + name, 0);
        if (isText(key.type())) {
            return Optional.of(new Scalar(at, Kind.TEXT, text));
        }
        if (key.type() == Key.Type.LIST && !text.strip().matches("(?s)[\\[{].*")) {
            return Optional.of(split(text, at));
        }
        return switch (brackets(key, text.strip())) {
            case "" -> Optional.of(YamlReader.plain(text.strip(), at));
            case String flow -> flow(key, flow, at);
        };
    }

    private static boolean isText(Key.Type type) {
        return type == Key.Type.TEXT || type == Key.Type.SECRET || type == Key.Type.PATH;
    }

    /// Items without quotes, which YAML would not take: `1@[::1]:2888:3888:2181,2@…`.
    private static Tree split(String text, Position at) {
        List<Tree> items = new ArrayList<>();
        for (String item : text.split(",", -1)) {
            items.add(new Scalar(at, Kind.TEXT, item.strip()));
        }
        return new Sequence(at, items);
    }

    /// The text with the brackets that may be left out; empty for a single value.
    private static String brackets(Key key, String text) {
        boolean quotedItems = key.type() == Key.Type.TEXTS && text.matches("(?s)['\"].*");
        if (quotedItems || (key.type() == Key.Type.LIST && text.startsWith("{"))) {
            return "[" + text + "]";
        }
        if (text.startsWith("[") || text.startsWith("{")) {
            return text;
        }
        return key.type() == Key.Type.TEXT_MAP
                        || key.type() == Key.Type.SECRET_MAP
                        || key.type() == Key.Type.MAP
                ? "{" + text + "}"
                : "";
    }

    private Optional<Tree> flow(Key key, String yaml, Position at) {
        return switch (YamlReader.read(yaml, at.source())) {
            case Parsed.Whole(Tree tree) -> Optional.of(tree);
            case Parsed.Broken(List<Parsed.Fault> faults) -> {
                findings.problem(
                        at,
                        key.path(),
                        key.type().isSecret()
                                ? "expected " + key.type().caption
                                : faults.getFirst().message());
                yield Optional.empty();
            }
        };
    }

    /// Variables for Patroni's stores count as their section; others deserve a hint.
    private Mapping unknown(Mapping root, String name) {
        Position at = new Position("environment " + name, 0);
        for (String section : StoreSection.UNAVAILABLE) {
            if (name.startsWith("PATRONI_" + section.toUpperCase(Locale.ROOT) + "_")) {
                return root.child(section).isPresent()
                        ? root
                        : with(root, section, new Mapping(at, Map.of()));
            }
        }
        if (!name.equals(CONFIGURATION)) {
            String hint =
                    Nearest.to(name, byName.keySet())
                            .map(nearest -> "; did you mean " + nearest + "?")
                            .orElse("");
            findings.warning(at, "", "is not a known variable" + hint + "; it is ignored");
        }
        return root;
    }

    private static Mapping with(Mapping root, String path, Tree value) {
        int dot = path.indexOf('.');
        Map<String, Tree> entries = new LinkedHashMap<>(root.entries());
        if (dot < 0) {
            entries.put(path, value);
        } else {
            String section = path.substring(0, dot);
            Mapping inner =
                    root.entries().get(section) instanceof Mapping m
                            ? m
                            : new Mapping(value.at(), Map.of());
            entries.put(section, with(inner, path.substring(dot + 1), value));
        }
        return new Mapping(root.at(), entries);
    }
}
