package io.toomai.settings;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// The `kubernetes` section: which objects hold the state, how they and the pods are labelled, and
/// how the API is reached. Where it is, Kubernetes tells each pod.
///
/// @param namespace default is that of the pod's service account
/// @param retriableCodes HTTP answers that are worth another try
/// @param cacert default is that of the pod's service account
public record KubernetesSettings(
        Optional<String> namespace,
        Holder holder,
        SortedMap<String, String> labels,
        String scopeLabel,
        Roles roles,
        Routing routing,
        Set<Integer> retriableCodes,
        Optional<Path> cacert)
        implements ConsensusStore {
    public KubernetesSettings {
        labels = new TreeMap<>(labels);
        retriableCodes = Set.copyOf(retriableCodes);
    }

    /// Which kind of object holds the state.
    public sealed interface Holder {
        record ConfigMaps() implements Holder {}

        /// @param podIp this pod's address, written with the leader
        record Endpoints(String podIp, List<Port> ports) implements Holder {
            public Endpoints {
                ports = List.copyOf(ports);
            }
        }
    }

    /// A port of the leader's endpoint; a named one is found by services that name it.
    public record Port(int number, Optional<String> name, Optional<String> protocol) {}

    /// Labels of a pod, and their values.
    ///
    /// @param temporaryLabel gets the role's own name besides
    /// @param bootstrap set while a member has no data yet
    public record Roles(
            String label,
            String leader,
            String follower,
            String standbyLeader,
            Optional<String> temporaryLabel,
            SortedMap<String, String> bootstrap) {
        public Roles {
            bootstrap = new TreeMap<>(bootstrap);
        }
    }

    /// Which way requests go.
    public enum Routing {
        /// To the service before the API servers.
        SERVICE,
        /// To the API servers themselves.
        SERVERS
    }
}
