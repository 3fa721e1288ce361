package io.toomai.dcs.document;

import java.util.Optional;

/// `config`: JSON text that the settings module reads; here only whether it is an object at all.
public final class ConfigDocument {
    private ConfigDocument() {}

    /// The text itself when it is a JSON object; anything else counts as absent (contract §1.2).
    public static Optional<String> read(String text) {
        return DocumentJson.parse(text).isObject() ? Optional.of(text) : Optional.empty();
    }
}
