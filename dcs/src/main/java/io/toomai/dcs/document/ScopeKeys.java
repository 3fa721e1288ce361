package io.toomai.dcs.document;

import io.toomai.core.model.MemberName;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsKey;
import java.util.Optional;

/// The keys of one scope, by the path of the scope: Patroni's (contract §1.1) and, below `toomai`,
/// two of our own that Patroni does not look at.
///
/// @param base without a slash at the end
public record ScopeKeys(String base) {
    public String leader() {
        return base + "/" + ClusterDocuments.LEADER;
    }

    public String member(MemberName name) {
        return base + "/" + ClusterDocuments.MEMBERS + name.value();
    }

    public String plain(DcsKey key) {
        return base + "/" + key.path();
    }

    /// While a Toomai member holds the leader key both have one revision, the term.
    public String term() {
        return base + "/" + ClusterDocuments.TERM;
    }

    /// Its revision is the renewal.
    public String heartbeat() {
        return base + "/" + ClusterDocuments.HEARTBEAT;
    }

    /// What all keys of the scope begin with.
    public String prefix() {
        return base + "/";
    }

    /// What holds this scope and, in a Citus cluster, its other groups.
    public ScopeKeys parent() {
        return new ScopeKeys(base.substring(0, Math.max(0, base.lastIndexOf('/'))));
    }

    /// What [ClusterDocuments] calls that key.
    public String relative(String key) {
        return key.substring(Math.min(key.length(), prefix().length()));
    }

    public Optional<DcsEvent> eventOf(String key) {
        return ClusterDocuments.event(relative(key));
    }
}
