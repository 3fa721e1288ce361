package io.toomai.settings;

import java.util.ArrayList;
import java.util.List;

/// Where PostgreSQL listens: `postgresql.listen`, one or more hosts (`*` for all) and one port.
public record ListenAddresses(List<String> hosts, int port) {
    public ListenAddresses {
        hosts = List.copyOf(hosts);
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("the host is missing");
        }
    }

    /// Reads `host[,host2]:port`; without a port it is 5432.
    ///
    /// @throws IllegalArgumentException with the reason when the text has another form
    public static ListenAddresses parse(String text) {
        int comma = text.lastIndexOf(',');
        HostPort last = HostPort.parse(text.substring(comma + 1).strip(), 5432);
        List<String> hosts = new ArrayList<>();
        if (comma >= 0) {
            for (String host : text.substring(0, comma).split(",", -1)) {
                hosts.add(new HostPort(host.strip(), last.port()).host());
            }
        }
        hosts.add(last.host());
        return new ListenAddresses(hosts, last.port());
    }

    /// The value of PostgreSQL's `listen_addresses`.
    public String parameter() {
        return String.join(",", hosts);
    }

    /// A host through which this node itself reaches its PostgreSQL.
    public String localHost() {
        for (String host : hosts) {
            if (host.equals("*") || host.equals("0.0.0.0") || host.equals("localhost")) {
                return "localhost";
            }
        }
        return hosts.getFirst().equals("::") ? "localhost" : hosts.getFirst();
    }
}
