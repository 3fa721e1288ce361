package io.toomai.core.cluster;

import io.toomai.core.model.MemberName;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Everything the store holds for one scope, read in one pass and parsed; garbage under a key reads
/// as its absence (contract §1.2).
///
/// @param config JSON text of the dynamic configuration; absent when missing or not an object
/// @param failover absent when the key is missing or names nobody
/// @param sync the parsed document, with its revision for compare-and-set; `EMPTY` at revision -1
///   when there is no key
/// @param failsafe who must agree that a leader goes on without the store; likewise
public record ClusterView(
        Initialize initialize,
        Optional<Versioned<String>> config,
        LeaderKey leader,
        List<Member> members,
        Optional<Versioned<FailoverRequest>> failover,
        Versioned<SyncState> sync,
        Status status,
        History history,
        Versioned<FailsafeMembers> failsafe) {

    /// Revision of a key that does not exist.
    public static final long NO_REVISION = -1;

    /// A store that holds nothing.
    public static final ClusterView EMPTY =
            new ClusterView(
                    new Initialize.Never(),
                    Optional.empty(),
                    new LeaderKey.Vacant(),
                    List.of(),
                    Optional.empty(),
                    new Versioned<>(SyncState.EMPTY, NO_REVISION),
                    Status.UNKNOWN,
                    History.ABSENT,
                    new Versioned<>(FailsafeMembers.NONE, NO_REVISION));

    public ClusterView {
        members = members.stream().sorted(Comparator.comparing(Member::name)).toList();
    }

    /// The same with another leader key.
    public ClusterView with(LeaderKey other) {
        return new ClusterView(
                initialize, config, other, members, failover, sync, status, history, failsafe);
    }

    public Optional<Member> member(MemberName name) {
        return members.stream().filter(m -> m.name().equals(name)).findFirst();
    }

    /// The member that holds the leader key, where it has published itself.
    public Optional<Member> leaderMember() {
        return leader instanceof LeaderKey.HeldBy held ? member(held.leader()) : Optional.empty();
    }
}
