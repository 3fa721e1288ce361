package io.toomai.dcs.kubernetes;

import io.toomai.settings.json.Json;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// One object as the API returned it.
///
/// @param version its `resourceVersion`; numbers of one cluster that only grow
record StoredObject(String name, long version, Map<String, String> annotations, Json json) {
    static final long NO_VERSION = 0;

    static StoredObject of(Json json) {
        Map<String, String> annotations = new TreeMap<>();
        json.at("metadata")
                .at("annotations")
                .entries()
                .forEach((key, value) ->
                        value.string().ifPresent(text -> annotations.put(key, text)));
        return new StoredObject(
                json.at("metadata").textAt("name"), version(json), annotations, json);
    }

    /// Of an object, a list or a bookmark.
    static long version(Json json) {
        String text = json.at("metadata").textAt("resourceVersion");
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : NO_VERSION;
    }

    Optional<String> annotation(String key) {
        return Optional.ofNullable(annotations.get(key));
    }

    Optional<String> label(String key) {
        return json.at("metadata").at("labels").at(key).string();
    }
}
