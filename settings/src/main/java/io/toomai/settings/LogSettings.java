package io.toomai.settings;

import io.toomai.core.model.ByteSize;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// The `log` section.
///
/// @param dir absent = standard error; else `patroni.log` there
/// @param fileNum rotated files that are kept
public record LogSettings(
        Type type,
        Level level,
        Optional<Path> dir,
        int fileNum,
        ByteSize fileSize,
        SortedMap<String, Level> loggers) {
    public LogSettings {
        loggers = Collections.unmodifiableSortedMap(new TreeMap<>(loggers));
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
