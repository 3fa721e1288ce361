package io.toomai.dcs.kubernetes;

import io.toomai.dcs.DcsKey;
import io.toomai.dcs.kubernetes.ApiRequest.Resource;
import io.toomai.dcs.kubernetes.KubernetesAccess.Mode;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Which object and which annotations hold which key (contract §1.4), and how a key's text becomes
/// annotations and back.
final class ScopeObjects {
    private static final List<String> STATUS = List.of("optime", "slots", "retain_slots");
    private static final List<String> SYNC = List.of("leader", "sync_standby", "quorum");
    private static final List<String> FAILOVER =
            List.of("leader", "member", "scheduled_at", "handed_over");

    private static final String GROUP_LABEL = "citus-group";

    private final KubernetesAccess settings;
    private final Resource resource;

    ScopeObjects(KubernetesAccess settings) {
        this.settings = settings;
        this.resource =
                switch (settings.mode()) {
                    case Mode.ConfigMaps _ -> Resource.CONFIG_MAPS;
                    case Mode.Endpoints _ -> Resource.ENDPOINTS;
                };
    }

    Resource resource() {
        return resource;
    }

    String namespace() {
        return settings.namespace();
    }

    String leader() {
        return leader(settings.objectName());
    }

    String leaderOf(String group) {
        return leader(settings.scope() + "-" + group);
    }

    private String leader(String cluster) {
        return switch (settings.mode()) {
            case Mode.ConfigMaps _ -> cluster + "-leader";
            case Mode.Endpoints _ -> cluster;
        };
    }

    String config() {
        return settings.objectName() + "-config";
    }

    /// The object that holds that key.
    String of(DcsKey key) {
        return switch (key) {
            case INITIALIZE, CONFIG, HISTORY -> config();
            case FAILOVER -> settings.objectName() + "-failover";
            case SYNC -> settings.objectName() + "-sync";
            case STATUS, FAILSAFE -> leader();
        };
    }

    boolean isInLeaderObject(DcsKey key) {
        return of(key).equals(leader());
    }

    /// Whether the object holds that key alone. Then it is there when the object is, and its
    /// revision is the object's version.
    private static boolean isAlone(DcsKey key) {
        return key == DcsKey.SYNC || key == DcsKey.FAILOVER;
    }

    /// The keys that the object with that name holds.
    List<DcsKey> keysIn(String name) {
        return Arrays.stream(DcsKey.values()).filter(key -> of(key).equals(name)).toList();
    }

    ApiRequest get(String name) {
        return ApiRequest.get(resource, namespace(), name);
    }

    ApiRequest create(String name, Json.Obj annotations, Map<String, Json> more) {
        return ApiRequest.create(resource, namespace(), body(resource, name, annotations, more));
    }

    /// A new object that belongs to this scope.
    Json.Obj body(Resource kind, String name, Json.Obj annotations, Map<String, Json> more) {
        JsonFields labels = Json.object();
        labels().forEach(labels::put);
        JsonFields body =
                Json.object()
                        .put("apiVersion", "v1")
                        .put("kind", kind.kind())
                        .put(
                                "metadata",
                                Json.object()
                                        .put("name", name)
                                        .put("namespace", namespace())
                                        .put("labels", labels.done())
                                        .put("annotations", withoutNulls(annotations))
                                        .done());
        more.forEach(body::put);
        return body.done();
    }

    private static Json.Obj withoutNulls(Json.Obj annotations) {
        JsonFields kept = Json.object();
        annotations
                .fields()
                .forEach((key, value) -> {
                    if (!value.isNull()) {
                        kept.put(key, value);
                    }
                });
        return kept.done();
    }

    /// A change that is refused when the object is not at that version any more.
    ///
    /// @param more what else is replaced, by its name in the object
    ApiRequest patch(StoredObject object, Json.Obj annotations, Map<String, Json> more) {
        JsonFields body =
                Json.object()
                        .put(
                                "metadata",
                                Json.object()
                                        .put("resourceVersion", Long.toString(object.version()))
                                        .put("annotations", annotations)
                                        .done());
        more.forEach(body::put);
        return ApiRequest.patch(resource, namespace(), object.name(), body.done());
    }

    private Map<String, String> labels() {
        Map<String, String> labels = labelsOfAllGroups();
        settings.selection()
                .group()
                .ifPresent(group -> labels.put(GROUP_LABEL, Integer.toString(group)));
        return labels;
    }

    private Map<String, String> labelsOfAllGroups() {
        Map<String, String> labels = new TreeMap<>(settings.selection().labels());
        labels.put(settings.selection().scopeLabel(), settings.scope());
        return labels;
    }

    /// As a parameter of a query.
    String selector() {
        return selector(labels());
    }

    /// For the objects and pods of all groups of the Citus cluster.
    String selectorOfAllGroups() {
        return selector(labelsOfAllGroups());
    }

    /// Of an object or a pod.
    static Optional<String> group(StoredObject object) {
        return object.label(GROUP_LABEL);
    }

    private static String selector(Map<String, String> labels) {
        String selector =
                labels.entrySet().stream()
                        .map(label -> label.getKey() + "=" + label.getValue())
                        .collect(Collectors.joining(","));
        return "labelSelector=" + ApiRequest.encoded(selector);
    }

    /// What the annotations of that key must become; null removes one. Empty: every one of them is
    /// removed.
    static Json.Obj annotations(DcsKey key, String text) {
        return switch (key) {
            case INITIALIZE, CONFIG, HISTORY, FAILSAFE -> Json.Obj.EMPTY.with(key.path(), text);
            case STATUS -> {
                Optional<Json.Obj> json = Json.parseObject(text);
                yield json.isPresent()
                        ? fields(json.get(), STATUS)
                        : fields(Json.Obj.EMPTY.with("optime", text.strip()), STATUS);
            }
            case SYNC -> fields(Json.parseObject(text).orElse(Json.Obj.EMPTY), SYNC);
            case FAILOVER -> fields(Json.parseObject(text).orElse(Json.Obj.EMPTY), FAILOVER);
        };
    }

    private static Json.Obj fields(Json json, List<String> names) {
        JsonFields annotations = Json.object();
        for (String name : names) {
            Json value = json.at(name);
            Json annotation =
                    switch (value) {
                        case Json.Null none -> none;
                        case Json.Obj object -> Json.of(object.compact());
                        case Json.Arr array -> Json.of(array.compact());
                        case Json.Text _, Json.Num _, Json.Bool _ -> Json.of(value.scalar());
                    };
            annotations.put(name, annotation);
        }
        return annotations.done();
    }

    /// The annotations that hold that key, all removed.
    static Json.Obj cleared(DcsKey key) {
        JsonFields annotations = Json.object();
        names(key).forEach(annotations::putNull);
        return annotations.done();
    }

    private static List<String> names(DcsKey key) {
        return switch (key) {
            case INITIALIZE, CONFIG, HISTORY, FAILSAFE -> List.of(key.path());
            case STATUS -> STATUS;
            case SYNC -> SYNC;
            case FAILOVER -> FAILOVER;
        };
    }

    /// The key's text; empty when it is absent.
    static Optional<String> text(DcsKey key, StoredObject object) {
        return switch (key) {
            case INITIALIZE, CONFIG, HISTORY, FAILSAFE -> object.annotation(key.path());
            case STATUS, SYNC, FAILOVER -> {
                Map<String, String> fields =
                        names(key).stream()
                                .filter(object.annotations()::containsKey)
                                .collect(
                                        Collectors.toMap(
                                                Function.identity(),
                                                name -> object.annotation(name).orElseThrow(),
                                                (one, _) -> one,
                                                TreeMap::new));
                JsonFields json = Json.object();
                fields.forEach(json::put);
                yield fields.isEmpty() && !isAlone(key)
                        ? Optional.empty()
                        : Optional.of(json.done().compact());
            }
        };
    }

    /// The key's revision; the key must be there. The leader object changes with each renewal, so
    /// the revision of a key in it is drawn from its text: equal for equal texts only.
    long revision(DcsKey key, StoredObject object) {
        return isInLeaderObject(key) ? fingerprint(text(key, object).orElse("")) : object.version();
    }

    /// Positive; FNV-1a.
    private static long fingerprint(String text) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return Math.max(1, hash & Long.MAX_VALUE);
    }
}
