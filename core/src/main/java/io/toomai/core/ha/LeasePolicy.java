package io.toomai.core.ha;

import io.toomai.core.model.MonoTime;
import java.time.Duration;

/// When the lease guard renews and when it must end leadership (design.md §3). Pure; the guard's
/// thread asks it and does what it says.
public final class LeasePolicy {
    private LeasePolicy() {}

    private static final Duration SHORTEST = Duration.ofMillis(300);

    /// Renewals are never further apart while the store is silent or a watchdog waits.
    public static final Duration LONGEST = Duration.ofSeconds(2);

    /// What the guard knows.
    ///
    /// @param fenceAt when PostgreSQL must begin to stop: [#fenceAt], later while failsafe mode
    ///   carries the leader
    /// @param lastRenewal when the last renewal was begun
    /// @param loopAlive when the HA loop began its present cycle, or is due to begin the next: a
    ///   loop that sleeps as it said is not late
    /// @param apart how far apart renewals may be, see [#apart]; a third of the ttl at most
    public record Situation(
            MonoTime now,
            MonoTime fenceAt,
            MonoTime lastRenewal,
            MonoTime loopAlive,
            Duration ttl,
            Duration apart) {
        Duration step() {
            return shorter(apart, ttl.dividedBy(3));
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
            return new Act.SleepUntil(MonoTime.earliest(last, s.now().plus(interval(s.ttl()))));
        }
        MonoTime due = s.lastRenewal().plus(s.step());
        return s.now().isBefore(due)
                ? new Act.SleepUntil(MonoTime.earliest(due, last))
                : new Act.RenewNow();
    }

    /// How far apart the renewals of a leader with this view may be: one in each `loop_wait`,
    /// unless somebody could take over before the lease ends who may not hear this node. Then two
    /// within `suspect_after`, and the first of them before that one suspects: its silence, or its
    /// word that it hears nothing, arrives after half of it (decision 0019).
    public static Duration apart(HaView view) {
        HaSettings settings = view.settings();
        HaSettings.Detection detection = settings.detection();
        boolean watched =
                settings.isSynchronous() && detection.takeover() == HaSettings.Takeover.ON;
        return watched && view.hearing().stream().anyMatch(h -> mayBeDeaf(view, h))
                ? shorter(detection.suspectAfter().dividedBy(2), interval(settings.ttl()))
                : settings.loopWait();
    }

    /// Whether something else asks for renewals in quick succession.
    public enum Haste {
        NONE,
        /// The store does not answer, members' promises carry the leader, or a watchdog counts on
        /// the renewals.
        NEEDED
    }

    /// The same in haste, and while the lease counts from long before its last renewal: in some
    /// stores only the next renewal counts from that one (decision 0003).
    ///
    /// @param seen what [#apart(HaView)] said last
    public static Duration apart(
            Duration seen, Duration ttl, MonoTime countsFrom, MonoTime lastRenewal, Haste haste) {
        Duration usual = interval(ttl);
        boolean lagging = lastRenewal.since(countsFrom).compareTo(usual.multipliedBy(2)) > 0;
        return haste == Haste.NEEDED || lagging ? shorter(seen, usual) : seen;
    }

    /// Who is dead suspects nobody. Nor does who never told that it knows heartbeats, unless the
    /// way from there to here has been cut all along: so `/sync` decides.
    private static boolean mayBeDeaf(HaView view, Hearing hearing) {
        return switch (hearing) {
            case Hearing.Heard(var latest, var at) ->
                    !latest.hears().contains(view.me())
                            || view.now().since(at).compareTo(Heartbeat.patience(view)) >= 0;
            case Hearing.Refused _ -> false;
            case Hearing.NeverHeard(var name) ->
                    view.cluster().sync().value().voters().contains(name);
        };
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
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
