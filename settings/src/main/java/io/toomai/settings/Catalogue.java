package io.toomai.settings;

import io.toomai.settings.Key.Apply;
import io.toomai.settings.Key.Limits;
import io.toomai.settings.Key.Presence;
import io.toomai.settings.Key.Scope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// All settings by path. Parser, validator, environment names, defaults and the reference page come
/// from here and nowhere else. Immutable.
public final class Catalogue {
    public static final Catalogue INSTANCE = new Catalogue();

    static final String OWNED_PREFIX = "postgresql.parameters.";

    private static final String FIRST_VERSION = "0.1.0";

    private final TreeMap<String, Key> keys = new TreeMap<>();
    private final TreeSet<String> sections = new TreeSet<>();

    private Catalogue() {
        read(CatalogueRows.LOCAL, Scope.LOCAL, "");
        for (String user : List.of("superuser", "replication", "rewind")) {
            read(CatalogueRows.LOGIN, Scope.LOCAL, "postgresql.authentication." + user + ".");
        }
        read(CatalogueRows.BOTH, Scope.BOTH, "");
        read(CatalogueRows.DYNAMIC, Scope.DYNAMIC, "");
        read(CatalogueRows.OLDER, Scope.DYNAMIC, "");
        read(CatalogueRows.OWNED, Scope.DYNAMIC, "");
        for (String path : keys.keySet()) {
            for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
                sections.add(path.substring(0, dot));
            }
        }
    }

    /// All rows, sorted by path.
    public Collection<Key> keys() {
        return Collections.unmodifiableCollection(keys.values());
    }

    /// The row of a path that is known to exist.
    ///
    /// @throws IllegalArgumentException when there is none
    public Key key(String path) {
        return find(path)
                .orElseThrow(() -> new IllegalArgumentException("no setting is called " + path));
    }

    /// The row of a path, also through a row that ends with `*`.
    public Optional<Key> find(String path) {
        Key exact = keys.get(path);
        return exact != null
                ? Optional.of(exact)
                : Optional.ofNullable(keys.get(parent(path) + "*"));
    }

    /// Whether a parameter of PostgreSQL must be equal on all members, so that only the dynamic
    /// configuration may set it.
    public boolean isShared(String parameter) {
        return OwnedParameters.isOwned(parameter);
    }

    /// The rows of contract §4.4.
    List<Key> ownedParameters() {
        return List.copyOf(keys.subMap(OWNED_PREFIX, OWNED_PREFIX + Character.MAX_VALUE).values());
    }

    boolean isSection(String path) {
        return sections.contains(path);
    }

    /// Names directly below a section (empty for the top) that may stand in the given place.
    SortedSet<String> namesBelow(String section, Scope place) {
        String prefix = section.isEmpty() ? "" : section + ".";
        SortedSet<String> names = new TreeSet<>();
        for (Key key : keys.values()) {
            if (key.path().startsWith(prefix) && key.scope().covers(place)) {
                String rest = key.path().substring(prefix.length());
                int dot = rest.indexOf('.');
                names.add(dot < 0 ? rest : rest.substring(0, dot));
            }
        }
        names.remove("*");
        return names;
    }

    private static String parent(String path) {
        return path.substring(0, path.lastIndexOf('.') + 1);
    }

    private void read(String rows, Scope scope, String prefix) {
        rows.lines()
                .map(line -> row(line, scope, prefix))
                .forEach(key -> keys.put(key.path(), key));
    }

    private static Key row(String line, Scope scope, String prefix) {
        String[] cells = line.split("\\s*\\|\\s*", -1);
        String path = prefix + cells[0].strip();
        boolean required = cells[2].equals("required");
        return new Key(
                path,
                Key.Type.valueOf(cells[1]),
                required ? Presence.REQUIRED : Presence.OPTIONAL,
                required ? Optional.empty() : cell(cells[2]),
                limits(cells[3], Key.Type.valueOf(cells[1])),
                scope,
                environment(cells[4], path),
                Apply.valueOf(cells[5].toUpperCase(Locale.ROOT)),
                cells[6].strip(),
                cells.length > 7 ? cells[7].strip() : FIRST_VERSION);
    }

    private static Optional<String> cell(String text) {
        return text.equals("-") ? Optional.empty() : Optional.of(text);
    }

    private static Limits limits(String text, Key.Type type) {
        if (text.equals("-")) {
            return Limits.NONE;
        }
        if (type == Key.Type.WORD) {
            return new Limits(Optional.empty(), Optional.empty(), List.of(text.split(", ", -1)));
        }
        int dots = text.indexOf("..");
        return new Limits(
                bound(text.substring(0, dots)), bound(text.substring(dots + 2)), List.of());
    }

    private static Optional<Long> bound(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(Long.valueOf(text));
    }

    private static List<String> environment(String text, String path) {
        if (text.equals("-")) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        for (String name : text.split(", ", -1)) {
            names.add(name.equals("=") ? derived(path) : name);
        }
        return names;
    }

    /// `PATRONI_` and the path, `TOOMAI_` for our own section; the three logins have short names.
    private static String derived(String path) {
        Map<String, String> prefixes =
                Map.of("toomai.", "TOOMAI_", "postgresql.authentication.", "PATRONI_");
        for (Map.Entry<String, String> prefix : prefixes.entrySet()) {
            if (path.startsWith(prefix.getKey())) {
                return prefix.getValue() + upper(path.substring(prefix.getKey().length()));
            }
        }
        return "PATRONI_" + upper(path);
    }

    private static String upper(String path) {
        return path.replace('.', '_').toUpperCase(Locale.ROOT);
    }
}
