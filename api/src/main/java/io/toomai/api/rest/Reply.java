package io.toomai.api.rest;

import io.toomai.settings.json.Json;
import java.util.Map;

/// An answer before it is sent.
///
/// @param contentType empty text when there is no body
record Reply(int code, String contentType, String body, Map<String, String> headers) {
    static Reply json(int code, Json body) {
        return jsonText(code, body.spaced());
    }

    static Reply jsonText(int code, String json) {
        return new Reply(code, "application/json", json, Map.of());
    }

    /// Plain, not HTML: texts repeat what the caller sent.
    static Reply text(int code, String text) {
        return new Reply(code, "text/plain; charset=utf-8", text, Map.of());
    }

    static Reply empty(int code) {
        return new Reply(code, "", "", Map.of());
    }

    Reply withHeader(String name, String value) {
        return new Reply(code, contentType, body, Map.of(name, value));
    }
}
