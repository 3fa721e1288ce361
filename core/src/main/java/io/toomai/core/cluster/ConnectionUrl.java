package io.toomai.core.cluster;

/// A member's `conn_url`, as `postgres://user@host:port/database`.
public record ConnectionUrl(String text) {
    /// Empty text when it cannot be read.
    public String host() {
        String rest = authority();
        int colon = rest.lastIndexOf(':');
        String host = colon > rest.lastIndexOf(']') ? rest.substring(0, colon) : rest;
        return host.startsWith("[") && host.endsWith("]")
                ? host.substring(1, host.length() - 1)
                : host;
    }

    /// PostgreSQL's default when it names none.
    public int port() {
        String rest = authority();
        int colon = rest.lastIndexOf(':');
        try {
            return colon > rest.lastIndexOf(']')
                    ? Integer.parseInt(rest.substring(colon + 1))
                    : 5432;
        } catch (NumberFormatException e) {
            return 5432;
        }
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
