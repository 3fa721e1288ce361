package io.toomai.dcs.consul;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.LeaderKey.Ownership;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.LeasedMemberKey;
import io.toomai.dcs.LeasedMemberKey.Published;
import io.toomai.dcs.ProcessLease;
import io.toomai.dcs.RenewalSightings;
import io.toomai.dcs.consul.ConsulDcsSettings.Consistency;
import io.toomai.dcs.consul.ConsulReply.KeyValue;
import io.toomai.dcs.document.ClusterDocuments;
import io.toomai.dcs.document.RawKey;
import io.toomai.dcs.document.ScopeKeys;
import io.toomai.dcs.http.Refusal;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/// All keys of the scope in one request. What it sees on its way it tells the member key (is it
/// still as published?) and the record of renewals.
record ScopeRead(
        ScopeKeys scope,
        ConsulCalls calls,
        Consistency local,
        ProcessLease lease,
        LeasedMemberKey member,
        RenewalSightings renewals) {

    ClusterView read(ReadMode mode, Deadline deadline) {
        String consistency =
                switch (mode) {
                    case LINEARIZABLE -> ConsulCalls.CONSISTENT;
                    case LOCAL -> parameter(local);
                };
        Map<String, KeyValue> keys =
                calls.repeatable(line -> keys(line, scope, consistency), deadline);
        Map<String, RawKey> raw = new TreeMap<>();
        keys.forEach((path, key) ->
                raw.put(path, new RawKey(key.value(), key.revision(), ownership(key))));
        member.seen(
                Optional.ofNullable(keys.get(scope.relative(member.path())))
                        .map(key -> new Published(key.value(), key.session())));
        Optional<KeyValue> leader = Optional.ofNullable(keys.get(ClusterDocuments.LEADER));
        Optional<KeyValue> term = Optional.ofNullable(keys.get(ClusterDocuments.TERM));
        Optional<KeyValue> heartbeat = Optional.ofNullable(keys.get(ClusterDocuments.HEARTBEAT));
        boolean renews =
                leader.isPresent()
                        && leader.map(KeyValue::revision).equals(term.map(KeyValue::revision));
        tellRenewals(mode, heartbeat.filter(_ -> renews));
        return ClusterDocuments.assemble(
                raw, term.map(KeyValue::revision).orElse(LeaderKey.UNKNOWN_TERM));
    }

    static String parameter(Consistency consistency) {
        return switch (consistency) {
            case DEFAULT -> "";
            case CONSISTENT -> ConsulCalls.CONSISTENT;
            case STALE -> "stale";
        };
    }

    SortedMap<Integer, ClusterView> readGroups(Deadline deadline) {
        Map<String, RawKey> raw = new TreeMap<>();
        calls.repeatable(line -> keys(line, scope.parent(), ConsulCalls.CONSISTENT), deadline)
                .forEach((path, key) ->
                        raw.put(path, new RawKey(key.value(), key.revision(), ownership(key))));
        return ClusterDocuments.groups(raw);
    }

    private Map<String, KeyValue> keys(ConsulCalls.Line line, ScopeKeys of, String consistency)
            throws IOException, Refusal {
        ConsulReply reply = line.ask(calls.read(of.prefix(), "recurse&" + consistency));
        Duration most = lease.granted().dividedBy(2);
        if (reply.staleness().compareTo(most) > 0) {
            throw new Refusal(
                    Refusal.Kind.UNAVAILABLE,
                    "the server that answered has not heard its leader for " + reply.staleness());
        }
        Map<String, KeyValue> keys = new TreeMap<>();
        reply.keys().forEach(key -> keys.put(of.relative(key.key()), key));
        return keys;
    }

    private Ownership ownership(KeyValue key) {
        return lease.own(key.session()).isPresent()
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
