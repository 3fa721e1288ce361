package io.toomai.postgres;

/// Where a server listens.
///
/// @param host name or address, without brackets
public record Endpoint(String host, int port) {
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
