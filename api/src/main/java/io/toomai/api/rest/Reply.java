package io.toomai.api.rest;

import io.toomai.settings.json.Json;
import java.util.Map;

/// An answer before it is sent.
record Reply(int code, Kind kind, String body, Map<String, String> headers) {
    /// What the body is; with it goes how it is labelled (see [Manner]).
    enum Kind {
        /// No body.
        NOTHING,
        JSON,
        METRICS,
        TEXT,
        /// A sentence that Patroni tells as a web page of its HTTP library.
        ERROR
    }

    static Reply json(int code, Json body) {
        return jsonText(code, body.spaced());
    }

    static Reply jsonText(int code, String json) {
        return new Reply(code, Kind.JSON, json, Map.of());
    }

    static Reply metrics(String text) {
        return new Reply(200, Kind.METRICS, text, Map.of());
    }

    static Reply text(int code, String text) {
        return new Reply(code, Kind.TEXT, text, Map.of());
    }

    static Reply error(int code, String text) {
        return new Reply(code, Kind.ERROR, text, Map.of());
    }

    static Reply empty(int code) {
        return new Reply(code, Kind.NOTHING, "", Map.of());
    }

    Reply withHeader(String name, String value) {
        return new Reply(code, kind, body, Map.of(name, value));
    }
}
