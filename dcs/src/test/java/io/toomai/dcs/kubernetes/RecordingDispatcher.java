package io.toomai.dcs.kubernetes;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.mockwebserver.crud.AttributeSet;
import io.toomai.settings.json.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// fabric8's store of objects, which tells its changes only to WebSockets; this keeps them, so that
/// they can be told over plain HTTP too. Thread-safe.
final class RecordingDispatcher extends KubernetesCrudDispatcher {
    // Guarded by this.
    private final List<Event> events = new ArrayList<>();
    private long forgottenUpTo;

    /// @param type as a watch names it
    record Event(long version, String type, Json object) {
        boolean isOf(String kind, String namespace, String selector) {
            Json metadata = object.at("metadata");
            boolean selected = true;
            for (String label : selector.split(",", -1)) {
                String[] parts = label.split("=", 2);
                selected &= metadata.at("labels").textAt(parts[0]).equals(parts[1]);
            }
            return selected
                    && object.textAt("kind").equals(kind)
                    && metadata.textAt("namespace").equals(namespace);
        }
    }

    @Override
    public void processEvent(
            String path,
            AttributeSet pathAttributes,
            @Nullable AttributeSet oldAttributes,
            @Nullable GenericKubernetesResource resource,
            @Nullable String newState) {
        String before = oldAttributes == null ? null : map.get(oldAttributes);
        super.processEvent(path, pathAttributes, oldAttributes, resource, newState);
        synchronized (this) {
            if (newState != null) {
                Json object = Json.parse(newState);
                String type = before == null ? "ADDED" : "MODIFIED";
                events.add(new Event(StoredObject.version(object), type, object));
            } else if (before != null) {
                Json.Obj object = (Json.Obj) Json.parse(before);
                long version = requestResourceVersion();
                Json.Obj metadata = (Json.Obj) object.at("metadata");
                Json gone =
                        object.with(
                                "metadata",
                                metadata.with("resourceVersion", Long.toString(version)));
                events.add(new Event(version, "DELETED", gone));
            }
            notifyAll();
        }
    }

    /// What happened after that version, without waiting; empty also when that is forgotten.
    synchronized List<Event> after(long version) {
        return events.stream().filter(event -> event.version() > version).toList();
    }

    synchronized boolean hasForgotten(long version) {
        return version < forgottenUpTo;
    }

    /// As a real server does after a few minutes.
    synchronized void forget() {
        forgottenUpTo = events.getLast().version();
        events.clear();
    }

    /// Until something has happened after that version, or so long.
    synchronized void awaitAfter(long version, long millis) throws InterruptedException {
        long end = System.nanoTime() + millis * 1_000_000;
        for (long left = millis;
                left > 0 && after(version).isEmpty();
                left = (end - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
    }
}
