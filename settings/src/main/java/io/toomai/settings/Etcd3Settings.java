package io.toomai.settings;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The `etcd3` section: where etcd is, and how to show who we are.
///
/// @param servers as configured, the nearest first; empty only with `srv`
/// @param cert needs `cacert`
public record Etcd3Settings(
        List<Server> servers,
        Servers meaning,
        Optional<Srv> srv,
        Optional<Credentials> credentials,
        Optional<Path> cacert,
        Optional<Path> cert,
        Optional<Path> key)
        implements ConsensusStore {
    public Etcd3Settings {
        servers = List.copyOf(servers);
    }

    /// One of them.
    public record Server(Protocol protocol, HostPort address) {}

    /// With or without TLS.
    public enum Protocol {
        HTTP,
        HTTPS
    }

    /// What the servers are.
    public enum Servers {
        /// Members of etcd, which name the others.
        MEMBERS,
        /// Proxies: only they are used.
        PROXIES
    }

    /// @param domain whose SRV records name the servers
    public record Srv(String domain, Optional<String> suffix) {}
}
