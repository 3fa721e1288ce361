package io.toomai.api;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member.PendingValue;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.ha.Hearing;
import io.toomai.core.ha.Heartbeat;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.WalSender;
import io.toomai.core.model.ByteSize;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Everything that `GET /patroni` and the health checks tell about this node: one immutable picture
/// that the agent refreshes and that is read without waiting for SQL or the store.
///
/// Whatever may grow old carries the moment until which or from which it holds, so that a picture
/// that is no longer refreshed stops claiming leadership by itself.
///
/// @param state the state that the node publishes
/// @param role the role that the node publishes; what clients see may differ, see `reportedRole`
/// @param standby what is known of a standby beyond its positions
/// @param replication walsenders of the local server, whatever its role
/// @param leadership until when nobody else can hold the leader key, if this node holds it
/// @param store the last reading of the store; its age decides whether it counts
/// @param dcsLastSeen wall clock of the last successful reading of the store
/// @param tags the effective ones
/// @param pendingRestart parameters that wait for a restart; empty when none
/// @param task the progress of long work, in words
/// @param heartbeats live, not of the last cycle
public record NodeStatus(
        Identity identity,
        MemberState state,
        MemberRole role,
        LocalPostgres postgres,
        StandbyDetail standby,
        List<WalSender> replication,
        Leadership leadership,
        Optional<SeenCluster> store,
        Essentials settings,
        Instant dcsLastSeen,
        Tags tags,
        Map<String, PendingValue> pendingRestart,
        Optional<ScheduledRestart> scheduledRestart,
        Loop loop,
        FailsafeState failsafe,
        WatchdogState watchdog,
        Optional<String> task,
        Heartbeats heartbeats) {

    public NodeStatus {
        replication = List.copyOf(replication);
        pendingRestart = Collections.unmodifiableMap(new TreeMap<>(pendingRestart));
    }

    /// Who this node is.
    ///
    /// @param version dotted integers; what members publish
    public record Identity(String scope, MemberName name, String version) {}

    /// @param latestEnd last position that the WAL sender reported (`latest_end_lsn`)
    /// @param replayedTimestamp `pg_last_xact_replay_timestamp()` as text
    /// @param replicationState `streaming` or `in archive recovery`; absent when neither
    public record StandbyDetail(
            Optional<Lsn> latestEnd,
            Optional<String> replayedTimestamp,
            Optional<String> replicationState) {
        public static final StandbyDetail NONE =
                new StandbyDetail(Optional.empty(), Optional.empty(), Optional.empty());
    }

    /// Whether the lock was updated less than ttl ago.
    public sealed interface Leadership {
        record NotLeader() implements Leadership {}

        record LeaderUntil(MonoTime until) implements Leadership {}
    }

    /// @param at when the view was read
    public record SeenCluster(ClusterView view, MonoTime at) {}

    /// The dynamic settings that answers depend on.
    public record Essentials(
            Duration ttl,
            Duration loopWait,
            ByteSize maximumLagOnFailover,
            SynchronousMode synchronousMode,
            Maintenance pause,
            ClusterKind kind) {
        public boolean isPaused() {
            return pause == Maintenance.PAUSED;
        }
    }

    /// `synchronous_mode`.
    public enum SynchronousMode {
        OFF,
        ON,
        QUORUM
    }

    /// `pause`.
    public enum Maintenance {
        OFF,
        PAUSED
    }

    /// Whether the cluster has a primary of its own or follows another cluster.
    public enum ClusterKind {
        PRIMARY,
        STANDBY
    }

    /// What is told and heard without the store.
    ///
    /// @param own the heartbeat of this node; absent before its first cycle
    /// @param peers what is heard of the others, by name
    public record Heartbeats(Optional<Heartbeat> own, List<Hearing> peers, Duration suspectAfter) {
        public static final Heartbeats NONE =
                new Heartbeats(Optional.empty(), List.of(), Duration.ZERO);

        public Heartbeats {
            peers = List.copyOf(peers);
        }

        /// The heartbeats that are not outdated, this node's among them.
        public SortedMap<MemberName, Heartbeat> present(MonoTime now) {
            TreeMap<MemberName, Heartbeat> present = new TreeMap<>();
            own.ifPresent(heartbeat -> present.put(heartbeat.name(), heartbeat));
            for (Hearing hearing : peers) {
                if (hearing instanceof Hearing.Heard(var latest, var at)
                        && now.since(at).compareTo(suspectAfter) < 0) {
                    present.put(latest.name(), latest);
                }
            }
            return present;
        }
    }

    /// @param nextRun when the HA loop means to run next
    /// @param lastCycle how long its last cycle took
    public record Loop(MonoTime nextRun, Duration lastCycle) {}

    /// Whether failsafe mode carries the cluster while the store is away.
    public enum FailsafeState {
        /// `failsafe_mode` is off.
        OFF,
        INACTIVE,
        ACTIVE
    }

    /// Whether a required watchdog can be used.
    public enum WatchdogState {
        FINE,
        REQUIRED_AND_UNUSABLE
    }

    public boolean isLeader(MonoTime now) {
        return leadership instanceof Leadership.LeaderUntil held && now.isBefore(held.until());
    }

    /// The view of the store, unless it is older than ttl.
    public Optional<ClusterView> cluster(MonoTime now) {
        return store.filter(seen -> now.isBefore(seen.at().plus(settings.ttl())))
                .map(SeenCluster::view);
    }

    /// `unknown` where the node runs PostgreSQL but cannot query it.
    public MemberState reportedState() {
        return state == MemberState.RUNNING && !isQueryable() ? MemberState.UNKNOWN : state;
    }

    /// What PostgreSQL is where it answers; the published role in standby clusters and while it is
    /// down.
    public MemberRole reportedRole() {
        if (settings.kind() == ClusterKind.STANDBY) {
            return role;
        }
        return switch (postgres) {
            case LocalPostgres.Primary _ -> MemberRole.PRIMARY;
            case LocalPostgres.Standby _ -> MemberRole.REPLICA;
            case LocalPostgres.WithoutData _,
                    LocalPostgres.Stopped _,
                    LocalPostgres.Starting _,
                    LocalPostgres.Unresponsive _ ->
                    role;
        };
    }

    private boolean isQueryable() {
        return postgres instanceof LocalPostgres.Primary
                || postgres instanceof LocalPostgres.Standby;
    }

    /// Whether the fresh view is missing or names no leader.
    public boolean isClusterUnlocked(MonoTime now) {
        return cluster(now).map(view -> view.leader() instanceof LeaderKey.Vacant).orElse(true);
    }

    /// Whether `/sync` lists this node; names compare without case there (contract §1).
    public boolean isSyncVoter(MonoTime now) {
        return cluster(now)
                .map(view -> SyncNames.lists(view.sync().value(), identity.name()))
                .orElse(false);
    }
}
