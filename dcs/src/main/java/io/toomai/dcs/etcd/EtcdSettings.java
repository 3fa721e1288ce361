package io.toomai.dcs.etcd;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.Secret;
import io.toomai.dcs.http.Endpoint;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/// How one member reaches one scope in an etcd.
///
/// @param endpoints the nearest first; may be empty when `srv` is given
/// @param srv where to look for endpoints in the DNS
/// @param login user and password, where etcd has authentication
/// @param tls asked when the first endpoint with TLS is used; a cluster without does not load it
/// @param basePath `/{namespace}/{scope}`; repeated and trailing slashes are dropped
/// @param ttl of the lease to ask for, in whole seconds; etcd may grant a longer one
public record EtcdSettings(
        List<Endpoint> endpoints,
        Discovery discovery,
        Optional<Srv> srv,
        Optional<Login> login,
        Supplier<SSLContext> tls,
        String basePath,
        MemberName member,
        Duration ttl) {

    /// Whether the servers that etcd's own member list names are used as well.
    public enum Discovery {
        MEMBER_LIST,
        /// The endpoints are proxies: only they are used.
        NONE
    }

    /// @param domain whose SRV records name the endpoints
    /// @param suffix appended with a dash to the service's name
    public record Srv(String domain, Optional<String> suffix) {}

    /// A user of etcd.
    public record Login(String username, Secret password) {}

    public EtcdSettings {
        endpoints = List.copyOf(endpoints);
        basePath = ("/" + basePath).replaceAll("/+", "/").replaceAll("/$", "");
        if (basePath.isEmpty()) {
            throw new IllegalArgumentException("the base path of the scope is empty");
        }
        if (endpoints.isEmpty() && srv.isEmpty()) {
            throw new IllegalArgumentException("etcd has no endpoint");
        }
    }
}
