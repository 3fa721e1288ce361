package io.toomai.dcs.etcd;

import io.toomai.core.model.MemberName;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.document.ClusterDocuments;
import java.util.Arrays;
import java.util.Optional;

/// The keys of one scope: Patroni's (contract §1.1) and, below `toomai`, two of our own that
/// Patroni does not look at.
record EtcdScope(String base) {
    String leader() {
        return base + "/" + ClusterDocuments.LEADER;
    }

    String member(MemberName name) {
        return base + "/" + ClusterDocuments.MEMBERS + name.value();
    }

    String plain(DcsKey key) {
        return base + "/" + key.path();
    }

    /// Written in the same transaction as each acquisition by a Toomai member. While that member
    /// holds the key both have one revision, the term; it outlives the key.
    String term() {
        return base + "/toomai/term";
    }

    /// Written with each acquisition and by the leader with each renewal: its revision is the
    /// renewal.
    String heartbeat() {
        return base + "/toomai/heartbeat";
    }

    /// What all keys of the scope begin with.
    String prefix() {
        return base + "/";
    }

    /// The first key behind them: a slash is followed by a zero.
    String prefixEnd() {
        return base + "0";
    }

    String relative(String key) {
        return key.substring(Math.min(key.length(), prefix().length()));
    }

    Optional<DcsEvent> eventOf(String key) {
        String path = relative(key);
        if (path.equals(ClusterDocuments.LEADER)) {
            return Optional.of(DcsEvent.LEADER_CHANGED);
        }
        if (path.startsWith(ClusterDocuments.MEMBERS)) {
            return Optional.of(DcsEvent.MEMBERS_CHANGED);
        }
        return Arrays.stream(DcsKey.values())
                .filter(k -> k.path().equals(path))
                .findFirst()
                .flatMap(DcsEvent::of);
    }
}
