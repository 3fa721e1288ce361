package io.toomai.dcs.consul;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.Secret;
import io.toomai.dcs.http.Endpoint;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/// How one member reaches one scope in a Consul.
///
/// @param agent a client or server of Consul, usually the one on this node
/// @param access as whom and where to
/// @param checks of the agent's node; while one of them fails the member has no session
/// @param tls asked when the first connection with TLS is made
/// @param basePath `{namespace}/{scope}`; repeated, leading and trailing slashes are dropped
/// @param ttl of the leader key, as Patroni means it: when it is over the key is gone. Consul keeps
///   a session for up to twice its own ttl, so that is half of this one, and it is what
///   [ConsulDcs#grantedTtl] says
/// @param service what the member is registered as; empty for nothing
public record ConsulDcsSettings(
        Endpoint agent,
        Access access,
        List<String> checks,
        Supplier<SSLContext> tls,
        String basePath,
        MemberName member,
        Duration ttl,
        Optional<Service> service) {

    /// @param token where Consul has access control
    /// @param datacenter empty for the agent's own
    /// @param reads how fresh the reads are that may be a moment old
    public record Access(Optional<Secret> token, Optional<String> datacenter, Consistency reads) {}

    /// The modes of Consul.
    public enum Consistency {
        /// The leader answers without asking the others whether it still is.
        DEFAULT,
        /// The leader asks the others.
        CONSISTENT,
        /// Any server answers.
        STALE
    }

    /// A service in Consul's catalogue, as Patroni registers it (contract §1.4).
    ///
    /// @param tags besides those that name the role
    /// @param checkInterval as Consul writes durations
    /// @param tlsServerName whom the certificate of the REST API must name
    public record Service(List<String> tags, String checkInterval, Optional<String> tlsServerName) {
        public Service {
            tags = List.copyOf(tags);
        }
    }

    public ConsulDcsSettings {
        checks = List.copyOf(checks);
        basePath = basePath.replaceAll("/+", "/").replaceAll("^/|/$", "");
        if (basePath.isEmpty()) {
            throw new IllegalArgumentException("the base path of the scope is empty");
        }
    }

    /// The last part of the base path.
    String scope() {
        return basePath.substring(basePath.lastIndexOf('/') + 1);
    }
}
