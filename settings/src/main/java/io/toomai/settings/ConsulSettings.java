package io.toomai.settings;

import io.toomai.core.model.Secret;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The `consul` section: where the agent of Consul is, and how to speak to it.
///
/// @param token where Consul has access control
/// @param datacenter empty for the agent's own
/// @param checks of the agent's node that the member's session depends on
/// @param service what the member registers itself as; empty for nothing
public record ConsulSettings(
        Protocol protocol,
        HostPort agent,
        Tls tls,
        Optional<Secret> token,
        Optional<String> datacenter,
        Consistency consistency,
        List<String> checks,
        Optional<Service> service)
        implements ConsensusStore {
    public ConsulSettings {
        checks = List.copyOf(checks);
    }

    /// With or without TLS.
    public enum Protocol {
        HTTP,
        HTTPS
    }

    /// @param cert needs `cacert` where certificates are verified
    public record Tls(
            Verify verify, Optional<Path> cacert, Optional<Path> cert, Optional<Path> key) {}

    /// Whether the agent's certificate is checked.
    public enum Verify {
        CHECKED,
        ANYTHING
    }

    /// Consul's modes of reading.
    public enum Consistency {
        DEFAULT,
        CONSISTENT,
        STALE
    }

    /// @param tags besides those that name the role
    /// @param checkInterval as Consul writes durations
    /// @param tlsServerName whom the certificate of the REST API must name
    public record Service(List<String> tags, String checkInterval, Optional<String> tlsServerName) {
        public Service {
            tags = List.copyOf(tags);
        }
    }
}
