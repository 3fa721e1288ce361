package io.toomai.dcs.http;

import io.toomai.core.model.Secret;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// One request with a JSON body, or none.
///
/// @param target path and query, encoded
/// @param credentials who asks, where the store wants to know
/// @param content what the body is
/// @param json empty for none
public record HttpRequest(
        Method method,
        String target,
        Optional<Credentials> credentials,
        Content content,
        String json) {
    /// What shall be done.
    public enum Method {
        GET,
        PUT,
        POST,
        PATCH,
        DELETE
    }

    /// What a body may be.
    public enum Content {
        JSON("application/json"),
        /// RFC 7386.
        MERGE_PATCH("application/merge-patch+json");

        private final String type;

        Content(String type) {
            this.type = type;
        }
    }

    public HttpRequest(
            Method method, String target, Optional<Credentials> credentials, String json) {
        this(method, target, credentials, Content.JSON, json);
    }

    /// The header that says who asks.
    public record Credentials(String header, Secret value) {
        public Credentials {
            if (value.reveal().chars().anyMatch(c -> c < ' ')) {
                throw new IllegalArgumentException("credentials are of one line");
            }
        }
    }

    public static HttpRequest post(String target, Optional<Credentials> credentials, String json) {
        return new HttpRequest(Method.POST, target, credentials, json);
    }

    /// As it is sent to that server.
    byte[] bytes(Endpoint endpoint) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder(200);
        head.append(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: ");
        head.append(endpoint.authority()).append("\r\nAccept: application/json\r\n");
        head.append("Content-Type: ").append(content.type).append("\r\n");
        credentials.ifPresent(c ->
                head.append(c.header()).append(": ").append(c.value().reveal()).append("\r\n"));
        head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
        ByteArrayOutputStream request = new ByteArrayOutputStream(head.length() + body.length);
        request.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(body);
        return request.toByteArray();
    }

    /// Without the body, which may hold a password.
    @Override
    public String toString() {
        return method + " " + target;
    }
}
