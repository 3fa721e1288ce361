package io.toomai.core.cluster;

import java.util.OptionalInt;

/// A member's `conn_url`, as `postgres://user@host:port/database`.
public record ConnectionUrl(String text) {
    private static final int USUAL_PORT = 5432;
    private static final int LARGEST_PORT = 65_535;

    /// Empty text when the URL cannot be read, also where its port cannot be one.
    public String host() {
        if (readPort().isEmpty()) {
            return "";
        }
        String rest = authority();
        int colon = colon(rest);
        String host = colon < 0 ? rest : rest.substring(0, colon);
        return host.startsWith("[") && host.endsWith("]")
                ? host.substring(1, host.length() - 1)
                : host;
    }

    /// From 1 to 65535; PostgreSQL's default when the URL names none or cannot be read.
    public int port() {
        return readPort().orElse(USUAL_PORT);
    }

    /// Empty when what stands there cannot be a port.
    private OptionalInt readPort() {
        String rest = authority();
        int colon = colon(rest);
        if (colon < 0 || colon == rest.length() - 1) {
            return OptionalInt.of(USUAL_PORT);
        }
        try {
            int port = Integer.parseInt(rest.substring(colon + 1));
            return port >= 1 && port <= LARGEST_PORT ? OptionalInt.of(port) : OptionalInt.empty();
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }

    /// Where the port begins; -1 where there is none.
    private static int colon(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? colon : -1;
    }

    private String authority() {
        int scheme = text.indexOf("://");
        String rest = scheme < 0 ? text : text.substring(scheme + 3);
        int at = rest.indexOf('@');
        rest = at < 0 ? rest : rest.substring(at + 1);
        int slash = rest.indexOf('/');
        return slash < 0 ? rest : rest.substring(0, slash);
    }
}
