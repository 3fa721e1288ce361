package io.toomai.agent.store;

import io.toomai.dcs.kubernetes.KubernetesAccess;
import io.toomai.dcs.kubernetes.KubernetesAccess.Mode;
import io.toomai.dcs.kubernetes.KubernetesAccess.RoleLabels;
import io.toomai.dcs.kubernetes.KubernetesAccess.Routing;
import io.toomai.dcs.kubernetes.KubernetesDcs;
import io.toomai.settings.HostPort;
import io.toomai.settings.KubernetesSettings;
import io.toomai.settings.KubernetesSettings.Holder;
import io.toomai.settings.KubernetesSettings.Port;
import io.toomai.settings.StorePlace;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/// The store in the objects of a Kubernetes, from the settings and from what Kubernetes tells each
/// pod. A class of its own, so that who uses another store does not load it.
final class KubernetesConnection {
    /// What Kubernetes mounts into every pod that has a service account.
    static final Path SERVICE_ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

    private static final String HOST = "KUBERNETES_SERVICE_HOST";
    private static final String PORT = "KUBERNETES_SERVICE_PORT";
    private static final int USUAL_PORT = 443;

    private KubernetesConnection() {}

    static KubernetesDcs open(StorePlace place, KubernetesSettings kubernetes, Duration ttl)
            throws IOException {
        return KubernetesDcs.open(access(place, kubernetes, ttl, System.getenv(), SERVICE_ACCOUNT));
    }

    /// @throws IOException where this process runs in no pod
    static KubernetesAccess access(
            StorePlace place,
            KubernetesSettings kubernetes,
            Duration ttl,
            Map<String, String> environment,
            Path serviceAccount)
            throws IOException {
        HostPort api = api(environment);
        Path authorities = kubernetes.cacert().orElse(serviceAccount.resolve("ca.crt"));
        Routing routing =
                switch (kubernetes.routing()) {
                    case SERVICE -> Routing.SERVICE;
                    case SERVERS -> Routing.SERVERS;
                };
        KubernetesSettings.Roles roles = kubernetes.roles();
        return new KubernetesAccess(
                new KubernetesAccess.Api(
                        api.host(),
                        api.port(),
                        new TrustedAuthorities(authorities),
                        serviceAccount.resolve("token"),
                        routing,
                        kubernetes.retriableCodes()),
                namespace(kubernetes, serviceAccount),
                place.scope(),
                place.asking(),
                ttl,
                mode(kubernetes.holder()),
                new KubernetesAccess.Selection(
                        kubernetes.labels(), kubernetes.scopeLabel(), place.group()),
                new RoleLabels(
                        roles.label(),
                        roles.leader(),
                        roles.follower(),
                        roles.standbyLeader(),
                        roles.temporaryLabel(),
                        roles.bootstrap()));
    }

    private static HostPort api(Map<String, String> environment) throws IOException {
        String host = environment.getOrDefault(HOST, "");
        String port = environment.getOrDefault(PORT, Integer.toString(USUAL_PORT));
        if (host.isEmpty() || !port.matches("\\d{1,5}")) {
            throw new IOException(
                    "kubernetes is the store, but "
                            + (host.isEmpty() ? HOST + " is not set" : PORT + " is no port")
                            + "; Kubernetes sets it in every pod, so run the agent in one");
        }
        return new HostPort(host, Integer.parseInt(port));
    }

    private static String namespace(KubernetesSettings kubernetes, Path serviceAccount)
            throws IOException {
        if (kubernetes.namespace().isPresent()) {
            return kubernetes.namespace().get();
        }
        Path file = serviceAccount.resolve("namespace");
        return Files.exists(file) ? Files.readString(file).strip() : "default";
    }

    private static Mode mode(Holder holder) {
        return switch (holder) {
            case Holder.ConfigMaps _ -> new Mode.ConfigMaps();
            case Holder.Endpoints endpoints ->
                    new Mode.Endpoints(
                            endpoints.podIp(),
                            endpoints.ports().stream().map(KubernetesConnection::port).toList());
        };
    }

    private static Json port(Port port) {
        JsonFields json = Json.object().put("port", port.number());
        port.name().ifPresent(name -> json.put("name", name));
        port.protocol().ifPresent(protocol -> json.put("protocol", protocol));
        return json.done();
    }
}
