package io.toomai.settings;

import io.toomai.settings.text.Position;

/// Something in a configuration that is accepted but not as written. Never holds a secret. Fields
/// as in `Problem`.
public record Warning(String key, String file, int line, String message) {
    static Warning at(Position at, String key, String message) {
        return new Warning(key, at.source(), at.line(), message);
    }

    @Override
    public String toString() {
        return new Position(file, line) + ": " + (key.isEmpty() ? "" : key + ": ") + message;
    }
}
