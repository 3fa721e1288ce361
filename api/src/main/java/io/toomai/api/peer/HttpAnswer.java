package io.toomai.api.peer;

import java.util.Map;

/// What an HTTP server answered.
///
/// @param headers names in lower case; of repeated ones the last
public record HttpAnswer(int code, Map<String, String> headers, String body) {
    public HttpAnswer {
        headers = Map.copyOf(headers);
    }
}
