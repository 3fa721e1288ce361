package io.toomai.proxy.config;

import io.toomai.settings.text.Position;

/// A `name = value` of an ini file, or what would stand in one.
///
/// @param path what messages call it
/// @param section without its brackets
/// @param value as written, without the spaces around it; may be a secret
record IniLine(String path, String section, String name, String value, Position at) {
    /// Of an ini file.
    IniLine(String section, String name, String value, Position at) {
        this(name, section, name, value, at);
    }

    @Override
    public String toString() {
        return at + ": [" + section + "] " + name;
    }
}
