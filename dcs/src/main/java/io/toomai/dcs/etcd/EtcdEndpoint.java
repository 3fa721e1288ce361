package io.toomai.dcs.etcd;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/// Where one etcd server listens for clients.
///
/// @param host without brackets
public record EtcdEndpoint(Scheme scheme, String host, int port) {
    /// With or without TLS.
    public enum Scheme {
        HTTP,
        HTTPS
    }

    private static final int USUAL_PORT = 2379;
    private static final int MAX_PORT = 65535;

    /// `http://host:port`, as etcd's own member list writes it; empty when it is none.
    public static Optional<EtcdEndpoint> ofUrl(String url) {
        try {
            URI uri = new URI(url.strip());
            String host = uri.getHost();
            if (host == null || uri.getScheme() == null || uri.getPort() > MAX_PORT) {
                return Optional.empty();
            }
            int port = uri.getPort() > 0 ? uri.getPort() : USUAL_PORT;
            return scheme(uri.getScheme())
                    .map(s -> new EtcdEndpoint(s, host.replaceAll("[\\[\\]]", ""), port));
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
    String authority() {
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
