package io.toomai.dcs.kubernetes;

import io.toomai.dcs.kubernetes.KubernetesAccess.RoleLabels;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.util.Optional;
import java.util.Set;

/// Which labels a pod gets for what its member says of itself (contract §1.4).
final class RoleLabelling {
    private static final Set<String> BOOTSTRAPPING =
            Set.of(
                    "initializing new cluster",
                    "running custom bootstrap script",
                    "starting after custom bootstrap",
                    "creating replica");

    private final RoleLabels names;

    /// Who the member is.
    enum Standing {
        LEADER,
        OTHER
    }

    RoleLabelling(RoleLabels names) {
        this.names = names;
    }

    /// @param document the member's document
    /// @return labels by name; null removes one
    Json.Obj labels(String document, Standing standing) {
        Json json = Json.parseObject(document).orElse(Json.Obj.EMPTY);
        String role = json.textAt("role");
        String state = json.textAt("state");
        Optional<String> value = Optional.empty();
        Optional<String> temporary = Optional.empty();
        if (standing == Standing.LEADER) {
            boolean standbyLeader = role.equals("standby_leader");
            value = Optional.of(standbyLeader ? names.standbyLeader() : names.leader());
            temporary = Optional.of("primary");
        } else if (state.equals("running") && !role.equals("primary") && !role.isEmpty()) {
            value = Optional.of(role.equals("replica") ? names.follower() : role);
            temporary = Optional.of(role);
        }
        JsonFields labels = Json.object().put(names.label(), text(value));
        Json other = text(temporary);
        names.temporaryLabel().ifPresent(name -> labels.put(name, other));
        boolean bootstrapping = BOOTSTRAPPING.contains(state);
        names.bootstrap()
                .forEach((name, set) ->
                        labels.put(name, bootstrapping ? Json.of(set) : Json.Null.VALUE));
        return labels.done();
    }

    /// No labels at all.
    Json.Obj none() {
        JsonFields labels = Json.object().putNull(names.label());
        names.temporaryLabel().ifPresent(labels::putNull);
        names.bootstrap().keySet().forEach(labels::putNull);
        return labels.done();
    }

    private static Json text(Optional<String> value) {
        return value.<Json>map(Json::of).orElse(Json.Null.VALUE);
    }
}
