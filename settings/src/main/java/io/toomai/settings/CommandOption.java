package io.toomai.settings;

import java.util.Optional;

/// An option for a program: `--name` or `--name=value`.
public record CommandOption(String name, Optional<String> value) {
    public String argument() {
        return "--" + name + value.map(v -> "=" + v).orElse("");
    }
}
