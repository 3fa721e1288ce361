package io.toomai.dcs.kubernetes;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.LeaderKey.Ownership;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.document.ClusterDocuments;
import io.toomai.dcs.document.RawKey;
import io.toomai.dcs.kubernetes.ApiRequest.Resource;
import io.toomai.dcs.kubernetes.LeaderSighting.Standing;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// All objects and all pods of the scope. What it sees on its way it tells the record of the
/// leader's renewals and this member's pod.
record ScopeRead(
        ScopeObjects objects,
        KubernetesApi api,
        LeaderSighting sighting,
        LeaderLease leader,
        ScopeWatch.Sightings sightings) {

    ClusterView read(ReadMode mode, Deadline deadline) {
        Map<String, RawKey> raw = new TreeMap<>();
        for (StoredObject object : list(objects.resource(), objects.selector(), mode, deadline)) {
            for (DcsKey key : objects.keysIn(object.name())) {
                ScopeObjects.text(key, object)
                        .ifPresent(text ->
                                raw.put(
                                        key.path(),
                                        RawKey.plain(text, objects.revision(key, object))));
            }
            if (object.name().equals(objects.leader())) {
                switch (mode) {
                    case LOCAL -> sighting.heard(object);
                    case LINEARIZABLE -> sighting.read(object);
                }
            }
        }
        for (StoredObject pod : list(Resource.PODS, objects.selector(), mode, deadline)) {
            sightings.heardPod(pod);
            pod.annotation(MemberPod.STATUS)
                    .ifPresent(status ->
                            raw.put(
                                    ClusterDocuments.MEMBERS + pod.name(),
                                    RawKey.plain(status, pod.version())));
        }
        return ClusterDocuments.assemble(raw, leader(raw));
    }

    /// @return the last term, where nobody leads
    private long leader(Map<String, RawKey> raw) {
        return switch (sighting.standing()) {
            case Standing.Held(LeaderRecord record, long term) -> {
                Ownership ownership =
                        leader.isOfThisProcess(record)
                                ? Ownership.THIS_PROCESS
                                : Ownership.ANOTHER_PROCESS;
                record.leader()
                        .ifPresent(name ->
                                raw.put(
                                        ClusterDocuments.LEADER,
                                        new RawKey(name.value(), term, ownership)));
                yield LeaderKey.UNKNOWN_TERM;
            }
            case Standing.Vacant(long lastTerm) -> lastTerm;
        };
    }

    /// Members and leaders of all groups; the rest is not read. A leader is who the leader object
    /// names: only the members of its own group know whether its lease is over.
    SortedMap<Integer, ClusterView> readGroups(Deadline deadline) {
        String selector = objects.selectorOfAllGroups();
        Map<String, RawKey> raw = new TreeMap<>();
        for (StoredObject object :
                list(objects.resource(), selector, ReadMode.LINEARIZABLE, deadline)) {
            ScopeObjects.group(object)
                    .filter(group -> object.name().equals(objects.leaderOf(group)))
                    .ifPresent(group ->
                            LeaderRecord.of(object)
                                    .leader()
                                    .ifPresent(leader ->
                                            raw.put(
                                                    group + "/" + ClusterDocuments.LEADER,
                                                    RawKey.plain(
                                                            leader.value(), object.version()))));
        }
        for (StoredObject pod : list(Resource.PODS, selector, ReadMode.LINEARIZABLE, deadline)) {
            ScopeObjects.group(pod)
                    .ifPresent(group ->
                            pod.annotation(MemberPod.STATUS)
                                    .ifPresent(status ->
                                            raw.put(
                                                    group
                                                            + "/"
                                                            + ClusterDocuments.MEMBERS
                                                            + pod.name(),
                                                    RawKey.plain(status, pod.version()))));
        }
        return ClusterDocuments.groups(raw);
    }

    private List<StoredObject> list(
            Resource resource, String selector, ReadMode mode, Deadline deadline) {
        String freshness =
                switch (mode) {
                    case LOCAL -> "&resourceVersion=0"; // what the server has in memory
                    case LINEARIZABLE -> "";
                };
        ApiRequest list = ApiRequest.list(resource, objects.namespace(), selector + freshness);
        return PlainObjects.items(api.repeatable(list, deadline));
    }
}
