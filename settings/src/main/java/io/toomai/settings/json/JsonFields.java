package io.toomai.settings.json;

import java.util.LinkedHashMap;

/// The fields of an object while it is made, in the order in which they are put. For one thread.
public final class JsonFields {
    private final LinkedHashMap<String, Json> fields = new LinkedHashMap<>();

    JsonFields() {}

    public JsonFields put(String name, Json value) {
        fields.put(name, value);
        return this;
    }

    public JsonFields put(String name, String value) {
        return put(name, new Json.Text(value));
    }

    public JsonFields put(String name, long value) {
        return put(name, Json.of(value));
    }

    public JsonFields put(String name, boolean value) {
        return put(name, new Json.Bool(value));
    }

    public JsonFields putNull(String name) {
        return put(name, Json.Null.VALUE);
    }

    public Json.Obj done() {
        return new Json.Obj(fields);
    }
}
