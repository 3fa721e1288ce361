package io.toomai.proxy.config;

import io.toomai.proxy.auth.AddressRange;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// What the value of a setting may be.
sealed interface SettingKind {
    /// What is wrong with a value; empty if nothing is.
    Optional<String> fault(String value);

    /// A value that has no fault, as its readers compare it.
    default String spelled(String value) {
        return value;
    }

    record Text() implements SettingKind {
        @Override
        public Optional<String> fault(String value) {
            return Optional.empty();
        }
    }

    /// Of a file. What the system's encoding has no bytes for cannot be one.
    record FileName() implements SettingKind {
        @Override
        public Optional<String> fault(String value) {
            try {
                Path _ = Path.of(value);
                return Optional.empty();
            } catch (InvalidPathException e) {
                return Optional.of("cannot be the name of a file here: " + e.getReason());
            }
        }
    }

    record WholeNumber(long least, long most) implements SettingKind {
        @Override
        public Optional<String> fault(String value) {
            try {
                long number = Long.parseLong(value);
                if (number >= least && number <= most) {
                    return Optional.empty();
                }
            } catch (NumberFormatException _) {
                // Said below.
            }
            return Optional.of("must be a whole number from " + least + " to " + most);
        }
    }

    /// Seconds, also parts of them.
    record Seconds() implements SettingKind {
        @Override
        public Optional<String> fault(String value) {
            try {
                double seconds = Double.parseDouble(value);
                if (seconds >= 0 && seconds <= Integer.MAX_VALUE) {
                    return Optional.empty();
                }
            } catch (NumberFormatException _) {
                // Said below.
            }
            return Optional.of("must be a number of seconds from 0");
        }
    }

    record OnOff() implements SettingKind {
        private static final List<String> ON = List.of("1", "yes", "on", "true", "t", "y");
        private static final List<String> OFF = List.of("0", "no", "off", "false", "f", "n");

        static boolean isOn(String value) {
            return ON.contains(value.toLowerCase(Locale.ROOT));
        }

        @Override
        public Optional<String> fault(String value) {
            return isOn(value) || OFF.contains(value.toLowerCase(Locale.ROOT))
                    ? Optional.empty()
                    : Optional.of("must be 0 or 1");
        }
    }

    /// As PgBouncer reads words: in letters of any case.
    ///
    /// @param words in lower case
    record OneOf(List<String> words) implements SettingKind {
        @Override
        public Optional<String> fault(String value) {
            return words.contains(spelled(value))
                    ? Optional.empty()
                    : Optional.of("must be one of " + String.join(", ", words));
        }

        @Override
        public String spelled(String value) {
            return value.toLowerCase(Locale.ROOT);
        }
    }

    /// Addresses with or without `/bits`, parted by commas.
    record Networks() implements SettingKind {
        @Override
        public Optional<String> fault(String value) {
            return Stream.of(value.split(",", -1))
                    .map(String::strip)
                    .filter(word -> !word.isEmpty() && AddressRange.parse(word).isEmpty())
                    .findFirst()
                    .map(word -> "has " + word + ", which is no address with /bits");
        }
    }

    /// A host, or the directory of a Unix socket. libpq also knows sockets that are no files.
    record SocketPlace() implements SettingKind {
        @Override
        public Optional<String> fault(String value) {
            if (value.startsWith("@")) {
                return Optional.of(
                        "begins with @: sockets without a file are not known here; name a"
                                + " directory");
            }
            return value.contains("/") ? new FileName().fault(value) : Optional.empty();
        }
    }

    /// Permissions such as `0777`.
    record Octal() implements SettingKind {
        @Override
        public Optional<String> fault(String value) {
            return value.matches("0?[0-7]{3}")
                    ? Optional.empty()
                    : Optional.of("must be permissions such as 0777");
        }
    }
}
