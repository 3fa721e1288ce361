package io.toomai.settings;

import io.toomai.settings.LogFormat.Field;
import io.toomai.settings.LogSettings.Level;
import io.toomai.settings.LogSettings.LogFile;
import io.toomai.settings.text.Position;
import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import io.toomai.settings.text.Tree.Sequence;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the `log` section of a tree that has passed `TreeCheck`. Used once.
final class LogReader {
    private static final Pattern ATTRIBUTE = Pattern.compile("%\\(([a-zA-Z_]+)\\)");
    private static final int UNLIMITED = 100_000;
    private static final int ALL_BITS = 0777;

    private final Values values;
    private final Findings findings;

    LogReader(Values values, Findings findings) {
        this.values = values;
        this.findings = findings;
    }

    LogSettings log() {
        LogSettings.Type type =
                LogSettings.Type.valueOf(values.requiredText("log.type").toUpperCase(Locale.ROOT));
        int queue = values.whole("log.max_queue_size");
        return new LogSettings(
                type,
                level(values.requiredText("log.level")).orElse(Level.INFO),
                level(values.requiredText("log.traceback_level")).orElse(Level.ERROR),
                values.at("log.format")
                        .map(tree -> format(type, tree))
                        .orElseGet(LogFormat.Standard::new),
                values.text("log.dateformat").filter(text -> !text.isEmpty()),
                values.textMap("log.static_fields"),
                queue == 0 ? UNLIMITED : queue,
                values.path("log.dir")
                        .map(directory ->
                                new LogFile(
                                        directory,
                                        values.whole("log.file_num"),
                                        values.size("log.file_size"),
                                        mode())),
                loggers());
    }

    private SortedMap<String, Level> loggers() {
        SortedMap<String, Level> loggers = new TreeMap<>();
        values.textMap("log.loggers")
                .forEach((name, text) ->
                        level(text)
                                .ifPresentOrElse(
                                        level -> loggers.put(name, level),
                                        () -> problem("log.loggers", noLevel(name, text))));
        return loggers;
    }

    private static String noLevel(String name, String text) {
        Key key = Catalogue.INSTANCE.key("log.level");
        return "%s: expected one of %s, found '%s'"
                .formatted(ValueCheck.shortened(name), key.limits(), ValueCheck.shortened(text));
    }

    private static Optional<Level> level(String text) {
        return switch (text.toUpperCase(Locale.ROOT)) {
            case "DEBUG", "NOTSET" -> Optional.of(Level.DEBUG);
            case "INFO" -> Optional.of(Level.INFO);
            case "WARNING", "WARN" -> Optional.of(Level.WARNING);
            case "ERROR", "CRITICAL" -> Optional.of(Level.ERROR);
            default -> Optional.empty();
        };
    }

    private LogFormat format(LogSettings.Type type, Tree tree) {
        return switch (type) {
            case PLAIN -> line(tree);
            case JSON -> fields(tree);
        };
    }

    private LogFormat line(Tree tree) {
        Optional<String> text = Values.scalarText(tree).filter(t -> !t.isBlank());
        if (text.isEmpty()) {
            warning(tree.at(), "log.format", "is ignored: log.type plain needs one text");
            return new LogFormat.Standard();
        }
        return new LogFormat.Line(text.get());
    }

    private LogFormat fields(Tree tree) {
        List<Field> fields = new ArrayList<>();
        switch (tree) {
            case Scalar scalar -> {
                Matcher matcher = ATTRIBUTE.matcher(scalar.text());
                while (matcher.find()) {
                    fields.add(new Field(matcher.group(1), matcher.group(1)));
                }
            }
            case Sequence sequence -> sequence.items().forEach(item -> addField(item, fields));
            case Mapping mapping -> addField(mapping, fields);
        }
        if (fields.isEmpty()) {
            warning(tree.at(), "log.format", "is ignored: it names no attribute");
            return new LogFormat.Standard();
        }
        return new LogFormat.Fields(fields);
    }

    private void addField(Tree item, List<Field> into) {
        switch (item) {
            case Scalar scalar when scalar.kind() == Kind.TEXT ->
                    into.add(new Field(scalar.text(), scalar.text()));
            case Mapping renames ->
                    Values.textMap(renames)
                            .forEach((attribute, name) -> into.add(new Field(attribute, name)));
            case Scalar _, Sequence _ ->
                    warning(
                            item.at(),
                            "log.format",
                            "an item is ignored: expected an attribute, or attribute: name");
        }
    }

    /// A number as YAML reads it (`0644` is octal there), or its octal digits as text.
    private Optional<Set<PosixFilePermission>> mode() {
        Optional<Tree> tree = values.at("log.mode");
        if (tree.isEmpty() || !(tree.get() instanceof Scalar scalar)) {
            return Optional.empty();
        }
        int bits = -1;
        try {
            int radix = scalar.kind() == Kind.TEXT ? 8 : 10;
            bits = Integer.parseInt(scalar.text().strip().replaceFirst("^0o", ""), radix);
        } catch (NumberFormatException _) {
            // said below
        }
        if (bits < 0 || bits > ALL_BITS) {
            String found = ValueCheck.shortened(scalar.text());
            problem("log.mode", "expected a file mode such as 0644, found '%s'".formatted(found));
            return Optional.empty();
        }
        return Optional.of(permissions(bits));
    }

    private static Set<PosixFilePermission> permissions(int bits) {
        PosixFilePermission[] fromOwnersRead = PosixFilePermission.values();
        Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
        for (int i = 0; i < fromOwnersRead.length; i++) {
            if ((bits & 0400 >> i) != 0) {
                set.add(fromOwnersRead[i]);
            }
        }
        return set;
    }

    private void problem(String path, String message) {
        findings.problem(values.at(path).map(Tree::at).orElse(Position.NOWHERE), path, message);
    }

    private void warning(Position at, String path, String message) {
        findings.warning(at, path, message);
    }
}
