package io.toomai.simulation;

import io.toomai.core.ha.FailsafePolicy;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.SlotRules;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.ByteSize;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What a seed chooses before anything happens. Milliseconds.
///
/// @param stopTime within which a fenced PostgreSQL is gone
/// @param drift how far a clock may run apart from true time, in parts per million: at most what
///   the guard's margin allows over one ttl
/// @param reads whether the loop may read from a store server that lags
/// @param syncWrites whether writes to `/sync` keep their place among other requests
record Scenario(
        int members,
        long ttl,
        long loopWait,
        long stopTime,
        long drift,
        Reads reads,
        StoreLine.Order syncWrites,
        HaSettings settings) {
    private static final long DRIFT = 10_000;

    /// What the cluster follows as a standby cluster. It never answers.
    static final Upstream.Server ELSEWHERE = new Upstream.Server("elsewhere", 5432);

    /// Where the loop reads the store.
    enum Reads {
        LOCAL,
        LINEARIZABLE
    }

    /// @param seed decides about failsafe mode, the pre-promote script and primary_race_backoff
    ///   without a draw: worlds without them keep their stories
    static Scenario of(Chance chance, Plot plot, long seed) {
        boolean free = plot == Plot.FAULTS;
        int members =
                free || plot == Plot.WRONG_SUSPICIONS ? chance.of(List.of(3, 3, 3, 3, 3, 2, 5)) : 3;
        long ttl = free ? chance.of(List.of(30_000L, 30_000L, 20_000L, 10_000L, 5_000L)) : 30_000;
        long loopWait = ttl / 3;
        HaSettings.Failsafe failsafe =
                plot == Plot.FAILSAFE || plot == Plot.SLEPT_THROUGH || (free && seed % 3 == 0)
                        ? HaSettings.Failsafe.ON
                        : HaSettings.Failsafe.OFF;
        HaSettings settings =
                settings(chance, plot, ttl, members, failsafe)
                        .withPrePromote(prePromote(plot, seed))
                        .withRaceBackoff(Duration.ofMillis(raceBackoff(plot, seed, loopWait)));
        return new Scenario(
                members,
                ttl,
                loopWait,
                Math.min(1000, ttl / 10),
                plot == Plot.DRIFTING_CLOCKS || (free && chance.once(2)) ? DRIFT : 0,
                chance.once(2) ? Reads.LOCAL : Reads.LINEARIZABLE,
                plot == Plot.LATE_SYNC_WRITE || (free && chance.once(2))
                        ? StoreLine.Order.ALONE
                        : StoreLine.Order.AS_SENT,
                settings);
    }

    private static HaSettings.Script prePromote(Plot plot, long seed) {
        return plot == Plot.VETOED_PROMOTIONS || (plot == Plot.FAULTS && seed % 4 == 1)
                ? HaSettings.Script.CONFIGURED
                : HaSettings.Script.NONE;
    }

    /// Long enough that it is the setting's time that ends some waits.
    private static long raceBackoff(Plot plot, long seed, long loopWait) {
        return plot == Plot.FAULTS && seed % 4 == 2 ? 2 * loopWait : 0;
    }

    private static HaSettings settings(
            Chance chance, Plot plot, long ttl, int members, HaSettings.Failsafe failsafe) {
        boolean free = plot == Plot.FAULTS;
        long loopWait = ttl / 3;
        boolean synchronous = isSynchronous(chance, plot);
        boolean rewind = !chance.once(3);
        return new HaSettings(
                Duration.ofMillis(ttl),
                Duration.ofMillis(loopWait),
                Duration.ofMillis(loopWait),
                new ByteSize(free ? 1_048_576 : 65_536),
                new ByteSize(-1),
                synchronous ? mode(chance, plot) : HaSettings.SynchronousMode.OFF,
                free && chance.once(4)
                        ? HaSettings.SynchronousStrictness.STRICT
                        : HaSettings.SynchronousStrictness.RELAXED,
                free && members > 2 && chance.once(3) ? 2 : 1,
                new HaSettings.PrimaryLimits(
                        chance.of(
                                List.of(
                                        Optional.<Duration>empty(),
                                        Optional.of(Duration.ZERO),
                                        Optional.of(Duration.ofSeconds(5)))),
                        Optional.empty(),
                        HaSettings.PrimaryLimits.DEFAULT.crashLimit(),
                        HaSettings.PrimaryLimits.DEFAULT.raceBackoff()),
                HaSettings.Maintenance.OFF,
                HaSettings.TimelineCheck.OFF,
                SlotRules.DEFAULT,
                rewind ? HaSettings.Rewind.ON : HaSettings.Rewind.OFF,
                HaSettings.OnDivergence.REPLACE,
                rewind && chance.once(2)
                        ? HaSettings.OnDivergence.KEEP
                        : HaSettings.OnDivergence.REPLACE,
                failsafe,
                new HaSettings.Detection(
                        free && chance.once(4) ? HaSettings.Takeover.OFF : HaSettings.Takeover.ON,
                        Duration.ofMillis(chance.of(suspectAfter(plot))),
                        Duration.ofSeconds(5)),
                Optional.empty(),
                HaSettings.Script.NONE,
                HaSettings.Drain.DEFAULT);
    }

    /// Where nobody may suspect wrongly, it is longer than the longest ways of a few messages.
    private static List<Long> suspectAfter(Plot plot) {
        return plot == Plot.DEAF_STANDBYS ? List.of(3000L, 5000L) : List.of(1200L, 3000L, 5000L);
    }

    private static boolean isSynchronous(Chance chance, Plot plot) {
        return switch (plot) {
            case FAULTS -> !chance.once(3);
            case FAILSAFE -> chance.once(3);
            case HANGING_PRIMARY, VETOED_PROMOTIONS -> chance.once(2);
            case LATE_ANSWERS,
                    LATE_RETURN,
                    LAGGING_STANDBYS,
                    SLOW_CATCH_UP,
                    DEATH_BETWEEN_COMMANDS,
                    LATE_SYNC_WRITE,
                    CUT_BETWEEN_COMMANDS,
                    STILL_BEFORE_PROMOTION,
                    DEATH_IN_PROMOTION,
                    LATE_LEADER_CHECK,
                    DRIFTING_CLOCKS,
                    WRONG_SUSPICIONS,
                    LATE_TAKEOVER,
                    SLEPT_THROUGH,
                    DEAF_STANDBYS,
                    DEMOTED_CLUSTER,
                    HELD_CLIENTS ->
                    plot.needsSynchronous();
        };
    }

    private static HaSettings.SynchronousMode mode(Chance chance, Plot plot) {
        boolean quorum =
                switch (plot) {
                    case FAULTS,
                            FAILSAFE,
                            SLEPT_THROUGH,
                            DEAF_STANDBYS,
                            VETOED_PROMOTIONS,
                            HELD_CLIENTS ->
                            chance.once(2);
                    case HANGING_PRIMARY -> !chance.once(3);
                    case WRONG_SUSPICIONS, LATE_TAKEOVER -> !chance.once(4);
                    case LATE_ANSWERS,
                            LATE_RETURN,
                            LAGGING_STANDBYS,
                            DRIFTING_CLOCKS,
                            SLOW_CATCH_UP,
                            DEATH_BETWEEN_COMMANDS,
                            LATE_SYNC_WRITE,
                            CUT_BETWEEN_COMMANDS,
                            LATE_LEADER_CHECK,
                            DEATH_IN_PROMOTION,
                            STILL_BEFORE_PROMOTION,
                            DEMOTED_CLUSTER ->
                            false;
                };
        return quorum ? HaSettings.SynchronousMode.QUORUM : HaSettings.SynchronousMode.ON;
    }

    /// How long a request waits for its answer; in failsafe mode a few fit into a lease.
    long patience() {
        return settings.failsafeMode() == HaSettings.Failsafe.ON
                ? Math.min(loopWait, FailsafePolicy.patience(settings.ttl()).toMillis())
                : loopWait;
    }

    boolean isSynchronous() {
        return settings.isSynchronous();
    }

    HaSettings settings(HaSettings.Maintenance pause) {
        return settings.withPause(pause);
    }
}
