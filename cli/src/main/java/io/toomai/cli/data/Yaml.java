package io.toomai.cli.data;

import io.toomai.settings.json.Json;
import io.toomai.settings.text.SettingsException;
import io.toomai.settings.text.YamlText;

/// YAML as values: the settings' reader and writer, seen from this module.
public final class Yaml {
    private Yaml() {}

    /// Block style, sorted keys; ends with a line feed.
    public static String block(Json value) {
        return YamlText.fromJson(value.compact());
    }

    /// @throws SettingsException when the text is not YAML
    public static Json parse(String text) {
        return Json.parse(YamlText.toJson(text));
    }
}
