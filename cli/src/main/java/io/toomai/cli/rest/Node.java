package io.toomai.cli.rest;

import java.net.URI;

/// Where a member's REST interface is.
///
/// @param scheme `http` or `https`
/// @param host without brackets
public record Node(String scheme, String host, int port) {
    private static final int DEFAULT_PORT = 8008;

    /// Reads `host`, `host:port`, `http://host:port` or a member's `api_url`.
    ///
    /// @throws IllegalArgumentException when it is none of these
    public static Node parse(String text) {
        String full = text.contains("://") ? text : "http://" + text;
        URI url = URI.create(full.strip());
        String host = url.getHost();
        if (host == null || !(url.getScheme().equals("http") || url.getScheme().equals("https"))) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not the address of a REST interface, expected host:port");
        }
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        return new Node(url.getScheme(), bare, url.getPort() < 0 ? DEFAULT_PORT : url.getPort());
    }

    public boolean isSecure() {
        return scheme.equals("https");
    }

    /// `host:port`, with brackets around an IPv6 address.
    public String authority() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    @Override
    public String toString() {
        return scheme + "://" + authority();
    }
}
