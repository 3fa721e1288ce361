package io.toomai.settings;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// One row of the catalogue: everything there is to know of one setting.
///
/// @param path dotted, as in the file; `*` stands for any name
/// @param defaultText as it would be written; absent when the key has none
/// @param environment names that override the file, first one preferred
public record Key(
        String path,
        Type type,
        Presence presence,
        Optional<String> defaultText,
        Limits limits,
        Scope scope,
        List<String> environment,
        Apply apply,
        String meaning,
        String since) {
    public Key {
        environment = List.copyOf(environment);
    }

    /// What a value must look like.
    public enum Type {
        TEXT("text"),
        SECRET("secret"),
        WHOLE("whole number"),
        FLAG("on or off"),
        WORD("one of"),
        SECONDS("seconds"),
        DURATION("time: seconds, or with unit ms, s, min, h, d"),
        SIZE("bytes, or with unit kB, MB, GB, TB"),
        ADDRESS("host:port"),
        LISTEN("host[,host]:port"),
        PATH("path"),
        CIPHERS("cipher list of OpenSSL"),
        TEXTS("list of text"),
        TEXT_MAP("mapping of text"),
        SECRET_MAP("mapping of secrets"),
        LIST("list"),
        MAP("mapping"),
        SCALAR("text, number or flag"),
        ANY("anything"),
        /// An older name; the default column holds the new one.
        ALIAS("older name");

        final String caption;

        Type(String caption) {
            this.caption = caption;
        }

        /// Whether its values are never shown.
        boolean isSecret() {
            return this == SECRET || this == SECRET_MAP;
        }
    }

    /// Whether a file without the key is refused.
    public enum Presence {
        OPTIONAL,
        REQUIRED
    }

    /// Where the key may stand: in the file, in the store, or in both (then the file wins).
    public enum Scope {
        LOCAL,
        DYNAMIC,
        BOTH;

        boolean covers(Scope place) {
            return this == BOTH || this == place;
        }
    }

    /// When a changed value acts.
    public enum Apply {
        RELOAD,
        RESTART
    }

    /// Bounds of a number, or the words that are allowed.
    public record Limits(Optional<Long> min, Optional<Long> max, List<String> words) {
        static final Limits NONE = new Limits(Optional.empty(), Optional.empty(), List.of());

        public Limits {
            words = List.copyOf(words);
        }

        boolean allows(double number) {
            return min.filter(bound -> number < bound).isEmpty()
                    && max.filter(bound -> number > bound).isEmpty();
        }

        @Override
        public String toString() {
            if (!words.isEmpty()) {
                return String.join(", ", words);
            }
            String from = min.map(bound -> "from " + bound).orElse("");
            return (from + max.map(bound -> " to " + bound).orElse("")).strip();
        }
    }

    /// The last part of the path.
    public String name() {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /// A PostgreSQL parameter of contract §4.4.
    boolean isOwnedRow() {
        return path.startsWith(Catalogue.OWNED_PREFIX);
    }

    Duration defaultDuration() {
        return Values.duration(defaultText.orElseThrow());
    }
}
