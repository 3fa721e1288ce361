package io.toomai.settings.text;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A parsed YAML or JSON document. Immutable; every value knows where it was written (for a value
/// in a mapping: where its key was written). Never prints its contents, because they may be secret.
public sealed interface Tree {
    Position at();

    /// Where something in it is written, or would be: then that of what is around it.
    ///
    /// @param path names of keys, from here on
    default Position placeOf(List<String> path) {
        return at();
    }

    /// Keys in the order of the text.
    record Mapping(Position at, Map<String, Tree> entries) implements Tree {
        public static final Mapping EMPTY = new Mapping(Position.NOWHERE, Map.of());

        public Mapping {
            entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        }

        /// The child, absent also when it is null in the text.
        public Optional<Tree> child(String name) {
            return Optional.ofNullable(entries.get(name))
                    .filter(child -> !(child instanceof Scalar s && s.kind() == Kind.NULL));
        }

        @Override
        public Position placeOf(List<String> path) {
            return path.isEmpty()
                    ? at
                    : Optional.ofNullable(entries.get(path.getFirst()))
                            .map(child -> child.placeOf(path.subList(1, path.size())))
                            .orElse(at);
        }

        @Override
        public String toString() {
            return "mapping at " + at;
        }
    }

    record Sequence(Position at, List<Tree> items) implements Tree {
        public Sequence {
            items = List.copyOf(items);
        }

        @Override
        public String toString() {
            return "list at " + at;
        }
    }

    /// @param text the value in JSON's spelling: `true`, `5432`, `0.5`; text without quotes
    record Scalar(Position at, Kind kind, String text) implements Tree {
        @Override
        public String toString() {
            return kind + " at " + at;
        }
    }

    /// What a scalar is before anybody asks what it means.
    enum Kind {
        TEXT,
        WHOLE,
        REAL,
        FLAG,
        NULL
    }

    /// The same contents, wherever they were written.
    default boolean sameContents(Tree other) {
        return JsonText.write(this).equals(JsonText.write(other));
    }
}
