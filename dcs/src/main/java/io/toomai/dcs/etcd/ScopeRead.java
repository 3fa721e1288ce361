package io.toomai.dcs.etcd;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.LeaderKey.Ownership;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.LeasedMemberKey;
import io.toomai.dcs.LeasedMemberKey.Published;
import io.toomai.dcs.ProcessLease;
import io.toomai.dcs.RenewalSightings;
import io.toomai.dcs.document.ClusterDocuments;
import io.toomai.dcs.document.RawKey;
import io.toomai.dcs.document.ScopeKeys;
import io.toomai.dcs.etcd.GatewayReply.KeyValue;
import io.toomai.settings.json.Json;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/// All keys of the scope in one request. What it sees on its way it tells the member key (is it
/// still as published?), the record of renewals and the watch.
record ScopeRead(
        ScopeKeys scope,
        EtcdCalls calls,
        ProcessLease lease,
        LeasedMemberKey member,
        RenewalSightings renewals,
        EtcdWatch watch) {

    ClusterView read(ReadMode mode, Deadline deadline) {
        GatewayReply reply = below(scope, mode, deadline);
        watch.startAfter(reply.revision());
        Map<String, KeyValue> keys = new TreeMap<>();
        reply.keys().forEach(key -> keys.put(scope.relative(key.key()), key));
        Map<String, RawKey> raw = new TreeMap<>();
        keys.forEach((path, key) ->
                raw.put(path, new RawKey(key.value(), key.revision(), ownership(key))));
        member.seen(
                Optional.ofNullable(keys.get(scope.relative(member.path())))
                        .map(key -> new Published(key.value(), key.lease())));
        Optional<KeyValue> leader = Optional.ofNullable(keys.get(ClusterDocuments.LEADER));
        Optional<KeyValue> term = Optional.ofNullable(keys.get(scope.relative(scope.term())));
        Optional<KeyValue> heartbeat =
                Optional.ofNullable(keys.get(scope.relative(scope.heartbeat())));
        boolean renews =
                leader.isPresent()
                        && leader.map(KeyValue::revision).equals(term.map(KeyValue::revision));
        tellRenewals(mode, heartbeat.filter(_ -> renews));
        return ClusterDocuments.assemble(
                raw, term.map(KeyValue::revision).orElse(LeaderKey.UNKNOWN_TERM));
    }

    SortedMap<Integer, ClusterView> readGroups(Deadline deadline) {
        ScopeKeys all = scope.parent();
        Map<String, RawKey> raw = new TreeMap<>();
        below(all, ReadMode.LINEARIZABLE, deadline)
                .keys()
                .forEach(key ->
                        raw.put(
                                all.relative(key.key()),
                                new RawKey(key.value(), key.revision(), ownership(key))));
        return ClusterDocuments.groups(raw);
    }

    private GatewayReply below(ScopeKeys keys, ReadMode mode, Deadline deadline) {
        Json.Obj body =
                Json.object()
                        .put("key", Txn.base64(keys.prefix()))
                        .put("range_end", Txn.base64(Txn.prefixEnd(keys)))
                        .put("serializable", mode == ReadMode.LOCAL)
                        .done();
        return calls.repeatableNotStale("/v3/kv/range", body, deadline);
    }

    private Ownership ownership(KeyValue key) {
        return lease.own(key.lease()).isPresent()
                ? Ownership.THIS_PROCESS
                : Ownership.ANOTHER_PROCESS;
    }

    /// The heartbeat of a leader that writes it; of another it is that of an earlier leader.
    private void tellRenewals(ReadMode mode, Optional<KeyValue> heartbeat) {
        switch (mode) {
            case LOCAL -> heartbeat.ifPresent(key -> renewals.seen(key.revision()));
            case LINEARIZABLE ->
                    renewals.read(
                            heartbeat
                                    .map(key -> OptionalLong.of(key.revision()))
                                    .orElse(OptionalLong.empty()));
        }
    }
}
