package io.toomai.core.ha;

import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Optional;

/// When the hardware watchdog is armed, petted and disarmed, and whether this node may lead without
/// it (contract §4.12). Pure; the thread that owns the device asks it and does what it says.
///
/// The argument: a pet at `now` lets the machine run until `now + timeout`, so it is given only
/// while that moment lies within the lease. Whatever happens to this process afterwards, the
/// machine is reset before anybody else can hold the leader key.
public final class WatchdogPolicy {
    /// PostgreSQL begins to stop this long before the watchdog would fire. A reset costs more than
    /// half a second of a lease, hence more than where only the lease ends.
    public static final Duration STOP_TIME = Duration.ofSeconds(1);

    private WatchdogPolicy() {}

    /// `watchdog.mode`.
    public enum Mode {
        OFF,
        AUTOMATIC,
        REQUIRED
    }

    /// What the settings say.
    ///
    /// @param safetyMargin time between the reset and the end of the lease; empty = half of ttl
    /// @param ttl of the lease as the store grants it
    public record Terms(
            Mode mode,
            String device,
            Optional<Duration> safetyMargin,
            Duration ttl,
            Duration loopWait,
            HaSettings.Maintenance pause) {}

    /// What the terms ask for while this node leads.
    public sealed interface Plan {
        /// Switched off, or maintenance mode.
        record Unused() implements Plan {}

        /// No timeout fits between two pets and the end of the lease.
        record Unsupported(String why) implements Plan {}

        record Countdown(Duration timeout) implements Plan {}
    }

    /// What is known of the device.
    public sealed interface Device {
        record Closed() implements Device {}

        /// Armed by an earlier process of this node; the kernel counts on.
        record LeftArmed() implements Device {}

        /// @param planned what was asked for
        /// @param timeout what the device counts
        /// @param petted the last moment before the latest pet
        record Armed(
                String path,
                Duration planned,
                Duration timeout,
                MonoTime petted,
                Stoppable stoppable)
                implements Device {}

        /// @param under the terms that it failed under; others deserve another attempt
        record Unusable(String why, MonoTime since, Terms under) implements Device {}
    }

    /// Whether the device announces the magic close.
    public enum Stoppable {
        YES,
        NO
    }

    /// Who may write on this machine.
    public sealed interface Claim {
        /// Nobody: PostgreSQL is fenced, stopped or a standby.
        record None() implements Claim {}

        /// The rest of a lease that nobody renews.
        record Unsettled() implements Claim {}

        /// @param until no other node can hold the leader key before
        record Leads(MonoTime until) implements Claim {}
    }

    /// What to do with the device.
    public sealed interface Act {
        record Nothing() implements Act {}

        /// Opens it where it is closed, and sets the timeout.
        record Arm(Duration timeout) implements Act {}

        record Pet() implements Act {}

        record Disarm() implements Act {}
    }

    /// The next act.
    public static Act next(Terms terms, Device device, Claim claim, MonoTime now) {
        return switch (claim) {
            case Claim.None _ -> disarm(device);
            case Claim.Unsettled _ -> new Act.Nothing();
            case Claim.Leads(var until) ->
                    switch (plan(terms)) {
                        case Plan.Unused _ -> disarm(device);
                        // Where it is required the lead ends first, and the claim with it.
                        case Plan.Unsupported _ ->
                                terms.mode() == Mode.REQUIRED ? new Act.Nothing() : disarm(device);
                        case Plan.Countdown(var timeout) ->
                                until.isBefore(now.plus(timeout))
                                        ? new Act.Nothing()
                                        : leading(terms, timeout, device);
                    };
        };
    }

    private static Act leading(Terms terms, Duration timeout, Device device) {
        return switch (device) {
            case Device.Closed _, Device.LeftArmed _ -> new Act.Arm(timeout);
            case Device.Armed armed when !armed.path().equals(terms.device()) -> new Act.Disarm();
            case Device.Armed armed ->
                    armed.planned().equals(timeout) ? new Act.Pet() : new Act.Arm(timeout);
            case Device.Unusable unusable ->
                    unusable.under().equals(terms) ? new Act.Nothing() : new Act.Arm(timeout);
        };
    }

    private static Act disarm(Device device) {
        return switch (device) {
            case Device.Armed _, Device.LeftArmed _ -> new Act.Disarm();
            case Device.Closed _, Device.Unusable _ -> new Act.Nothing();
        };
    }

    /// The timeout, or why there is none.
    public static Plan plan(Terms terms) {
        return terms.mode() == Mode.OFF || terms.pause() == HaSettings.Maintenance.PAUSED
                ? new Plan.Unused()
                : countdown(terms);
    }

    /// Patroni's rule `ttl - safety_margin >= loop_wait`, and two of our own: a pet comes up to two
    /// renewals after the moment from which the lease counts (decision 0003), so less margin than
    /// that could never be kept; and two renewals must fit before PostgreSQL is stopped.
    private static Plan countdown(Terms terms) {
        Duration renewals = LeasePolicy.interval(terms.ttl()).multipliedBy(2);
        Duration half = terms.ttl().minus(wholeSeconds(terms.ttl().dividedBy(2)));
        Duration margin = longer(terms.safetyMargin().orElse(half), renewals);
        Duration timeout = wholeSeconds(terms.ttl().minus(margin));
        Duration least = longer(terms.loopWait(), renewals.plus(STOP_TIME));
        return timeout.compareTo(least) >= 0
                ? new Plan.Countdown(timeout)
                : new Plan.Unsupported(
                        "Watchdog not supported because leader TTL "
                                + seconds(terms.ttl())
                                + " with a safety margin of "
                                + seconds(margin)
                                + " leaves "
                                + timeout.toSeconds()
                                + " seconds, and loop_wait and renewals need "
                                + seconds(least)
                                + ". Raise ttl or lower watchdog.safety_margin");
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? b : a;
    }

    /// The kernel counts in seconds; the shorter side is the safe one.
    private static Duration wholeSeconds(Duration duration) {
        return Duration.ofSeconds(duration.isNegative() ? 0 : duration.toSeconds());
    }

    private static String seconds(Duration duration) {
        long tenths = duration.toMillis() / 100;
        return tenths % 10 == 0 ? Long.toString(tenths / 10) : tenths / 10 + "." + tenths % 10;
    }

    /// What to make of a device whose timeout is another one than was asked for.
    public sealed interface Judgement {
        record Accepted() implements Judgement {}

        record AcceptedUnsafe(String warning) implements Judgement {}

        record Rejected(String why) implements Judgement {}
    }

    /// Judges a device that was just armed.
    public static Judgement judge(
            Terms terms, Duration planned, Duration actual, Stoppable stoppable) {
        Duration least = LeasePolicy.interval(terms.ttl()).multipliedBy(2).plus(STOP_TIME);
        if (actual.compareTo(longer(terms.loopWait(), least)) < 0 && stoppable == Stoppable.YES) {
            return new Judgement.Rejected(
                    "loop_wait of "
                            + seconds(terms.loopWait())
                            + " seconds is too long for watchdog "
                            + actual.toSeconds()
                            + " second timeout");
        }
        if (actual.compareTo(planned) <= 0) {
            return new Judgement.Accepted();
        }
        return terms.mode() == Mode.REQUIRED
                ? new Judgement.Rejected(
                        "Configuration requires watchdog, but a safe watchdog timeout "
                                + planned.toSeconds()
                                + " could not be configured. Watchdog timeout is "
                                + actual.toSeconds())
                : new Judgement.AcceptedUnsafe(
                        "Watchdog timeout "
                                + actual.toSeconds()
                                + " seconds does not ensure safe termination within "
                                + planned.toSeconds()
                                + " seconds");
    }

    /// Why this node may not go on leading; empty where it may. A device that was not tried yet
    /// forbids nothing.
    public static Optional<String> mayNotLead(Terms terms, Device device) {
        if (terms.mode() != Mode.REQUIRED) {
            return Optional.empty();
        }
        return switch (plan(terms)) {
            case Plan.Unused _ -> Optional.empty();
            case Plan.Unsupported(var why) -> Optional.of(why);
            case Plan.Countdown _ ->
                    device instanceof Device.Unusable(var why, _, var under) && under.equals(terms)
                            ? Optional.of(why)
                            : Optional.empty();
        };
    }

    /// Why this node may not begin to lead, asked when arming was tried: a required watchdog must
    /// run by then.
    public static Optional<String> mayNotBegin(Terms terms, Device device) {
        Optional<String> why = mayNotLead(terms, device);
        boolean mustRun = terms.mode() == Mode.REQUIRED && plan(terms) instanceof Plan.Countdown;
        return why.isPresent() || !mustRun || device instanceof Device.Armed
                ? why
                : Optional.of("it could not be armed within this lease");
    }

    /// Why this node cannot take part in a race (`watchdog_failed`); empty where it can. After a
    /// failure the node stands back for one ttl, so that others get the key.
    ///
    /// @param hindrance why the device cannot be opened, as far as one can tell without opening it
    public static Optional<String> unusable(
            Terms terms, Device device, Optional<String> hindrance, MonoTime now) {
        if (terms.mode() != Mode.REQUIRED) {
            return Optional.empty();
        }
        if (countdown(terms) instanceof Plan.Unsupported(var why)) {
            return Optional.of(why);
        }
        return switch (device) {
            case Device.Armed _ -> Optional.empty();
            case Device.Unusable(var why, var since, var under)
                    when under.equals(terms) && now.since(since).compareTo(terms.ttl()) < 0 ->
                    Optional.of(why);
            case Device.Unusable _, Device.Closed _, Device.LeftArmed _ -> hindrance;
        };
    }

    /// The moment at which PostgreSQL must begin to stop: before the lease ends, and before the
    /// watchdog fires.
    ///
    /// @param leaseFence that moment by the lease alone
    public static MonoTime fenceAt(MonoTime leaseFence, Device device) {
        return device instanceof Device.Armed armed
                ? MonoTime.earliest(
                        leaseFence, armed.petted().plus(armed.timeout()).minus(STOP_TIME))
                : leaseFence;
    }

    /// What the lease guard does next where a watchdog runs: as the lease says, but never later
    /// than that moment.
    public static LeasePolicy.Act guarded(LeasePolicy.Act act, MonoTime fenceAt, MonoTime now) {
        if (!now.isBefore(fenceAt)) {
            return act instanceof LeasePolicy.Act.EndLeadership
                    ? act
                    : new LeasePolicy.Act.EndLeadership(
                            "the lease was not renewed and the watchdog is about to reset the"
                                    + " machine");
        }
        return act instanceof LeasePolicy.Act.SleepUntil(var moment)
                ? new LeasePolicy.Act.SleepUntil(MonoTime.earliest(moment, fenceAt))
                : act;
    }
}
