package io.toomai.api.peer;

import io.toomai.core.model.Secret;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/// One request to another member.
///
/// @param body JSON text
/// @param authorization the whole `Authorization` header
public record HttpCall(
        String method, URI url, Optional<String> body, Optional<Secret> authorization) {
    public static HttpCall status(String apiUrl) {
        return new HttpCall("GET", URI.create(apiUrl), Optional.empty(), Optional.empty());
    }

    /// The header of basic authentication.
    public static Secret basic(String user, Secret password) {
        byte[] both = (user + ":" + password.reveal()).getBytes(StandardCharsets.UTF_8);
        return new Secret("Basic " + Base64.getEncoder().encodeToString(both));
    }

    boolean isHttps() {
        return "https".equalsIgnoreCase(url.getScheme());
    }

    int port() {
        return url.getPort() > 0 ? url.getPort() : isHttps() ? 443 : 80;
    }

    /// Host without the brackets of an IPv6 address; empty text when the URL names none.
    String host() {
        String host = url.getHost() == null ? "" : url.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    String bytesToSend() {
        String path =
                url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        StringBuilder head = new StringBuilder();
        head.append(method).append(' ').append(path);
        if (url.getRawQuery() != null) {
            head.append('?').append(url.getRawQuery());
        }
        head.append(" HTTP/1.1\r\nHost: ").append(url.getRawAuthority()).append("\r\n");
        head.append("User-Agent: Toomai\r\nAccept: */*\r\n");
        authorization.ifPresent(
                a -> head.append("Authorization: ").append(a.reveal()).append("\r\n"));
        body.ifPresent(text ->
                head.append("Content-Type: application/json\r\nContent-Length: ")
                        .append(text.getBytes(StandardCharsets.UTF_8).length)
                        .append("\r\n"));
        return head.append("\r\n").append(body.orElse("")).toString();
    }
}
