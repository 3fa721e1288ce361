package io.toomai.dcs.document;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.cluster.Versioned;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Puts the keys of one scope together into a [ClusterView]. Every adapter reads its store into a
/// map from relative path to [RawKey] and ends here, so that all of them tolerate the same garbage.
public final class ClusterDocuments {
    /// Relative path of the leader key; its value is the plain name.
    public static final String LEADER = "leader";

    /// What the relative paths of member keys begin with.
    public static final String MEMBERS = "members/";

    /// Our own keys, which Patroni does not look at. The term is written in the same transaction as
    /// each acquisition by a Toomai member and outlives the leader key; what a leader writes is
    /// bound to it. Its value is the name of that member.
    public static final String TERM = "toomai/term";

    /// Written with each acquisition and by the leader with each renewal.
    public static final String HEARTBEAT = "toomai/heartbeat";

    private ClusterDocuments() {}

    /// What a change of that key means.
    ///
    /// @param path relative to the scope's base
    /// @return empty for keys that no listener waits for
    public static Optional<DcsEvent> event(String path) {
        if (path.equals(LEADER)) {
            return Optional.of(DcsEvent.LEADER_CHANGED);
        }
        if (path.startsWith(MEMBERS)) {
            return Optional.of(DcsEvent.MEMBERS_CHANGED);
        }
        return Arrays.stream(DcsKey.values())
                .filter(key -> key.path().equals(path))
                .findFirst()
                .flatMap(DcsEvent::of);
    }

    /// @param keys by path relative to the scope's base; unknown paths are ignored
    public static ClusterView assemble(Map<String, RawKey> keys) {
        return assemble(keys, LeaderKey.UNKNOWN_TERM);
    }

    /// @param lastTerm what a vacant leader key's revision was when it was last held
    public static ClusterView assemble(Map<String, RawKey> keys, long lastTerm) {
        return new ClusterView(
                plain(keys, DcsKey.INITIALIZE)
                        .map(key -> InitializeDocument.read(key.value()))
                        .orElse(new Initialize.Never()),
                plain(keys, DcsKey.CONFIG).map(key -> new Versioned<>(key.value(), key.revision())),
                leader(keys, lastTerm),
                members(keys),
                plain(keys, DcsKey.FAILOVER).flatMap(ClusterDocuments::failover),
                plain(keys, DcsKey.SYNC)
                        .map(key -> new Versioned<>(SyncDocument.read(key.value()), key.revision()))
                        .orElse(new Versioned<>(SyncState.EMPTY, ClusterView.NO_REVISION)),
                plain(keys, DcsKey.STATUS)
                        .map(key -> StatusDocument.read(key.value()))
                        .orElse(Status.UNKNOWN),
                plain(keys, DcsKey.HISTORY)
                        .map(key -> HistoryDocument.read(key.value()))
                        .orElse(History.ABSENT),
                plain(keys, DcsKey.FAILSAFE)
                        .map(key ->
                                new Versioned<>(FailsafeDocument.read(key.value()), key.revision()))
                        .orElse(new Versioned<>(FailsafeMembers.NONE, ClusterView.NO_REVISION)));
    }

    /// @param keys of all groups, by path relative to what they have in common; others are ignored
    public static SortedMap<Integer, ClusterView> groups(Map<String, RawKey> keys) {
        SortedMap<Integer, Map<String, RawKey>> byGroup = new TreeMap<>();
        keys.forEach((path, key) -> {
            int slash = path.indexOf('/');
            if (slash > 0 && isGroup(path.substring(0, slash))) {
                byGroup.computeIfAbsent(
                                Integer.valueOf(path.substring(0, slash)), _ -> new TreeMap<>())
                        .put(path.substring(slash + 1), key);
            }
        });
        SortedMap<Integer, ClusterView> groups = new TreeMap<>();
        byGroup.forEach((group, own) -> groups.put(group, assemble(own)));
        return groups;
    }

    /// Whether a cluster below the scope's path with that name is a group (contract §1.1).
    public static boolean isGroup(String name) {
        return name.matches("0|[1-9][0-9]{0,8}");
    }

    private static Optional<RawKey> plain(Map<String, RawKey> keys, DcsKey key) {
        return Optional.ofNullable(keys.get(key.path()));
    }

    private static Optional<Versioned<FailoverRequest>> failover(RawKey key) {
        return FailoverDocument.read(key.value())
                .map(request -> new Versioned<>(request, key.revision()));
    }

    private static LeaderKey leader(Map<String, RawKey> keys, long lastTerm) {
        Optional<LeaderKey> held =
                Optional.ofNullable(keys.get(LEADER))
                        .flatMap(key ->
                                DocumentJson.name(key.value())
                                        .map(name ->
                                                new LeaderKey.HeldBy(
                                                        name, key.revision(), key.ownership())));
        return held.orElse(
                new LeaderKey.Vacant(
                        lastTerm,
                        Optional.ofNullable(keys.get(TERM))
                                .flatMap(key -> DocumentJson.name(key.value()))));
    }

    private static List<Member> members(Map<String, RawKey> keys) {
        List<Member> members = new ArrayList<>();
        keys.forEach((path, key) -> {
            if (path.startsWith(MEMBERS)) {
                DocumentJson.name(path.substring(MEMBERS.length()))
                        .ifPresent(name -> members.add(MemberDocument.read(name, key.value())));
            }
        });
        return members;
    }
}
