package io.toomai.core.ha;

import io.toomai.core.model.ByteSize;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

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
        Script prePromote) {

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
                    Script.NONE);

    public HaSettings withSynchronousMode(SynchronousMode mode) {
        return new HaSettings(
                ttl,
                loopWait,
                retryTimeout,
                maximumLagOnFailover,
                maximumLagOnSyncnode,
                mode,
                synchronousModeStrict,
                synchronousNodeCount,
                primary,
                pause,
                checkTimeline,
                slots,
                usePgRewind,
                removeDataDirectoryOnRewindFailure,
                removeDataDirectoryOnDivergedTimelines,
                failsafeMode,
                detection,
                standbyCluster,
                prePromote);
    }

    public HaSettings withPause(Maintenance mode) {
        return new HaSettings(
                ttl,
                loopWait,
                retryTimeout,
                maximumLagOnFailover,
                maximumLagOnSyncnode,
                synchronousMode,
                synchronousModeStrict,
                synchronousNodeCount,
                primary,
                mode,
                checkTimeline,
                slots,
                usePgRewind,
                removeDataDirectoryOnRewindFailure,
                removeDataDirectoryOnDivergedTimelines,
                failsafeMode,
                detection,
                standbyCluster,
                prePromote);
    }

    public HaSettings withStandbyCluster(Optional<RemotePrimary> remote) {
        return new HaSettings(
                ttl,
                loopWait,
                retryTimeout,
                maximumLagOnFailover,
                maximumLagOnSyncnode,
                synchronousMode,
                synchronousModeStrict,
                synchronousNodeCount,
                primary,
                pause,
                checkTimeline,
                slots,
                usePgRewind,
                removeDataDirectoryOnRewindFailure,
                removeDataDirectoryOnDivergedTimelines,
                failsafeMode,
                detection,
                remote,
                prePromote);
    }

    public HaSettings withPrePromote(Script script) {
        return new HaSettings(
                ttl,
                loopWait,
                retryTimeout,
                maximumLagOnFailover,
                maximumLagOnSyncnode,
                synchronousMode,
                synchronousModeStrict,
                synchronousNodeCount,
                primary,
                pause,
                checkTimeline,
                slots,
                usePgRewind,
                removeDataDirectoryOnRewindFailure,
                removeDataDirectoryOnDivergedTimelines,
                failsafeMode,
                detection,
                standbyCluster,
                script);
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
    public record PrimaryLimits(
            Optional<Duration> startTimeout,
            Optional<Duration> stopTimeout,
            OptionalInt crashLimit) {
        /// Patroni's meaning of an absent `primary_start_timeout`.
        public static final Duration DEFAULT_START_TIMEOUT = Duration.ofMinutes(5);

        /// Deaths that are longer ago are forgotten.
        public static final Duration CRASH_WINDOW = Duration.ofMinutes(10);

        public static final PrimaryLimits DEFAULT =
                new PrimaryLimits(Optional.empty(), Optional.empty(), OptionalInt.of(3));

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
