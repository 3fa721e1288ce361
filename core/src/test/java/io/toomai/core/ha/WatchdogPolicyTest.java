package io.toomai.core.ha;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.ha.WatchdogPolicy.Act;
import io.toomai.core.ha.WatchdogPolicy.Claim;
import io.toomai.core.ha.WatchdogPolicy.Device;
import io.toomai.core.ha.WatchdogPolicy.Judgement;
import io.toomai.core.ha.WatchdogPolicy.Mode;
import io.toomai.core.ha.WatchdogPolicy.Plan;
import io.toomai.core.ha.WatchdogPolicy.Stoppable;
import io.toomai.core.ha.WatchdogPolicy.Terms;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Modes, devices and claims, every combination; and that no act lets a machine outlive its lease.
class WatchdogPolicyTest {
    private static final String PATH = "/dev/watchdog";
    private static final List<Device> DEVICES =
            List.of(
                    new Device.Closed(),
                    new Device.LeftArmed(),
                    armed(25),
                    armed(20),
                    new Device.Armed("/dev/other", seconds(25), seconds(25), at(0), Stoppable.YES),
                    new Device.Unusable("no", at(0), terms(Mode.AUTOMATIC)),
                    new Device.Unusable("no", at(0), terms(Mode.REQUIRED)));
    private static final List<Claim> CLAIMS =
            List.of(
                    new Claim.None(),
                    new Claim.Unsettled(),
                    new Claim.Leads(at(25)),
                    new Claim.Leads(new MonoTime(at(25).nanos() - 1)));

    private static MonoTime at(long seconds) {
        return new MonoTime(seconds * 1_000_000_000L);
    }

    private static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    private static Device armed(long timeout) {
        return new Device.Armed(PATH, seconds(timeout), seconds(timeout), at(0), Stoppable.YES);
    }

    private static Terms terms(Mode mode) {
        return terms(mode, HaSettings.Maintenance.OFF);
    }

    private static Terms terms(Mode mode, HaSettings.Maintenance pause) {
        return new Terms(mode, PATH, Optional.of(seconds(5)), seconds(30), seconds(10), pause);
    }

    @ParameterizedTest(name = "ttl {0}, loop_wait {1}, safety_margin {2}: {3}")
    @CsvSource({
        "30, 10, 5, 25",
        "30, 10, -1, 15",
        "31, 10, -1, 15",
        "20, 10, -1, 10",
        "20, 10, 5, 15",
        "19, 10, -1, none",
        "30, 10, 20, 10",
        "30, 10, 21, none",
        "30, 10, 0, 26", // the lease counts from the previous renewal: less cannot be kept
        "30, 10, 40, none",
        "5, 1, 5, none",
        "5, 1, 1, 3",
        "5, 1, -1, none", // two renewals and the stop of PostgreSQL do not fit into two seconds
        "10, 1, -1, 5"
    })
    void theTimeoutLiesBetweenRenewalsAndTheEndOfTheLease(
            long ttl, long loopWait, long margin, String expected) {
        Terms terms =
                new Terms(
                        Mode.AUTOMATIC,
                        PATH,
                        Optional.of(margin).filter(m -> m >= 0).map(Duration::ofSeconds),
                        seconds(ttl),
                        seconds(loopWait),
                        HaSettings.Maintenance.OFF);
        switch (WatchdogPolicy.plan(terms)) {
            case Plan.Countdown(var timeout) ->
                    assertThat(Long.toString(timeout.toSeconds())).isEqualTo(expected);
            case Plan.Unsupported(var why) -> {
                assertThat(expected).isEqualTo("none");
                assertThat(why)
                        .startsWith("Watchdog not supported because leader TTL " + ttl)
                        .contains("Raise ttl or lower watchdog.safety_margin");
            }
            case Plan.Unused _ -> throw new AssertionError("the watchdog is switched on");
        }
    }

    @Test
    void everyActOfEveryCombination() {
        for (Mode mode : Mode.values()) {
            for (HaSettings.Maintenance pause : HaSettings.Maintenance.values()) {
                for (Device device : DEVICES) {
                    for (Claim claim : CLAIMS) {
                        Terms terms = terms(mode, pause);
                        assertThat(WatchdogPolicy.next(terms, device, claim, at(0)))
                                .as("%s %s %s %s", mode, pause, device, claim)
                                .isEqualTo(expected(terms, device, claim));
                    }
                }
            }
        }
    }

    /// The same table in other words.
    private static Act expected(Terms terms, Device device, Claim claim) {
        boolean runs = device instanceof Device.Armed || device instanceof Device.LeftArmed;
        boolean off = terms.mode() == Mode.OFF || terms.pause() == HaSettings.Maintenance.PAUSED;
        boolean leads = claim instanceof Claim.Leads;
        if (claim instanceof Claim.None || (leads && off)) {
            return runs ? new Act.Disarm() : new Act.Nothing();
        }
        if (!claim.equals(new Claim.Leads(at(25)))) {
            return new Act.Nothing(); // a lease of an earlier process, or one that ends too soon
        }
        return switch (DEVICES.indexOf(device)) {
            case 0, 1, 3 -> new Act.Arm(seconds(25));
            case 2 -> new Act.Pet();
            case 4 -> new Act.Disarm();
            case 5 -> terms.mode() == Mode.AUTOMATIC ? new Act.Nothing() : new Act.Arm(seconds(25));
            case 6 -> terms.mode() == Mode.REQUIRED ? new Act.Nothing() : new Act.Arm(seconds(25));
            default -> throw new AssertionError("a new device needs a row");
        };
    }

    /// The one property that makes it safe, for every moment and every duration.
    @Test
    void noPetLetsTheMachineOutliveTheLease() {
        int pets = 0;
        for (long ttl = 3; ttl <= 60; ttl += 3) {
            for (long margin = -1; margin <= ttl; margin += 2) {
                Terms terms =
                        new Terms(
                                Mode.REQUIRED,
                                PATH,
                                Optional.of(margin).filter(m -> m >= 0).map(Duration::ofSeconds),
                                seconds(ttl),
                                seconds(1),
                                HaSettings.Maintenance.OFF);
                if (!(WatchdogPolicy.plan(terms) instanceof Plan.Countdown(var timeout))) {
                    continue;
                }
                Device device = new Device.Armed(PATH, timeout, timeout, at(0), Stoppable.YES);
                for (long now = 0; now <= ttl; now++) {
                    for (Device d : List.of(device, new Device.Closed())) {
                        Act act = WatchdogPolicy.next(terms, d, new Claim.Leads(at(ttl)), at(now));
                        if (!(act instanceof Act.Nothing)) {
                            pets++;
                            assertThat(at(ttl).isBefore(at(now).plus(timeout))).isFalse();
                        }
                    }
                }
            }
        }
        assertThat(pets).isGreaterThan(1000);
    }

    @Test
    void aNodeThatRenewsInTimeIsAlwaysPetted() {
        for (long ttl = 4; ttl <= 60; ttl++) {
            Terms terms =
                    new Terms(
                            Mode.AUTOMATIC,
                            PATH,
                            Optional.of(Duration.ZERO),
                            seconds(ttl),
                            seconds(1),
                            HaSettings.Maintenance.OFF);
            if (WatchdogPolicy.plan(terms) instanceof Plan.Countdown(var timeout)) {
                Device device = new Device.Armed(PATH, timeout, timeout, at(0), Stoppable.YES);
                MonoTime renewed = at(0).plus(LeasePolicy.interval(seconds(ttl)).multipliedBy(2));
                assertThat(WatchdogPolicy.next(terms, device, new Claim.Leads(at(ttl)), renewed))
                        .isEqualTo(new Act.Pet());
                assertThat(renewed.isBefore(WatchdogPolicy.fenceAt(at(ttl), device)))
                        .as("ttl %d: one lost renewal must not end leadership", ttl)
                        .isTrue();
            }
        }
    }

    @Test
    void aRequiredWatchdogThatFailedForbidsLeading() {
        Terms required = terms(Mode.REQUIRED);
        Device failed = new Device.Unusable("broken", at(0), required);

        assertThat(WatchdogPolicy.mayNotLead(required, failed)).contains("broken");
        assertThat(WatchdogPolicy.mayNotLead(required, new Device.Closed())).isEmpty();
        assertThat(WatchdogPolicy.mayNotLead(terms(Mode.AUTOMATIC), failed)).isEmpty();
        assertThat(WatchdogPolicy.mayNotLead(terms(Mode.OFF), failed)).isEmpty();
        assertThat(
                        WatchdogPolicy.mayNotLead(
                                terms(Mode.REQUIRED, HaSettings.Maintenance.PAUSED), failed))
                .isEmpty();
        Device underOthers = new Device.Unusable("broken", at(0), terms(Mode.AUTOMATIC));
        assertThat(WatchdogPolicy.mayNotLead(required, underOthers)).isEmpty();
    }

    @Test
    void whoBeginsToLeadHasItArmed() {
        for (Mode mode : Mode.values()) {
            for (Device device : DEVICES) {
                boolean mayNot = mode == Mode.REQUIRED && !(device instanceof Device.Armed);
                assertThat(WatchdogPolicy.mayNotBegin(terms(mode), device).isPresent())
                        .as("%s %s", mode, device)
                        .isEqualTo(mayNot);
            }
        }
    }

    @Test
    void ttlAndMarginThatLeaveNoRoomForbidLeadingWhereItIsRequired() {
        Terms tight =
                new Terms(
                        Mode.REQUIRED,
                        PATH,
                        Optional.of(seconds(25)),
                        seconds(30),
                        seconds(10),
                        HaSettings.Maintenance.OFF);
        assertThat(WatchdogPolicy.mayNotLead(tight, new Device.Closed())).isPresent();
        assertThat(WatchdogPolicy.unusable(tight, armed(25), Optional.empty(), at(0))).isPresent();
    }

    @Test
    void afterAFailureTheNodeStandsBackForOneTtl() {
        Terms required = terms(Mode.REQUIRED);
        Device failed = new Device.Unusable("broken", at(0), required);
        Optional<String> missing = Optional.of("missing");

        assertThat(WatchdogPolicy.unusable(required, failed, Optional.empty(), at(29)))
                .contains("broken");
        assertThat(WatchdogPolicy.unusable(required, failed, Optional.empty(), at(30))).isEmpty();
        assertThat(WatchdogPolicy.unusable(required, new Device.Closed(), missing, at(0)))
                .isEqualTo(missing);
        assertThat(WatchdogPolicy.unusable(required, armed(25), missing, at(0))).isEmpty();
        assertThat(WatchdogPolicy.unusable(terms(Mode.AUTOMATIC), failed, missing, at(0)))
                .isEmpty();
    }

    @ParameterizedTest(name = "{0}, asked {1}, counts {2}, stoppable {3}: {4}")
    @CsvSource({
        "REQUIRED, 25, 25, YES, Accepted",
        "REQUIRED, 25, 24, YES, Accepted",
        "REQUIRED, 25, 26, YES, Rejected",
        "AUTOMATIC, 25, 26, YES, AcceptedUnsafe",
        "AUTOMATIC, 25, 10, YES, Accepted",
        "AUTOMATIC, 25, 9, YES, Rejected",
        "AUTOMATIC, 25, 9, NO, Accepted", // it cannot be stopped any more: pet it
        "REQUIRED, 25, 60, NO, Rejected"
    })
    void aDeviceWithATimeoutOfItsOwnIsJudged(
            Mode mode, long planned, long actual, Stoppable stoppable, String expected) {
        Judgement judgement =
                WatchdogPolicy.judge(terms(mode), seconds(planned), seconds(actual), stoppable);
        assertThat(judgement.getClass().getSimpleName()).isEqualTo(expected);
    }

    @Test
    void postgresIsStoppedBeforeTheLeaseEndsAndBeforeTheMachineIsReset() {
        assertThat(WatchdogPolicy.fenceAt(at(29), new Device.Closed())).isEqualTo(at(29));
        assertThat(WatchdogPolicy.fenceAt(at(29), armed(25))).isEqualTo(at(24));
        assertThat(WatchdogPolicy.fenceAt(at(20), armed(25))).isEqualTo(at(20));

        LeasePolicy.Act sleep = new LeasePolicy.Act.SleepUntil(at(10));
        LeasePolicy.Act end = new LeasePolicy.Act.EndLeadership("over");
        assertThat(WatchdogPolicy.guarded(sleep, at(24), at(1))).isEqualTo(sleep);
        assertThat(WatchdogPolicy.guarded(sleep, at(9), at(1)))
                .isEqualTo(new LeasePolicy.Act.SleepUntil(at(9)));
        assertThat(WatchdogPolicy.guarded(new LeasePolicy.Act.RenewNow(), at(9), at(1)))
                .isInstanceOf(LeasePolicy.Act.RenewNow.class);
        assertThat(WatchdogPolicy.guarded(new LeasePolicy.Act.RenewNow(), at(9), at(9)))
                .isInstanceOf(LeasePolicy.Act.EndLeadership.class);
        assertThat(WatchdogPolicy.guarded(end, at(9), at(9))).isEqualTo(end);
    }
}
