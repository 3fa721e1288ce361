package io.toomai.cli.data;

import io.toomai.settings.text.SettingsException;
import io.toomai.settings.text.YamlText;

/// YAML as values: the settings' reader and writer, seen from this module.
public final class Yaml {
    private Yaml() {}

    /// Block style, sorted keys; ends with a line feed.
    public static String block(Json value) {
        return YamlText.fromJson(JsonText.compact(value));
    }

    /// @throws DataException when the text is not YAML
    public static Json parse(String text) {
        try {
            return JsonText.parse(YamlText.toJson(text));
        } catch (SettingsException e) {
            throw new DataException(e.getMessage() == null ? "not YAML" : e.getMessage(), e);
        }
    }
}
