package io.toomai.dcs.kubernetes;

import io.toomai.core.model.MemberName;
import io.toomai.settings.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/// How one member reaches one scope in a Kubernetes.
///
/// @param namespace where the objects and this member's pod are
/// @param member also the name of its pod
/// @param ttl what observers are told to wait for; counted in whole seconds
public record KubernetesAccess(
        Api api,
        String namespace,
        String scope,
        MemberName member,
        Duration ttl,
        Mode mode,
        Selection selection,
        RoleLabels roleLabels) {

    /// What the names of this cluster's objects begin with.
    String objectName() {
        return scope + selection.group().map(group -> "-" + group).orElse("");
    }

    /// Where the API is and how to show who we are.
    ///
    /// @param host what the server's certificate must name, also where its own addresses are used
    /// @param tls asked for each new connection; may throw UncheckedIOException
    /// @param token a file that may be replaced at any time
    /// @param retriableCodes HTTP answers that are worth another try, besides 500, 503 and 504
    public record Api(
            String host,
            int port,
            Supplier<SSLContext> tls,
            Path token,
            Routing routing,
            Set<Integer> retriableCodes) {
        public Api {
            retriableCodes = Set.copyOf(retriableCodes);
        }
    }

    /// Which way requests go.
    public enum Routing {
        /// To the service, which picks a server.
        SERVICE,
        /// To the servers behind the service, so that one that hangs can be left.
        SERVERS
    }

    /// Which kind of object holds the state.
    public sealed interface Mode {
        /// Config maps.
        record ConfigMaps() implements Mode {}

        /// Endpoints; the leader's address is written with the leader.
        ///
        /// @param ports as Kubernetes writes them: mappings with `port`, perhaps `name`, `protocol`
        record Endpoints(String podIp, List<Json> ports) implements Mode {
            public Endpoints {
                ports = List.copyOf(ports);
            }
        }
    }

    /// What tells the objects and pods of this scope from others.
    ///
    /// @param scopeLabel the label whose value is the scope
    /// @param group of a Citus cluster, where this cluster is one
    public record Selection(
            SortedMap<String, String> labels, String scopeLabel, Optional<Integer> group) {
        public Selection {
            labels = new TreeMap<>(labels);
        }
    }

    /// What a pod is labelled with, so that services find it.
    ///
    /// @param temporaryLabel gets the role's own name besides, while a label value is changed
    /// @param bootstrap set while a member has no data yet
    public record RoleLabels(
            String label,
            String leader,
            String follower,
            String standbyLeader,
            Optional<String> temporaryLabel,
            Map<String, String> bootstrap) {
        public RoleLabels {
            bootstrap = Map.copyOf(bootstrap);
        }
    }
}
