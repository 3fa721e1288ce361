package io.toomai.settings;

/// A host name or address with a port, written `host:port` or `[::1]:port`.
public record HostPort(String host, int port) {
    public HostPort {
        if (host.isBlank()) {
            throw new IllegalArgumentException("the host is missing");
        }
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " is not between 0 and 65535");
        }
    }

    /// @throws IllegalArgumentException with the reason when the text has another form
    public static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0 || text.endsWith("]")) {
            throw new IllegalArgumentException("the port is missing, expected host:port");
        }
        return of(text.substring(0, colon), text.substring(colon + 1));
    }

    /// Where something listens: everywhere without a host (`:8008`).
    ///
    /// @throws IllegalArgumentException as `parse`
    static HostPort listening(String text) {
        return parse(text.startsWith(":") ? "*" + text : text);
    }

    /// As `parse`, but the port may be left out.
    public static HostPort parse(String text, int portWhenAbsent) {
        boolean bareIpv6 = !text.startsWith("[") && text.indexOf(':') != text.lastIndexOf(':');
        if (text.indexOf(':') < 0 || text.endsWith("]") || bareIpv6) {
            return of(text, String.valueOf(portWhenAbsent));
        }
        return parse(text);
    }

    private static HostPort of(String hostText, String portText) {
        String host = hostText.strip();
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        String port = portText.strip();
        if (port.isEmpty() || port.length() > 5 || !port.chars().allMatch(Character::isDigit)) {
            throw new IllegalArgumentException("the port is not a number, expected host:port");
        }
        return new HostPort(host, Integer.parseInt(port));
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
