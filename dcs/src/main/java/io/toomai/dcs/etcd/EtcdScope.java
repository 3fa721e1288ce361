package io.toomai.dcs.etcd;

import io.toomai.core.model.MemberName;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.document.ClusterDocuments;
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

    /// While a Toomai member holds the leader key both have one revision, the term.
    String term() {
        return base + "/" + ClusterDocuments.TERM;
    }

    /// Its revision is the renewal.
    String heartbeat() {
        return base + "/" + ClusterDocuments.HEARTBEAT;
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
        return ClusterDocuments.event(relative(key));
    }
}
