package io.toomai.settings;

import io.toomai.settings.text.Tree;
import io.toomai.settings.text.Tree.Kind;
import io.toomai.settings.text.Tree.Mapping;
import io.toomai.settings.text.Tree.Scalar;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// The PostgreSQL parameters that must be equal on all members (contract §4.4): only the dynamic
/// configuration sets them, and a value out of range gives way to the default. Stateless.
final class OwnedParameters {
    /// What `postgresql.listen` and `scope` decide; nobody else may.
    static final List<String> NEVER_SETTABLE = List.of("listen_addresses", "port", "cluster_name");

    private static final String SEGMENTS = "wal_keep_segments";
    private static final String SIZE = "wal_keep_size";
    private static final int SEGMENT_MB = 16;
    private static final int FIRST_WITH_KEEP_SIZE = 13;

    private OwnedParameters() {}

    static boolean isOwned(String parameter) {
        return NEVER_SETTABLE.contains(parameter)
                || Catalogue.INSTANCE.ownedParameters().stream()
                        .anyMatch(key -> key.name().equals(parameter));
    }

    /// Whether the parameter stands on the postmaster's command line as well, where ALTER SYSTEM
    /// cannot reach it.
    static boolean onCommandLine(String parameter) {
        return isOwned(parameter) && !parameter.equals(SEGMENTS) && !parameter.equals(SIZE);
    }

    /// Warns of what `values` will not take from the dynamic configuration.
    static void check(Mapping dynamic, Findings findings) {
        Optional<Mapping> parameters =
                new Values(dynamic)
                        .at("postgresql.parameters")
                        .flatMap(t -> t instanceof Mapping m ? Optional.of(m) : Optional.empty());
        parameters.ifPresent(written -> read(written, findings));
    }

    /// All owned parameters that a dynamic configuration leads to, for one major version.
    static SortedMap<String, String> values(Mapping written, int majorVersion) {
        SortedMap<String, String> read = read(written, new Findings());
        SortedMap<String, String> all = new TreeMap<>(read);
        for (Key key : Catalogue.INSTANCE.ownedParameters()) {
            all.putIfAbsent(key.name(), key.defaultText().orElseThrow());
        }
        all.computeIfPresent("wal_level", (_, level) -> current(level));
        keep(read, all, majorVersion);
        return all;
    }

    private static SortedMap<String, String> read(Mapping written, Findings findings) {
        SortedMap<String, String> read = new TreeMap<>();
        for (String name : NEVER_SETTABLE) {
            written.child(name)
                    .ifPresent(tree ->
                            findings.warning(
                                    tree.at(),
                                    Catalogue.OWNED_PREFIX + name,
                                    "is ignored: it comes from postgresql.listen and" + " scope"));
        }
        for (Key key : Catalogue.INSTANCE.ownedParameters()) {
            written.child(key.name()).ifPresent(tree -> read(key, tree, read, findings));
        }
        return read;
    }

    private static void read(
            Key key, Tree tree, SortedMap<String, String> into, Findings findings) {
        Optional<String> text =
                Values.parameterText(tree).map(t -> key.name().equals(SIZE) ? withUnit(t) : t);
        Optional<String> complaint =
                text.flatMap(t -> ValueCheck.complaint(key, new Scalar(tree.at(), Kind.TEXT, t)));
        if (text.isEmpty() || complaint.isPresent()) {
            String reason = complaint.orElse("expected a single value");
            String fallback = key.defaultText().orElseThrow();
            findings.warning(
                    tree.at(), key.path(), reason + "; the default " + fallback + " is used");
            return;
        }
        into.put(key.name(), canonical(key, text.get()));
    }

    private static String canonical(Key key, String text) {
        return switch (key.type()) {
            case FLAG -> Values.isTrue(text) ? "on" : "off";
            case WORD -> Values.word(text, key);
            case WHOLE,
                    SIZE,
                    TEXT,
                    SECRET,
                    SECONDS,
                    DURATION,
                    ADDRESS,
                    LISTEN,
                    PATH,
                    CIPHERS,
                    TEXTS,
                    TEXT_MAP,
                    SECRET_MAP,
                    LIST,
                    MAP,
                    SCALAR,
                    ANY,
                    ALIAS ->
                    text.strip();
        };
    }

    /// `hot_standby` is the name before PostgreSQL 9.6.
    private static String current(String walLevel) {
        return walLevel.equals("hot_standby") ? "replica" : walLevel;
    }

    private static String withUnit(String size) {
        return size.chars().allMatch(Character::isDigit) ? size + "MB" : size;
    }

    /// Of the two names only the one that the version knows stays; the other one is converted.
    private static void keep(
            SortedMap<String, String> read, SortedMap<String, String> all, int majorVersion) {
        if (majorVersion >= FIRST_WITH_KEEP_SIZE) {
            all.remove(SEGMENTS);
            if (read.containsKey(SEGMENTS) && !read.containsKey(SIZE)) {
                all.put(SIZE, Long.parseLong(read.get(SEGMENTS)) * SEGMENT_MB + "MB");
            }
        } else {
            all.remove(SIZE);
            if (read.containsKey(SIZE) && !read.containsKey(SEGMENTS)) {
                long megabytes = Values.bytes(read.get(SIZE)) >> 20;
                all.put(SEGMENTS, String.valueOf((megabytes + SEGMENT_MB - 1) / SEGMENT_MB));
            }
        }
    }
}
