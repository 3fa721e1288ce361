package io.toomai.core.ha;

import io.toomai.core.model.MonoTime;
import java.time.Duration;

/// When the lease guard renews and when it must end leadership (design.md §3). Pure; the guard's
/// thread asks it and does what it says.
public final class LeasePolicy {
    private LeasePolicy() {}

    private static final Duration SHORTEST = Duration.ofMillis(300);

    /// Renewals are never further apart.
    public static final Duration LONGEST = Duration.ofSeconds(2);

    /// What the guard knows.
    ///
    /// @param fenceAt when PostgreSQL must begin to stop: [#fenceAt], later while failsafe mode
    ///   carries the leader
    /// @param lastRenewal when the last renewal was begun
    /// @param loopAlive when the HA loop began its present cycle, or is due to begin the next: a
    ///   loop that sleeps as it said is not late
    /// @param atMost renewals are no further apart than this, see [#apart]
    public record Situation(
            MonoTime now,
            MonoTime fenceAt,
            MonoTime lastRenewal,
            MonoTime loopAlive,
            Duration ttl,
            Duration atMost) {
        Duration interval() {
            Duration usual = LeasePolicy.interval(ttl);
            return atMost.compareTo(usual) < 0 ? atMost : usual;
        }
    }

    /// The guard's next act.
    public sealed interface Act {
        record RenewNow() implements Act {}

        /// Nothing to do before that moment.
        record SleepUntil(MonoTime moment) implements Act {}

        /// Nobody may write here any more.
        record EndLeadership(String why) implements Act {}
    }

    /// The next act. A loop that is late by two thirds of the ttl is dead: its leader is not
    /// renewed, and ends when the lease does.
    public static Act next(Situation s) {
        MonoTime last = s.fenceAt();
        if (!s.now().isBefore(last)) {
            return new Act.EndLeadership("the lease ends at once and was not renewed");
        }
        boolean loopDead =
                s.now().since(s.loopAlive()).compareTo(s.ttl().multipliedBy(2).dividedBy(3)) > 0;
        if (loopDead) {
            return new Act.SleepUntil(MonoTime.earliest(last, s.now().plus(s.interval())));
        }
        MonoTime due = s.lastRenewal().plus(s.interval());
        return s.now().isBefore(due)
                ? new Act.SleepUntil(MonoTime.earliest(due, last))
                : new Act.RenewNow();
    }

    /// How far apart renewals may be: where the others may take over before the lease ends, a
    /// living leader shows two of them within `suspect_after`.
    public static Duration apart(HaSettings settings) {
        HaSettings.Detection detection = settings.detection();
        boolean watched =
                settings.isSynchronous() && detection.takeover() == HaSettings.Takeover.ON;
        Duration half = detection.suspectAfter().dividedBy(2);
        return watched && half.compareTo(LONGEST) < 0 ? half : LONGEST;
    }

    /// `min(ttl/6, 2 s)`, never more often than the store can take.
    public static Duration interval(Duration ttl) {
        Duration sixth = ttl.dividedBy(6);
        if (sixth.compareTo(SHORTEST) < 0) {
            return SHORTEST;
        }
        return sixth.compareTo(LONGEST) > 0 ? LONGEST : sixth;
    }

    /// The moment at which PostgreSQL must begin to stop so that it is gone when the lease ends.
    ///
    /// @param countsFrom start of the lease as the store's adapter reported it
    /// @param stopTime how long ending PostgreSQL may take; the lease must outlast it
    public static MonoTime fenceAt(MonoTime countsFrom, Duration ttl, Duration stopTime) {
        return countsFrom.plus(ttl).minus(stopTime);
    }
}
