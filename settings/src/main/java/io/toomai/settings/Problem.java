package io.toomai.settings;

import io.toomai.settings.text.Position;

/// A reason why a configuration is refused. Never holds a secret.
///
/// @param key dotted path such as `restapi.listen`; empty for a file that cannot be read at all
/// @param file file or other source (`environment PATRONI_NAME`, `/config`)
/// @param line from 1; 0 when the source has no lines
public record Problem(String key, String file, int line, String message) {
    static Problem at(Position at, String key, String message) {
        return new Problem(key, at.source(), at.line(), message);
    }

    @Override
    public String toString() {
        return new Position(file, line) + ": " + (key.isEmpty() ? "" : key + ": ") + message;
    }
}
