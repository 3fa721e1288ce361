/// Every setting once: its name, type, default and meaning; reading, checking and merging them.
/// YAML and JSON as values.
module io.toomai.settings {
    requires static org.jspecify;
    requires transitive io.toomai.core;
    requires org.snakeyaml.engine;
    requires tools.jackson.core;

    exports io.toomai.settings;
    exports io.toomai.settings.json;
    exports io.toomai.settings.pem;
    exports io.toomai.settings.text;
}
