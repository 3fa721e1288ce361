package io.toomai.dcs;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.ha.Renewal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;

/// The consensus store as one member of one scope sees it. Layout, values and lease semantics are
/// those of contract §1, so that members of Patroni can share it.
///
/// Every call blocks at most `timeout` and then throws [DcsException]; calls may come from any
/// thread at the same time. The lease guard's calls (`renewLeader`) never wait behind another
/// caller's. Leader and member keys hang on one session or lease of this process.
public interface Dcs extends AutoCloseable {

    /// Reads all keys of the scope in one pass.
    ClusterView read(ReadMode mode, Duration timeout);

    /// The clusters of all groups of the Citus cluster that this one is a group of, by group, its
    /// own among them (contract §1.1); not older than this call. Not for lease arithmetic: who
    /// leads another group is what its leader key says.
    ///
    /// @throws DcsException also where the store holds a single cluster only
    default SortedMap<Integer, ClusterView> readGroups(Duration timeout) {
        throw new DcsException(
                DcsException.Code.DCS_DENIED, "this store holds no groups of a Citus cluster");
    }

    /// How fresh an answer must be.
    enum ReadMode {
        /// What the nearest server has; may be a moment old.
        LOCAL,
        /// Not older than this call.
        LINEARIZABLE
    }

    /// Creates the leader key with this member's name, under this process's lease. A key that holds
    /// this member's name under an older lease (the process was restarted) is taken over.
    LeaderResult acquireLeader(Duration timeout);

    /// Whether the store has the transactions that [#takeOver] needs.
    default boolean canTakeOver() {
        return false;
    }

    /// Takes the leader key from another member whose lease may still run (design §5, step 4), in
    /// one transaction: the key is still at `term`, or vacant and not held since that term, and
    /// `/sync` still at `syncRevision`; then the key is this process's under its own lease and
    /// `/sync` is `sync` where that is given. `Refused` when either compare fails; an absent
    /// `/sync` is no match, for it names nobody who could pledge. No A-B-A: a revision never comes
    /// back. `Refused` also for a holder that does not write what is compared (a member of
    /// Patroni). After an exception read again: the key may be this process's, and the next renewal
    /// finds its lease.
    default LeaderResult takeOver(Takeover takeover, Duration timeout) {
        throw new DcsException(
                DcsException.Code.DCS_DENIED,
                "this store has no transactions over several keys: the lease is waited out");
    }

    /// @param term revision of the leader key as read
    /// @param syncRevision revision of `/sync` as read
    /// @param sync the new document; empty leaves it
    record Takeover(long term, long syncRevision, Optional<String> sync) {}

    /// The leader's latest renewal as the latest linearizable [#read] of this process saw it, and
    /// since when this process knows of it, or a still later one that a watch has shown. An
    /// acquisition counts as one. Empty where the store cannot show renewals, while nobody leads,
    /// and under a leader that shows none (a member of Patroni). Does not block.
    default Optional<Renewal> renewal() {
        return Optional.empty();
    }

    /// Proves to the store that the holder lives, and to the holder that the key is still its own.
    LeaderResult renewLeader(Duration timeout);

    /// Deletes the leader key if it is this process's, after writing `before` in the same
    /// transaction where the store has transactions, else just before. Does nothing when another
    /// holds it.
    ///
    /// @return false when the key was not ours
    boolean releaseLeader(List<Write> before, Duration timeout);

    /// A plain write inside a larger step.
    record Write(DcsKey key, String value) {}

    /// Creates or replaces `members/<me>` under this process's lease. Not sent when nothing changed
    /// and the lease is the same.
    void publishMember(String json, Duration timeout);

    /// Removes `members/<me>`; used at a clean stop.
    void withdrawMember(Duration timeout);

    /// Writes one plain key under a condition.
    WriteResult write(DcsKey key, String value, Expect expect, Duration timeout);

    /// Writes one plain key only while this process holds the leader key, so that a deposed leader
    /// can change nothing. `Conflict` when it is not the holder or when `expect` does not hold.
    WriteResult writeAsLeader(DcsKey key, String value, Expect expect, Duration timeout);

    /// Deletes one plain key under a condition; deleting what is absent is `Written`.
    WriteResult delete(DcsKey key, Expect expect, Duration timeout);

    /// Calls the listener, on a thread of the adapter, when something moved. The listener returns
    /// at once.
    void watch(Consumer<DcsEvent> listener);

    /// Asks for another lease duration; applies to the lease from the next renewal or session on.
    void changeTtl(Duration ttl);

    /// The lease duration that the store actually grants at the moment; lease arithmetic uses this.
    Duration grantedTtl();

    /// Ends the session: member and leader keys of this process vanish. Never throws.
    @Override
    void close();
}
