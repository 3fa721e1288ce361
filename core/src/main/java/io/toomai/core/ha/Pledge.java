package io.toomai.core.ha;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.cluster.Versioned;
import io.toomai.core.model.MemberName;
import java.util.Optional;

/// The promise of a synchronous standby on which a takeover before the lease's end rests (design
/// §5): *I receive no WAL from this leader in this term, and will not until the store shows another
/// leader, another term or another `/sync`.* It is durable before it is told to anybody, and
/// survives restarts of agent and PostgreSQL.
///
/// @param term revision of the leader key; never the same for two acquisitions
/// @param syncRevision revision of `/sync` when the promise was made
public record Pledge(MemberName leader, long term, long syncRevision) {
    /// The pledge to make now: against who leads, or led last as `/sync` says. Empty where the
    /// store does not tell its term.
    static Optional<Pledge> against(ClusterView cluster) {
        Versioned<SyncState> sync = cluster.sync();
        return switch (cluster.leader()) {
            case LeaderKey.HeldBy held ->
                    Optional.of(new Pledge(held.leader(), held.revision(), sync.revision()));
            case LeaderKey.Vacant(var lastTerm, _) ->
                    sync.value()
                            .leader()
                            .filter(_ -> lastTerm != LeaderKey.UNKNOWN_TERM)
                            .map(led -> new Pledge(led, lastTerm, sync.revision()));
        };
    }

    /// Whether it binds who made it: the store shows the leader, the term and the `/sync` that it
    /// was made against. Revisions never come back, so a pledge that does not bind now never will.
    public boolean binds(ClusterView cluster) {
        return against(cluster).filter(this::equals).isPresent();
    }
}
