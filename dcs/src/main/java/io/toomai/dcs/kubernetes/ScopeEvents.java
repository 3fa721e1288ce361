package io.toomai.dcs.kubernetes;

import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.document.ClusterDocuments;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What a change of an object means to listeners: remembers the texts of its keys, for an object
/// changes as a whole. Used by one thread.
final class ScopeEvents {
    private final ScopeObjects objects;
    private final Map<String, Map<String, String>> textsOf = new HashMap<>();

    ScopeEvents(ScopeObjects objects) {
        this.objects = objects;
    }

    /// That is how the object is now.
    Set<DcsEvent> object(StoredObject object) {
        return becomes(object.name(), texts(object));
    }

    Set<DcsEvent> pod(StoredObject pod) {
        Map<String, String> texts = new TreeMap<>();
        pod.annotation(MemberPod.STATUS)
                .ifPresent(status -> texts.put(ClusterDocuments.MEMBERS + pod.name(), status));
        return becomes(pod.name(), texts);
    }

    Set<DcsEvent> gone(String name) {
        return becomes(name, Map.of());
    }

    /// Those that were there when something else was heard last.
    List<String> names() {
        return List.copyOf(textsOf.keySet());
    }

    private Map<String, String> texts(StoredObject object) {
        Map<String, String> texts = new TreeMap<>();
        for (DcsKey key : objects.keysIn(object.name())) {
            ScopeObjects.text(key, object).ifPresent(text -> texts.put(key.path(), text));
        }
        if (object.name().equals(objects.leader())) {
            LeaderRecord record = LeaderRecord.of(object);
            record.leader()
                    .ifPresent(name ->
                            texts.put(ClusterDocuments.LEADER, name + " " + record.acquired()));
        }
        return texts;
    }

    private Set<DcsEvent> becomes(String name, Map<String, String> texts) {
        Map<String, String> before =
                texts.isEmpty() ? textsOf.remove(name) : textsOf.put(name, texts);
        Map<String, String> known = Optional.ofNullable(before).orElseGet(Map::of);
        Set<String> paths = new HashSet<>(known.keySet());
        paths.addAll(texts.keySet());
        Set<DcsEvent> events = new HashSet<>();
        for (String path : paths) {
            boolean same =
                    Optional.ofNullable(known.get(path))
                            .equals(Optional.ofNullable(texts.get(path)));
            if (!same) {
                ClusterDocuments.event(path).ifPresent(events::add);
            }
        }
        return events;
    }
}
