package io.toomai.settings;

import io.toomai.core.model.ByteSize;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// The `log` section.
///
/// @param tracebackLevel stack traces are shown while `level` is not above it
/// @param dateFormat in the letters of strftime
/// @param staticFields in each JSON object
/// @param queueSize events that wait for a slow disk or terminal; more are dropped
/// @param loggers by their name
public record LogSettings(
        Type type,
        Level level,
        Level tracebackLevel,
        LogFormat format,
        Optional<String> dateFormat,
        SortedMap<String, String> staticFields,
        int queueSize,
        Optional<LogFile> file,
        SortedMap<String, Level> loggers) {
    public LogSettings {
        staticFields = Collections.unmodifiableSortedMap(new TreeMap<>(staticFields));
        loggers = Collections.unmodifiableSortedMap(new TreeMap<>(loggers));
    }

    /// `patroni.log` in a directory, instead of standard error.
    ///
    /// @param kept rotated files that are kept
    /// @param size at which it is rotated
    /// @param mode absent = what the process's umask leaves
    public record LogFile(
            Path directory, int kept, ByteSize size, Optional<Set<PosixFilePermission>> mode) {
        public LogFile {
            mode = mode.map(Set::copyOf);
        }
    }

    /// One event per line, as text or as JSON.
    public enum Type {
        PLAIN,
        JSON
    }

    /// From Patroni's names; CRITICAL is ERROR, NOTSET is DEBUG.
    public enum Level {
        DEBUG,
        INFO,
        WARNING,
        ERROR
    }
}
