package io.toomai.api;

import io.toomai.api.heartbeat.HeartbeatSource;
import io.toomai.api.peer.RemoteStatus;
import io.toomai.api.proxy.ProxyRoll;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.FailoverRequest;
import io.toomai.core.cluster.Member;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The agent as the REST API sees it. Methods are called from many virtual threads at once. What
/// may wait says so and is bounded by the agent; `status`, `now`, `journal` and `failsafe` return
/// at once.
///
/// Every expected outcome is a value; an exception from here is answered with 500 and logged.
public interface Node {
    /// The latest picture; never waits for SQL or the store.
    NodeStatus status();

    /// The latest picture, with the position of WAL asked for this answer; waits for PostgreSQL at
    /// most half a second. A standby that does not tell in time is told as one that cannot be
    /// queried: in a race an old position is worse than none.
    NodeStatus freshStatus();

    /// The monotonic clock that the times in [NodeStatus] are of.
    MonoTime now();

    /// Reads the store now; waits for it at most `retry_timeout`.
    ClusterReading readCluster();

    /// Waits until the store holds something else than `seen` about who leads or what is asked of
    /// it, then reads it; after `limit` reads it anyway.
    ClusterReading awaitClusterChange(ClusterView seen, Duration limit);

    /// Asks the members for their status, all at once, within a few seconds in all. One answer per
    /// member, in any order.
    List<PeerAnswer> askPeers(List<Member> members);

    /// Merges a JSON object into the dynamic configuration by compare-and-set: `null` deletes,
    /// objects merge, everything else replaces. Wakes the HA loop.
    ConfigAnswer patchConfig(String json);

    /// Replaces the dynamic configuration; does not write when it is equal.
    ConfigAnswer putConfig(String json);

    /// Reads the local configuration again, at the next cycle at the latest.
    void reload();

    /// Restarts PostgreSQL now and waits for the end. Its conditions were met a moment ago.
    RestartAnswer restart(RestartRequest request);

    /// Keeps the restart until its time comes; conditions are looked at then.
    ScheduleAnswer scheduleRestart(ScheduledRestart restart);

    UnscheduleAnswer cancelScheduledRestart();

    /// Starts throwing the data away and cloning anew; does not wait for the end.
    ReinitializeAnswer reinitialize(ReinitializeRequest request);

    /// Writes the failover key, whatever it holds, and wakes the HA loop.
    WriteAnswer writeFailover(FailoverRequest request);

    /// Empties the failover key if it still has that revision.
    WriteAnswer clearFailover(long revision);

    /// The latest decisions, newest last, at most `limit`; one line each.
    List<String> journal(int limit);

    /// Where streams take this node's heartbeat from.
    HeartbeatSource heartbeats();

    /// The proxies that are connected to this member, and what they are told.
    ProxyRoll proxies();

    /// What failsafe mode knows.
    FailsafeView failsafe();

    /// A leader without a store asks whether it may go on.
    FailsafeAnswer acceptFailsafe(FailsafeCall call);

    /// Another group of the Citus cluster has something to say to the leader of the coordinator;
    /// others ignore it. Returns when traffic to a leader that will stop waits, or after the
    /// event's `timeout`.
    void tell(GroupEvent event);

    /// API URLs of the members of all groups of a Citus cluster, as last seen; empty where this is
    /// none. Returns at once.
    List<String> neighbours();

    /// What the store answered.
    sealed interface ClusterReading {
        record Read(ClusterView cluster) implements ClusterReading {}

        record Unavailable(String why) implements ClusterReading {}
    }

    record PeerAnswer(MemberName name, RemoteStatus status) {}

    /// How a change of the dynamic configuration went.
    sealed interface ConfigAnswer {
        /// @param json the whole configuration as it is now, changed or not
        record Current(String json) implements ConfigAnswer {}

        /// There is no configuration to change.
        record Missing() implements ConfigAnswer {}

        /// Somebody else changed it at the same time.
        record Conflict() implements ConfigAnswer {}

        /// The new configuration would not be valid; nothing was written.
        record Invalid(String why) implements ConfigAnswer {}

        record NotWritten(String why) implements ConfigAnswer {}
    }

    /// How a restart went.
    sealed interface RestartAnswer {
        record Restarted() implements RestartAnswer {}

        record ConditionsNotMet() implements RestartAnswer {}

        /// @param action the long work that runs, as in `X already in progress`
        record Busy(String action) implements RestartAnswer {}

        /// The server was restarted and has not accepted connections within the time given.
        record StillStarting() implements RestartAnswer {}

        record Failed(String why) implements RestartAnswer {}
    }

    /// Whether a restart was put on the calendar.
    enum ScheduleAnswer {
        SCHEDULED,
        ANOTHER_IS_SCHEDULED
    }

    /// Whether a scheduled restart was taken off the calendar.
    enum UnscheduleAnswer {
        DELETED,
        NOTHING_SCHEDULED
    }

    /// @param runningTask what to do with long work in progress
    /// @param source where to copy from
    record ReinitializeRequest(RunningTask runningTask, CopySource source) {
        /// `force`.
        public enum RunningTask {
            LEAVE_ALONE,
            CANCEL
        }

        /// `from_leader`.
        public enum CopySource {
            ANY_MEMBER,
            LEADER
        }
    }

    /// Whether a reinitialization was started.
    sealed interface ReinitializeAnswer {
        record Started() implements ReinitializeAnswer {}

        record NoLeader() implements ReinitializeAnswer {}

        record IsLeader() implements ReinitializeAnswer {}

        record Busy(String action) implements ReinitializeAnswer {}
    }

    /// Whether a key of the store was written.
    sealed interface WriteAnswer {
        record Written() implements WriteAnswer {}

        /// The key had changed.
        record Conflict() implements WriteAnswer {}

        record NotWritten(String why) implements WriteAnswer {}
    }

    /// What `GET /failsafe` tells.
    sealed interface FailsafeView {
        /// Failsafe mode is off or nothing is known yet.
        record Off() implements FailsafeView {}

        /// @param members API URL by member name
        record Members(Map<String, String> members) implements FailsafeView {}
    }

    /// The body of `POST /failsafe`.
    ///
    /// @param slots position of each slot on the caller
    record FailsafeCall(
            MemberName name,
            String connUrl,
            String apiUrl,
            Map<String, Lsn> slots,
            Optional<Duration> ttl) {}

    /// The answer to a leader that asks whether it may go on.
    sealed interface FailsafeAnswer {
        /// @param position what this node has received; absent when unknown
        record Accepted(Optional<Lsn> position) implements FailsafeAnswer {}

        record RunningAsLeader() implements FailsafeAnswer {}

        record Off() implements FailsafeAnswer {}
    }
}
