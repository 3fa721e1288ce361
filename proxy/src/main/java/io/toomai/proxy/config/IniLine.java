package io.toomai.proxy.config;

import io.toomai.settings.text.Position;

/// A `name = value` of an ini file.
///
/// @param section without its brackets
/// @param value as written, without the spaces around it; may be a secret
record IniLine(String section, String name, String value, Position at) {
    @Override
    public String toString() {
        return at + ": [" + section + "] " + name;
    }
}
