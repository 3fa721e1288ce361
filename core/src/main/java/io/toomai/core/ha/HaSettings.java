package io.toomai.core.ha;

import io.toomai.core.model.ByteSize;
import java.time.Duration;
import java.util.Optional;

/// The dynamic settings that decisions look at; names as in the configuration (contract §4.3).
///
/// @param primaryStartTimeout present only where the operator set it
public record HaSettings(
        Duration ttl,
        Duration loopWait,
        Duration retryTimeout,
        ByteSize maximumLagOnFailover,
        ByteSize maximumLagOnSyncnode,
        SynchronousMode synchronousMode,
        SynchronousStrictness synchronousModeStrict,
        int synchronousNodeCount,
        Optional<Duration> primaryStartTimeout,
        Maintenance pause,
        TimelineCheck checkTimeline,
        Slots useSlots,
        Duration memberSlotsTtl,
        Rewind usePgRewind,
        OnDivergence removeDataDirectoryOnRewindFailure,
        OnDivergence removeDataDirectoryOnDivergedTimelines) {

    /// Patroni's meaning of an absent `primary_start_timeout`.
    public static final Duration DEFAULT_PRIMARY_START_TIMEOUT = Duration.ofMinutes(5);

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
                    Optional.empty(),
                    Maintenance.OFF,
                    TimelineCheck.OFF,
                    Slots.USED,
                    Duration.ofMinutes(30),
                    Rewind.OFF,
                    OnDivergence.KEEP,
                    OnDivergence.KEEP);

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
                primaryStartTimeout,
                pause,
                checkTimeline,
                useSlots,
                memberSlotsTtl,
                usePgRewind,
                removeDataDirectoryOnRewindFailure,
                removeDataDirectoryOnDivergedTimelines);
    }

    public boolean isPaused() {
        return pause == Maintenance.PAUSED;
    }

    public boolean isSynchronous() {
        return synchronousMode != SynchronousMode.OFF;
    }

    /// Time that a crashed primary may take to come back before it is given up.
    public Duration primaryStartTimeoutOrDefault() {
        return primaryStartTimeout.orElse(DEFAULT_PRIMARY_START_TIMEOUT);
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

    /// `postgresql.use_slots`.
    public enum Slots {
        USED,
        UNUSED
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
