package io.toomai.dcs.kubernetes;

import io.toomai.core.model.MemberName;
import io.toomai.dcs.kubernetes.KubernetesAccess.Mode;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What stands in the leader's endpoints besides annotations: the leader's pod, or nobody. Config
/// maps have nothing of the kind.
final class LeaderAddress {
    private static final String SUBSETS = "subsets";

    private final Mode mode;
    private final String namespace;
    private final MemberName me;
    private volatile Optional<StoredObject> pod = Optional.empty();

    LeaderAddress(Mode mode, String namespace, MemberName me) {
        this.mode = mode;
        this.namespace = namespace;
        this.me = me;
    }

    /// This member's pod, from which node and identity are copied.
    void seen(StoredObject ownPod) {
        pod = Optional.of(ownPod);
    }

    /// Fields to write so that the address is this member's; none when it is already.
    Map<String, Json> mine(Json object) {
        return switch (mode) {
            case Mode.ConfigMaps _ -> Map.of();
            case Mode.Endpoints(String ip, List<Json> ports) ->
                    isOnly(object.at(SUBSETS), ip, ports)
                            ? Map.of()
                            : Map.of(SUBSETS, subset(ip, ports));
        };
    }

    /// Fields to write so that there is no address.
    Map<String, Json> nobodys(Json object) {
        return switch (mode) {
            case Mode.ConfigMaps _ -> Map.of();
            case Mode.Endpoints _ ->
                    object.at(SUBSETS).items().isEmpty()
                            ? Map.of()
                            : Map.of(SUBSETS, new Json.Arr(List.of()));
        };
    }

    private static boolean isOnly(Json subsets, String ip, List<Json> ports) {
        Json only = subsets.at(0);
        return subsets.items().size() == 1
                && only.at("addresses").items().size() == 1
                && only.at("addresses").at(0).textAt("ip").equals(ip)
                && only.at("ports").items().stream()
                        .map(LeaderAddress::port)
                        .toList()
                        .equals(ports.stream().map(LeaderAddress::port).toList());
    }

    private static List<String> port(Json port) {
        return List.of(
                port.textAt("name"), port.textAt("port"), port.scalarAt("protocol").orElse("TCP"));
    }

    private Json subset(String ip, List<Json> ports) {
        JsonFields address = Json.object().put("ip", ip);
        pod.map(StoredObject::json)
                .ifPresent(p -> {
                    p.at("spec")
                            .scalarAt("hostname")
                            .ifPresent(name -> address.put("hostname", name));
                    p.at("spec")
                            .scalarAt("nodeName")
                            .ifPresent(name -> address.put("nodeName", name));
                    JsonFields target =
                            Json.object()
                                    .put("kind", "Pod")
                                    .put("namespace", namespace)
                                    .put("name", me.value());
                    p.at("metadata").scalarAt("uid").ifPresent(uid -> target.put("uid", uid));
                    address.put("targetRef", target.done());
                });
        return new Json.Arr(
                List.of(
                        Json.object()
                                .put("addresses", new Json.Arr(List.of(address.done())))
                                .put("ports", new Json.Arr(ports))
                                .done()));
    }
}
