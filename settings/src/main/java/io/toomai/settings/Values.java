package io.toomai.settings;

import io.toomai.core.model.ByteSize;
import io.toomai.core.model.Secret;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import io.toomai.settings.text.Tree.Sequence;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Typed access by path to a tree that `TreeCheck` has found valid; what the tree does not say
/// comes from the catalogue's default. Immutable.
final class Values {
    private static final Pattern DURATION =
            Pattern.compile("(-?[0-9]+(?:\\.[0-9]*)?)\\s*(ms|s|min|h|d)?");

    private final Mapping root;

    Values(Mapping root) {
        this.root = root;
    }

    Mapping root() {
        return root;
    }

    /// The value as written; absent also where it is null.
    Optional<Tree> at(String path) {
        Optional<Tree> here = Optional.of(root);
        for (String name : path.split("\\.", -1)) {
            here =
                    here.flatMap(
                            tree -> tree instanceof Mapping m ? m.child(name) : Optional.empty());
        }
        return here;
    }

    /// The value as text, else the default.
    Optional<String> text(String path) {
        Key key = Catalogue.INSTANCE.key(path);
        return at(path).flatMap(Values::scalarText)
                .map(text -> key.type() == Key.Type.WORD ? word(text, key) : text)
                .or(key::defaultText);
    }

    /// The text of a key that is required or has a default.
    String requiredText(String path) {
        return text(path)
                .orElseThrow(() -> new IllegalStateException(path + " passed the check absent"));
    }

    int whole(String path) {
        return Math.toIntExact(Long.parseLong(requiredText(path)));
    }

    Optional<Integer> wholeIfSet(String path) {
        return text(path).map(Integer::valueOf);
    }

    boolean flag(String path) {
        return isTrue(requiredText(path));
    }

    Duration duration(String path, Optional<String> ifAbsent) {
        return duration(at(path).flatMap(Values::scalarText).or(() -> ifAbsent).orElseThrow());
    }

    Duration durationOf(String path) {
        return duration(requiredText(path));
    }

    Optional<Duration> durationIfSet(String path) {
        return at(path).flatMap(Values::scalarText).map(Values::duration);
    }

    ByteSize size(String path) {
        return new ByteSize(bytes(requiredText(path)));
    }

    Optional<Path> path(String path) {
        return text(path)
                .filter(text -> !text.isEmpty())
                .or(Catalogue.INSTANCE.key(path)::defaultText)
                .map(Values::expanded);
    }

    Optional<Secret> secret(String path) {
        return text(path).map(Secret::new);
    }

    List<String> texts(String path) {
        return at(path).map(tree -> items(tree, path))
                .or(() -> Catalogue.INSTANCE.key(path).defaultText().map(List::of))
                .orElse(List.of());
    }

    SortedMap<String, String> textMap(String path) {
        return at(path).map(Values::textMap).orElseGet(TreeMap::new);
    }

    /// Scalars of a mapping as text, flags as `true` and `false`, null as none.
    SortedMap<String, String> scalarMap(String path) {
        SortedMap<String, String> texts = new TreeMap<>();
        if (at(path).orElse(Mapping.EMPTY) instanceof Mapping mapping) {
            mapping.entries()
                    .forEach((name, value) -> texts.put(name, scalarText(value).orElse("")));
        }
        return texts;
    }

    /// Scalars of a mapping as text; flags as `on` and `off`, null left out.
    static SortedMap<String, String> textMap(Tree tree) {
        SortedMap<String, String> texts = new TreeMap<>();
        if (tree instanceof Mapping mapping) {
            mapping.entries()
                    .forEach((name, value) ->
                            parameterText(value).ifPresent(text -> texts.put(name, text)));
        }
        return texts;
    }

    static Optional<String> parameterText(Tree tree) {
        return tree instanceof Scalar(_, Kind kind, String text) && kind == Kind.FLAG
                ? Optional.of(text.equals("true") ? "on" : "off")
                : scalarText(tree);
    }

    static Optional<String> scalarText(Tree tree) {
        return tree instanceof Scalar scalar && scalar.kind() != Kind.NULL
                ? Optional.of(scalar.text())
                : Optional.empty();
    }

    /// Items of a list; a single text is split at commas, or into lines for `pg_hba` and
    /// `pg_ident`.
    static List<String> items(Tree tree, String path) {
        return switch (tree) {
            case Sequence sequence ->
                    sequence.items().stream().flatMap(i -> scalarText(i).stream()).toList();
            case Scalar scalar -> {
                String separator =
                        path.contains("pg_hba") || path.contains("pg_ident") ? "\n" : ",";
                List<String> items = new ArrayList<>();
                for (String item : scalar.text().split(separator, -1)) {
                    if (!item.isBlank()) {
                        items.add(item.strip());
                    }
                }
                yield items;
            }
            case Mapping _ -> List.of();
        };
    }

    /// The catalogue's spelling of a word; flags stand for the words that mean the same.
    static String word(String text, Key key) {
        List<String> words = key.limits().words();
        for (String word : words) {
            if (word.equalsIgnoreCase(text)) {
                return word;
            }
        }
        if (isFlag(text) && words.contains("off")) {
            return isTrue(text) ? (words.contains("on") ? "on" : "automatic") : "off";
        }
        if (isFlag(text) && isTrue(text) && words.contains("on")) {
            return "on";
        }
        return text;
    }

    static boolean isFlag(String text) {
        return isTrue(text)
                || switch (text.toLowerCase(Locale.ROOT)) {
                    case "false", "off", "no", "0" -> true;
                    default -> false;
                };
    }

    static boolean isTrue(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "on", "yes", "1" -> true;
            default -> false;
        };
    }

    /// @throws IllegalArgumentException when the text is no time
    static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a time");
        }
        String unit = matcher.group(2) == null ? "s" : matcher.group(2);
        long nanos =
                switch (unit) {
                    case "ms" -> 1_000_000L;
                    case "min" -> 60_000_000_000L;
                    case "h" -> 3_600_000_000_000L;
                    case "d" -> 86_400_000_000_000L;
                    default -> 1_000_000_000L;
                };
        BigDecimal total = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(nanos));
        try {
            return Duration.ofNanos(total.toBigInteger().longValueExact());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("too long a time", e);
        }
    }

    /// A size that may be negative (`-1`).
    ///
    /// @throws IllegalArgumentException when the text is no size
    static long bytes(String text) {
        try {
            return text.startsWith("-") ? Long.parseLong(text) : ByteSize.parse(text).bytes();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("too large a size", e);
        }
    }

    /// A leading `~` is the home directory, as in Patroni.
    private static Path expanded(String text) {
        if (text.equals("~") || text.startsWith("~/")) {
            return Path.of(System.getProperty("user.home", "/") + text.substring(1));
        }
        return Path.of(text);
    }
}
