package io.toomai.core.ha;

import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.History;
import io.toomai.core.cluster.Status;
import io.toomai.core.cluster.SyncState;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.core.model.SystemIdentifier;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// One thing the agent must now do. Carried out in the order given; the first that is refused or
/// fails ends the list, so order is meaning.
public sealed interface Command {
    /// Changes the store, in this cycle.
    sealed interface InStore extends Command {}

    /// Changes this node, in this cycle.
    sealed interface AtOnce extends Command {}

    /// Starts a [LongTask].
    sealed interface Aside extends Command {}

    // ---- the store

    /// Create the leader key under our lease.
    record AcquireLeaderKey() implements InStore {}

    /// Take the key from a leader that pledges have fenced, in one transaction: the key is still at
    /// `term` and `/sync` still at `syncRevision`, else nothing happens (design §5, step 4).
    ///
    /// @param sync what `/sync` becomes
    record TakeOver(long term, long syncRevision, SyncState sync) implements InStore {}

    /// Give the key up.
    ///
    /// @param handOver written to the failover key in the same step
    /// @param optime published in the same step, where known
    record ReleaseLeaderKey(Optional<FailoverRequest> handOver, Optional<Lsn> optime)
            implements InStore {}

    /// Create the initialize key, empty: we are about to make the cluster.
    record ClaimInitialize() implements InStore {}

    record WriteInitialize(SystemIdentifier system) implements InStore {}

    record DeleteInitialize() implements InStore {}

    /// Write the dynamic configuration of `bootstrap.dcs` (or the cached one) if the key is
    /// missing.
    record WriteInitialConfig() implements InStore {}

    record WriteStatus(Status status) implements InStore {}

    /// @param revision of the document that the decision saw; compare-and-set
    record WriteSync(SyncState state, long revision) implements InStore {}

    /// Write `{}` over the failover key if it is still at this revision.
    record ClearFailover(long revision) implements InStore {}

    /// Publish the timeline history of the local server, where it differs from this.
    record WriteHistory(History published) implements InStore {}

    /// Replace `/failsafe` if it is still at this revision. What is sent is remembered before.
    record WriteFailsafe(FailsafeMembers members, long revision) implements InStore {}

    // ---- the running server

    /// Set `synchronous_standby_names` and wait until it is in force.
    record SetSynchronousStandbyNames(String names) implements AtOnce {}

    /// Render configuration and reload where it changed.
    record ApplyConfiguration() implements AtOnce {}

    /// Point a running standby at another server.
    record Follow(Upstream upstream) implements AtOnce {}

    /// Begin to bring this node's slots to what the plan says. Does not wait; what it has changed
    /// shows in a later view.
    record EnsureSlots(SlotPlan plan) implements AtOnce {}

    /// Say once that these slots are nobody's, or in use though nobody wants them.
    record MentionSlots(List<String> slots) implements AtOnce {
        public MentionSlots {
            slots = List.copyOf(slots);
        }
    }

    /// Make the pledge durable, end the WAL receiver and see it gone. Idempotent.
    record MakePledge(Pledge pledge) implements AtOnce {}

    /// The store has moved past the pledge: forget it. The upstream comes back by [Follow].
    record WithdrawPledge(Pledge pledge) implements AtOnce {}

    record ResumeReplay() implements AtOnce {}

    /// End the pre-promote script that runs; its task fails.
    record CancelPrePromote() implements AtOnce {}

    // ---- the other members

    /// Begin to ask these whether this leader may go on without the store. Does not wait; what they
    /// answer carries the lease, and wakes the loop.
    ///
    /// @param ttl for how long one acceptance counts, from the sending of the question
    record AskFailsafe(FailsafeMembers others, Duration ttl) implements AtOnce {}

    record Checkpoint() implements Aside {}

    /// Run the operator's pre-promote script; refused like a promotion.
    ///
    /// @param patience after which it is ended and counts as failed
    record AskPrePromote(MonoTime notAfter, Duration patience) implements Aside {}

    /// Refused when `notAfter` has passed or the lease is no longer held.
    record Promote(MonoTime notAfter) implements Aside {}

    // ---- starting and stopping

    /// A standby that follows `upstream`.
    record StartAsStandby(Upstream upstream) implements Aside {}

    /// Start what was a primary as a primary; refused unless the lease is held.
    record StartAsPrimary(MonoTime notAfter) implements Aside {}

    /// Stop. A checkpoint before shortens a clean stop.
    ///
    /// @param killAfter `primary_stop_timeout`: it stops at once or is killed then; absent = never
    record Stop(StopMode mode, Before before, Optional<Duration> killAfter) implements Aside {}

    /// At once, in this cycle: nobody may write here any more. Also ends the children of a
    /// postmaster that is already dead.
    record Fence(String why) implements AtOnce {}

    /// Ends the children of a postmaster that is dead; one that lives is left alone.
    record EndOrphans() implements AtOnce {}

    record Restart(Duration timeout) implements Aside {}

    /// Fetch the state of these logical slots from the leader and restart this standby with them.
    /// Nothing is stopped unless that server is the primary of this system and has them.
    record CopySlots(Source leader, List<String> slots) implements Aside {
        public CopySlots {
            slots = List.copyOf(slots);
        }
    }

    // ---- data directories

    /// initdb, roles, post_bootstrap.
    record BootstrapCluster() implements Aside {}

    /// The first data directory of a standby cluster: a copy of the other cluster's.
    record BootstrapStandbyCluster(Upstream remote) implements Aside {}

    /// Only into a directory that is missing or empty.
    record Clone(Source source) implements Aside {}

    /// A replica from a backup, without any server; only into a directory that is missing or empty.
    ///
    /// @param system the cluster that the backup must be of
    record Restore(SystemIdentifier system) implements Aside {}

    /// Refused unless the source answers with this system identifier as the primary that holds the
    /// leader key (I4).
    record Rewind(Source source) implements Aside {}

    /// Move the directory aside and clone; refused like a rewind (I4).
    record Reinitialize(Source source, String why) implements Aside {}

    /// Move the directory of a bootstrap or clone that was never finished out of the way.
    record DiscardUnfinished() implements AtOnce {}

    /// Stop the process; PostgreSQL goes on if it runs.
    record EndAgent(String why, ExitStatus status) implements AtOnce {}

    /// A server to copy from, and what it must be for local data to be touched beside it.
    record Source(MemberName name, String host, int port, SystemIdentifier system, Kind kind) {
        public Source(MemberName name, String host, int port, SystemIdentifier system) {
            this(name, host, port, system, Kind.MEMBER);
        }

        /// The primary that a standby cluster follows; it has no member's name, its host stands in.
        public static Source remote(Upstream.Server server, SystemIdentifier system) {
            return new Source(
                    new MemberName(server.host().replace('/', '.')),
                    server.host(),
                    server.port(),
                    system,
                    Kind.REMOTE_PRIMARY);
        }

        /// Whose word counts (I4).
        public enum Kind {
            /// A member of this cluster, whose leader is a primary.
            MEMBER,
            /// A member of this standby cluster, whose leader is a standby.
            MEMBER_OF_STANDBY_CLUSTER,
            /// The primary of the cluster that this one follows; this node holds our leader key.
            REMOTE_PRIMARY
        }
    }

    /// How PostgreSQL is stopped.
    enum StopMode {
        FAST,
        IMMEDIATE
    }

    /// What precedes a stop.
    enum Before {
        NOTHING,
        CHECKPOINT
    }

    /// How the process ends.
    enum ExitStatus {
        ASKED,
        FATAL
    }
}
