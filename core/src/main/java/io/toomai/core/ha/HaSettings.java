package io.toomai.core.ha;

import io.toomai.core.model.ByteSize;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/// The dynamic settings that decisions look at; names as in the configuration (contract §4.3).
///
/// @param standbyCluster present while this cluster follows another one; its leader is a standby
public record HaSettings(
        Duration ttl,
        Duration loopWait,
        Duration retryTimeout,
        ByteSize maximumLagOnFailover,
        ByteSize maximumLagOnSyncnode,
        SynchronousMode synchronousMode,
        SynchronousStrictness synchronousModeStrict,
        int synchronousNodeCount,
        PrimaryLimits primary,
        Maintenance pause,
        TimelineCheck checkTimeline,
        SlotRules slots,
        Rewind usePgRewind,
        OnDivergence removeDataDirectoryOnRewindFailure,
        OnDivergence removeDataDirectoryOnDivergedTimelines,
        Failsafe failsafeMode,
        Detection detection,
        Optional<RemotePrimary> standbyCluster,
        Script prePromote,
        Drain drain) {

    public static final HaSettings DEFAULT =
            new HaSettings(
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    new ByteSize(1048576),
                    new ByteSize(-1),
                    SynchronousMode.OFF,
                    SynchronousStrictness.RELAXED,
                    1,
                    PrimaryLimits.DEFAULT,
                    Maintenance.OFF,
                    TimelineCheck.OFF,
                    SlotRules.DEFAULT,
                    Rewind.OFF,
                    OnDivergence.KEEP,
                    OnDivergence.KEEP,
                    Failsafe.OFF,
                    Detection.DEFAULT,
                    Optional.empty(),
                    Script.NONE,
                    Drain.DEFAULT);

    /// The same fields, to be changed one at a time.
    private static final class Draft {
        Duration ttl;
        Duration loopWait;
        Duration retryTimeout;
        ByteSize maximumLagOnFailover;
        ByteSize maximumLagOnSyncnode;
        SynchronousMode synchronousMode;
        SynchronousStrictness synchronousModeStrict;
        int synchronousNodeCount;
        PrimaryLimits primary;
        Maintenance pause;
        TimelineCheck checkTimeline;
        SlotRules slots;
        Rewind usePgRewind;
        OnDivergence removeDataDirectoryOnRewindFailure;
        OnDivergence removeDataDirectoryOnDivergedTimelines;
        Failsafe failsafeMode;
        Detection detection;
        Optional<RemotePrimary> standbyCluster;
        Script prePromote;
        Drain drain;

        Draft(HaSettings from) {
            ttl = from.ttl;
            loopWait = from.loopWait;
            retryTimeout = from.retryTimeout;
            maximumLagOnFailover = from.maximumLagOnFailover;
            maximumLagOnSyncnode = from.maximumLagOnSyncnode;
            synchronousMode = from.synchronousMode;
            synchronousModeStrict = from.synchronousModeStrict;
            synchronousNodeCount = from.synchronousNodeCount;
            primary = from.primary;
            pause = from.pause;
            checkTimeline = from.checkTimeline;
            slots = from.slots;
            usePgRewind = from.usePgRewind;
            removeDataDirectoryOnRewindFailure = from.removeDataDirectoryOnRewindFailure;
            removeDataDirectoryOnDivergedTimelines = from.removeDataDirectoryOnDivergedTimelines;
            failsafeMode = from.failsafeMode;
            detection = from.detection;
            standbyCluster = from.standbyCluster;
            prePromote = from.prePromote;
            drain = from.drain;
        }
    }

    private HaSettings changed(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new HaSettings(
                draft.ttl,
                draft.loopWait,
                draft.retryTimeout,
                draft.maximumLagOnFailover,
                draft.maximumLagOnSyncnode,
                draft.synchronousMode,
                draft.synchronousModeStrict,
                draft.synchronousNodeCount,
                draft.primary,
                draft.pause,
                draft.checkTimeline,
                draft.slots,
                draft.usePgRewind,
                draft.removeDataDirectoryOnRewindFailure,
                draft.removeDataDirectoryOnDivergedTimelines,
                draft.failsafeMode,
                draft.detection,
                draft.standbyCluster,
                draft.prePromote,
                draft.drain);
    }

    public HaSettings withSynchronousMode(SynchronousMode mode) {
        return changed(draft -> draft.synchronousMode = mode);
    }

    public HaSettings withPause(Maintenance mode) {
        return changed(draft -> draft.pause = mode);
    }

    public HaSettings withStandbyCluster(Optional<RemotePrimary> remote) {
        return changed(draft -> draft.standbyCluster = remote);
    }

    public HaSettings withRaceBackoff(Duration limit) {
        PrimaryLimits limits =
                new PrimaryLimits(
                        primary.startTimeout(), primary.stopTimeout(), primary.crashLimit(), limit);
        return changed(draft -> draft.primary = limits);
    }

    public HaSettings withPrePromote(Script script) {
        return changed(draft -> draft.prePromote = script);
    }

    public HaSettings withDrain(Drain next) {
        return changed(draft -> draft.drain = next);
    }

    public boolean isPaused() {
        return pause == Maintenance.PAUSED;
    }

    /// Off in a standby cluster, whatever is configured: nobody commits there.
    public boolean isSynchronous() {
        return synchronousMode != SynchronousMode.OFF && standbyCluster.isEmpty();
    }

    /// How long a primary may take to come and go, and how often it may die.
    ///
    /// @param startTimeout `primary_start_timeout`; present only where the operator set it
    /// @param stopTimeout `primary_stop_timeout`: then a synchronous primary is killed
    /// @param crashLimit `toomai.crash_limit`: it dies so often within [#CRASH_WINDOW] and gives
    ///   the lead away; absent = no limit
    /// @param raceBackoff `primary_race_backoff`: how long a vacant key may be left to a primary
    ///   from which WAL still comes
    public record PrimaryLimits(
            Optional<Duration> startTimeout,
            Optional<Duration> stopTimeout,
            OptionalInt crashLimit,
            Duration raceBackoff) {
        /// Patroni's meaning of an absent `primary_start_timeout`.
        public static final Duration DEFAULT_START_TIMEOUT = Duration.ofMinutes(5);

        /// Deaths that are longer ago are forgotten.
        public static final Duration CRASH_WINDOW = Duration.ofMinutes(10);

        public static final PrimaryLimits DEFAULT =
                new PrimaryLimits(
                        Optional.empty(), Optional.empty(), OptionalInt.of(3), Duration.ZERO);

        /// Time that a crashed primary may take to come back before it is given up.
        public Duration startTimeoutOrDefault() {
            return startTimeout.orElse(DEFAULT_START_TIMEOUT);
        }
    }

    /// How quickly death is believed (`toomai.…`).
    ///
    /// @param suspectAfter silence after which a leader is suspected
    /// @param probeTimeout how long a living primary may serve nobody before it counts as hung
    public record Detection(Takeover takeover, Duration suspectAfter, Duration probeTimeout) {
        public static final Detection DEFAULT =
                new Detection(Takeover.ON, Duration.ofMillis(1200), Duration.ofSeconds(10));
    }

    /// What proxies may take to finish what their clients have under way before a switchover.
    ///
    /// @param limit `toomai.switchover_drain`; zero = clients are not held
    public record Drain(Duration limit, AtEnd atEnd) {
        public static final Drain DEFAULT = new Drain(Duration.ofSeconds(10), AtEnd.ABORT);

        /// `toomai.switchover_drain_end`: what follows when something still runs at the end.
        public enum AtEnd {
            /// No switchover.
            ABORT,
            /// What runs is cut off.
            TERMINATE
        }
    }

    /// `toomai.takeover`: whether a dead leader's lease need not be waited out in synchronous
    /// modes.
    public enum Takeover {
        OFF,
        ON
    }

    /// `failsafe_mode`.
    public enum Failsafe {
        OFF,
        ON
    }

    /// `synchronous_mode`.
    public enum SynchronousMode {
        OFF,
        ON,
        QUORUM
    }

    /// `synchronous_mode_strict`.
    public enum SynchronousStrictness {
        RELAXED,
        STRICT
    }

    /// `pause`.
    public enum Maintenance {
        OFF,
        PAUSED
    }

    /// `check_timeline`.
    public enum TimelineCheck {
        OFF,
        ON
    }

    /// Whether the operator has given a command for an occasion (`postgresql.pre_promote`).
    public enum Script {
        NONE,
        CONFIGURED
    }

    /// `postgresql.use_pg_rewind`.
    public enum Rewind {
        ON,
        OFF
    }

    /// `postgresql.remove_data_directory_on_…`.
    public enum OnDivergence {
        KEEP,
        REPLACE
    }
}
