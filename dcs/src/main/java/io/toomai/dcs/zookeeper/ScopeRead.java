package io.toomai.dcs.zookeeper;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.LeaderKey.Ownership;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.RenewalSightings;
import io.toomai.dcs.document.ClusterDocuments;
import io.toomai.dcs.document.RawKey;
import io.toomai.dcs.zookeeper.Attachment.Node;
import io.toomai.dcs.zookeeper.Attachment.Pending;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.data.Stat;

/// One pass over all keys of the scope, in one pipeline. What it sees on its way it tells the
/// member key (is it still as published?) and the record of renewals.
record ScopeRead(Scope scope, String ownPath, MemberKey member, RenewalSightings renewals) {

    ClusterView pass(Attachment store, ReadMode mode, Deadline deadline) {
        // A server answers one session's requests in their order, so what follows sees it.
        Optional<Pending<List<OpResult>>> barrier =
                switch (mode) {
                    case LOCAL -> Optional.empty();
                    case LINEARIZABLE -> Optional.of(store.barrier(scope.base()));
                };
        Pending<List<String>> names = store.children(scope.members());
        Map<String, Pending<Node>> looks = new LinkedHashMap<>();
        // The term first: a key that is acquired between the two looks is then held, in its own
        // term. The other way about the term that has just begun would look given up, and a proxy
        // that is told so sends no write to it any more.
        looks.put(ClusterDocuments.TERM, store.get(scope.term()));
        looks.put(ClusterDocuments.LEADER, store.get(scope.leader()));
        Pending<Stat> heartbeatLook = store.exists(scope.heartbeat());
        for (DcsKey key : DcsKey.values()) {
            looks.put(key.path(), store.get(scope.plain(key)));
        }
        barrier.ifPresent(pending -> pending.await(deadline));
        for (String name : names.await(deadline).granted().orElse(List.of())) {
            looks.put(ClusterDocuments.MEMBERS + name, store.get(scope.members() + "/" + name));
        }
        Map<String, RawKey> raw = new TreeMap<>();
        Map<String, Node> nodes = new TreeMap<>();
        looks.forEach((path, look) ->
                look.await(deadline).granted().ifPresent(node -> nodes.put(path, node)));
        nodes.forEach((path, node) -> raw.put(path, rawKey(store, path, node)));
        Optional<Stat> term = Optional.ofNullable(nodes.get(ClusterDocuments.TERM)).map(Node::stat);
        Optional<Stat> heartbeat = heartbeatLook.await(deadline).granted();
        member.seen(store, Optional.ofNullable(nodes.get(ownPath)));
        Optional<Node> leader = Optional.ofNullable(nodes.get(ClusterDocuments.LEADER));
        boolean renews =
                leader.filter(key ->
                                term.filter(t -> LeaderLease.keepsTerm(key.stat(), t)).isPresent())
                        .isPresent();
        tellRenewals(mode, renews ? heartbeat : Optional.empty());
        // An acquisition writes the term in the transaction that creates the key, so this is the
        // czxid that the key had.
        return ClusterDocuments.assemble(
                raw, term.map(Stat::getMzxid).orElse(LeaderKey.UNKNOWN_TERM));
    }

    /// Who the members are and who leads, of each group beside this scope; the rest is not read.
    SortedMap<Integer, ClusterView> groups(Attachment store, Deadline deadline) {
        String parent = scope.base().substring(0, scope.base().lastIndexOf('/'));
        store.barrier(scope.base()).await(deadline);
        List<String> groups =
                store.children(parent).await(deadline).granted().orElse(List.of()).stream()
                        .filter(ClusterDocuments::isGroup)
                        .toList();
        Map<String, Pending<List<String>>> names = new LinkedHashMap<>();
        Map<String, Pending<Node>> looks = new LinkedHashMap<>();
        for (String group : groups) {
            Scope other = new Scope(parent + "/" + group, scope.acl());
            names.put(group + "/", store.children(other.members()));
            looks.put(group + "/" + ClusterDocuments.LEADER, store.get(other.leader()));
        }
        names.forEach((group, pending) -> {
            for (String name : pending.await(deadline).granted().orElse(List.of())) {
                String path = group + ClusterDocuments.MEMBERS + name;
                looks.put(path, store.get(parent + "/" + path));
            }
        });
        Map<String, RawKey> raw = new TreeMap<>();
        looks.forEach((path, look) ->
                look.await(deadline)
                        .granted()
                        .ifPresent(node -> raw.put(path, rawKey(store, path, node))));
        return ClusterDocuments.groups(raw);
    }

    /// The heartbeat of a leader that writes it; of another it is that of an earlier leader.
    private void tellRenewals(ReadMode mode, Optional<Stat> heartbeat) {
        switch (mode) {
            case LOCAL -> heartbeat.ifPresent(stat -> renewals.seen(stat.getMzxid()));
            case LINEARIZABLE ->
                    renewals.read(
                            heartbeat
                                    .map(stat -> OptionalLong.of(stat.getMzxid()))
                                    .orElse(OptionalLong.empty()));
        }
    }

    private static RawKey rawKey(Attachment store, String path, Node node) {
        // The leader key's czxid is its acquisition, by whomever: the znode is created anew each
        // time, also when it moves between sessions. It comes with the name in one look, which the
        // version of the term would not; what must not change hands unseen checks both.
        long revision =
                path.equals(ClusterDocuments.LEADER)
                        ? node.stat().getCzxid()
                        : node.stat().getMzxid();
        return new RawKey(
                node.value(),
                revision,
                store.owns(node.stat()) ? Ownership.THIS_PROCESS : Ownership.ANOTHER_PROCESS);
    }
}
