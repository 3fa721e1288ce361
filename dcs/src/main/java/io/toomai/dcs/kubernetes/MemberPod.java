package io.toomai.dcs.kubernetes;

import io.toomai.core.model.MemberName;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.kubernetes.ApiRequest.Resource;
import io.toomai.settings.json.Json;
import java.util.Optional;

/// This member's pod: its document is an annotation, its role a label. Remembers what it published
/// so that an unchanged document costs nothing. Pods go when Kubernetes removes them; nobody's
/// lease ends with theirs.
final class MemberPod {
    static final String STATUS = "status";

    private static final Published NOTHING = new Published("", Json.Obj.EMPTY);

    private final MemberName me;
    private final String namespace;
    private final KubernetesApi api;
    private final RoleLabelling labelling;
    private volatile Published published = NOTHING;

    private record Published(String json, Json.Obj labels) {}

    MemberPod(MemberName me, String namespace, KubernetesApi api, RoleLabelling labelling) {
        this.me = me;
        this.namespace = namespace;
        this.api = api;
        this.labelling = labelling;
    }

    void publish(String json, RoleLabelling.Standing standing, Deadline deadline) {
        Published wanted = new Published(json, labelling.labels(json, standing));
        if (published.equals(wanted)) {
            return;
        }
        published = NOTHING; // until it is answered nobody knows
        if (patch(wanted.labels(), Json.of(json), deadline) instanceof ApiReply.Absent) {
            throw new DcsException(
                    Code.DCS_DENIED,
                    "%s: there is no pod %s in namespace %s; 'name' must be the name of the pod that this agent runs in"
                            .formatted(api.who(), me, namespace));
        }
        published = wanted;
    }

    void withdraw(Deadline deadline) {
        published = NOTHING;
        patch(labelling.none(), Json.Null.VALUE, deadline);
    }

    private ApiReply patch(Json.Obj labels, Json status, Deadline deadline) {
        Json metadata =
                Json.object()
                        .put("labels", labels)
                        .put("annotations", Json.Obj.EMPTY.with(STATUS, status))
                        .done();
        ApiRequest request =
                ApiRequest.patch(
                        Resource.PODS,
                        namespace,
                        me.value(),
                        Json.object().put("metadata", metadata).done());
        ApiReply reply = api.repeatable(request, deadline);
        if (reply instanceof ApiReply.Conflict) {
            throw new DcsException(
                    Code.DCS_CONNECTION, api.who() + ": pod " + me + " changed meanwhile");
        }
        return reply;
    }

    /// Somebody looked: when the pod is not as this process left it, the next publishing writes.
    void seen(Optional<StoredObject> pod) {
        Published last = published;
        boolean same =
                pod.flatMap(p -> p.annotation(STATUS)).filter(last.json()::equals).isPresent()
                        && last.labels().fields().entrySet().stream()
                                .allMatch(label ->
                                        pod.flatMap(p -> p.label(label.getKey()))
                                                .equals(label.getValue().string()));
        if (!same) {
            forget();
        }
    }

    /// What this process left may be gone.
    void forget() {
        published = NOTHING;
    }
}
