package io.toomai.dcs.kubernetes;

/// Where one API server, or the service before all of them, listens.
///
/// @param host without brackets
record ApiServer(String host, int port) {
    /// Host and port, an IPv6 address in brackets.
    String authority() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    @Override
    public String toString() {
        return "https://" + authority();
    }
}
