package io.toomai.dcs.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/// Where one server of a store listens for clients.
///
/// @param host without brackets
public record Endpoint(Scheme scheme, String host, int port) {
    /// With or without TLS.
    public enum Scheme {
        HTTP,
        HTTPS
    }

    private static final int MAX_PORT = 65535;

    /// `http://host:port`; empty when it is none.
    public static Optional<Endpoint> ofUrl(String url, int usualPort) {
        try {
            URI uri = new URI(url.strip());
            String host = uri.getHost();
            if (host == null || uri.getScheme() == null || uri.getPort() > MAX_PORT) {
                return Optional.empty();
            }
            int port = uri.getPort() > 0 ? uri.getPort() : usualPort;
            return scheme(uri.getScheme())
                    .map(s -> new Endpoint(s, host.replaceAll("[\\[\\]]", ""), port));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    /// What a URL or the setting `protocol` calls it; empty when it is neither.
    public static Optional<Scheme> scheme(String word) {
        return switch (word) {
            case "http" -> Optional.of(Scheme.HTTP);
            case "https" -> Optional.of(Scheme.HTTPS);
            default -> Optional.empty();
        };
    }

    /// Host and port, an IPv6 address in brackets.
    public String authority() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    @Override
    public String toString() {
        return switch (scheme) {
            case HTTP -> "http://" + authority();
            case HTTPS -> "https://" + authority();
        };
    }
}
