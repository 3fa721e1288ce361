package io.toomai.agent.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.agent.watchdog.FakeWatchdogDevice;
import io.toomai.agent.watchdog.Watchdog;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.Lease;
import io.toomai.core.ha.WatchdogPolicy.Mode;
import io.toomai.core.ha.WatchdogPolicy.Terms;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.memory.InMemoryDcs;
import io.toomai.dcs.memory.InMemoryStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The guard with its real thread, a store in memory and a fence that only takes notes.
class LeaseGuardTest {
    private static final Duration TTL = Duration.ofMillis(4500);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final MemberName ME = new MemberName("pg1");

    @SuppressWarnings("NullAway.Init") // set by JUnit
    @TempDir
    private Path directory;

    private final InMemoryStore store = new InMemoryStore(LeaseGuardTest::now);
    private final InMemoryDcs dcs = new InMemoryDcs(store, ME, TTL);
    private final List<MonoTime> fenced = new CopyOnWriteArrayList<>();
    private final AtomicInteger loopWoken = new AtomicInteger();
    private final FakeWatchdogDevice device = new FakeWatchdogDevice(LeaseGuardTest::now);
    private volatile Optional<String> unstoppable = Optional.empty();
    private volatile Mode mode = Mode.OFF;
    private volatile HaSettings.Maintenance pause = HaSettings.Maintenance.OFF;
    private final Watchdog watchdog = new Watchdog(device, this::terms, LeaseGuardTest::now);

    @SuppressWarnings("NullAway.Init") // made before each test, when its folder exists
    private LeaseGuard guard;

    private static MonoTime now() {
        return new MonoTime(System.nanoTime());
    }

    @BeforeEach
    void start() throws IOException {
        guard = guard(LeaseFile.open(directory.resolve("lease")), watchdog);
        guard.start();
    }

    private LeaseGuard guard(LeaseFile file, Watchdog dog) {
        return new LeaseGuard(
                dcs,
                LeaseGuardTest::now,
                new LeaseGuard.Effects(ME, () -> pause, this::fence, loopWoken::incrementAndGet),
                file,
                dog);
    }

    /// Nobody may be fenced by a machine that was reset already.
    private void fence() {
        if (device.hasReset()) {
            throw new AssertionError("the machine was reset before PostgreSQL was stopped");
        }
        fenced.add(now());
        unstoppable.ifPresent(why -> {
            throw new IllegalStateException(why);
        });
    }

    /// A timeout of 3 s in a lease of 4.5 s, from which two renewals take 1.5 s.
    private Terms terms() {
        return new Terms(
                mode,
                "/dev/watchdog",
                Optional.of(Duration.ofSeconds(1)),
                dcs.grantedTtl(),
                Duration.ofSeconds(1),
                pause);
    }

    @AfterEach
    void stop() {
        guard.close();
        watchdog.close();
        dcs.close();
    }

    private void lead() {
        if (!(dcs.acquireLeader(PATIENCE) instanceof LeaderResult.Held(var countsFrom))) {
            throw new AssertionError("nobody else is there");
        }
        assertThat(guard.begin(countsFrom)).isEmpty();
    }

    @Test
    void aLeaseThatIsRenewedOutlastsItsTtl() {
        lead();
        MonoTime first = until();

        await().atMost(Duration.ofSeconds(20))
                .until(() -> {
                    guard.loopIsAlive();
                    return first.isBefore(until());
                });
        assertThat(fenced).isEmpty();
    }

    private MonoTime until() {
        return guard.lease() instanceof Lease.Held(var until)
                ? until
                : new MonoTime(Long.MIN_VALUE / 2);
    }

    @Test
    void withoutAnswersPostgresIsEndedBeforeTheLeaseIsOver() {
        lead();
        guard.loopIsAlive();
        store.cut(ME);

        await().atMost(Duration.ofSeconds(30)).until(() -> !fenced.isEmpty());
        assertThat(guard.lease()).isInstanceOf(Lease.NotHeld.class);
    }

    @Test
    void inMaintenanceModePostgresOutlivesTheLease() {
        pause = HaSettings.Maintenance.PAUSED;
        lead();
        guard.loopIsAlive();
        store.cut(ME);

        await().atMost(Duration.ofSeconds(30))
                .until(() -> guard.lease() instanceof Lease.NotHeld && loopWoken.get() > 0);
        assertThat(fenced).isEmpty();
    }

    /// The loop hears of the silence at once, and the guard tries again long before the next
    /// renewal would have been due.
    @Test
    void aStoreThatIsSilentForAMomentIsToldAndTriedAgain() {
        guard.renewAtLeastEvery(Duration.ofDays(1));
        lead();
        guard.loopSleepsUntil(now().plus(TTL.multipliedBy(3)));
        store.cut(ME);
        await().atMost(Duration.ofSeconds(30)).until(() -> loopWoken.get() > 0);
        MonoTime before = until();
        store.heal(ME);

        await().atMost(Duration.ofSeconds(30)).until(() -> before.isBefore(until()));
        assertThat(fenced).isEmpty();
    }

    @Test
    void aRefusedRenewalEndsLeadershipAtOnce() {
        lead();
        guard.loopIsAlive();
        dcs.loseSession();

        await().atMost(Duration.ofSeconds(30)).until(() -> !fenced.isEmpty());
        assertThat(guard.lease()).isInstanceOf(Lease.NotHeld.class);
    }

    @Test
    void theKeyOfAPrimaryThatCannotBeStoppedIsNotGivenAway() {
        unstoppable = Optional.of("it hangs in the kernel");
        lead();
        MonoTime end = until();
        // The loop shows no life, so the guard lets the lease run out.
        await().atMost(Duration.ofSeconds(30)).until(() -> fenced.size() >= 2);

        InMemoryDcs other = new InMemoryDcs(store, new MemberName("pg2"), TTL);
        LeaderResult early = other.acquireLeader(PATIENCE);
        assertThat(early instanceof LeaderResult.Refused || end.isBefore(now())).isTrue();

        unstoppable = Optional.empty();
        await().atMost(Duration.ofSeconds(30)).until(() -> takesTheKey(other));
        other.releaseLeader(List.of(), PATIENCE);
        int before = fenced.size();
        lead();
        store.cut(ME);
        await().atMost(Duration.ofSeconds(30)).until(() -> fenced.size() > before);
        other.close();
    }

    private static boolean takesTheKey(InMemoryDcs other) {
        return other.acquireLeader(PATIENCE) instanceof LeaderResult.Held;
    }

    @Test
    void aLoopThatSleepsAsItSaidKeepsTheLease() {
        lead();
        guard.loopSleepsUntil(now().plus(TTL.multipliedBy(3)));
        MonoTime whenItWouldHaveEnded = until().plus(TTL);

        await().atMost(Duration.ofSeconds(30)).until(() -> whenItWouldHaveEnded.isBefore(until()));
        assertThat(fenced).isEmpty();
    }

    @Test
    void aLoopThatHangsLosesTheLeaseAndTheKey() {
        lead();

        await().atMost(Duration.ofSeconds(30)).until(() -> !fenced.isEmpty());
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        dcs.read(Dcs.ReadMode.LINEARIZABLE, PATIENCE).leader()
                                instanceof LeaderKey.Vacant);
    }

    @Test
    void aLeaseThatIsGivenUpFencesNobody() {
        lead();
        dcs.releaseLeader(List.of(), PATIENCE);
        guard.end();

        assertThat(guard.lease()).isInstanceOf(Lease.NotHeld.class);
        assertThat(fenced).isEmpty();
    }

    @Test
    void theNextProcessAdoptsWhatIsLeftAndFencesAtItsEnd() throws IOException {
        Path file = directory.resolve("adopted");
        LeaseFile.open(file).write(now().plus(Duration.ofMillis(700)));
        try (Watchdog dog = new Watchdog(device, this::terms, LeaseGuardTest::now);
                LeaseGuard next = guard(LeaseFile.open(file), dog)) {
            next.start();

            assertThat(next.lease()).isInstanceOf(Lease.Held.class);
            await().atMost(Duration.ofSeconds(20)).until(() -> !fenced.isEmpty());
            assertThat(next.lease()).isInstanceOf(Lease.NotHeld.class);
            assertThat(device.calls()).as("it was not armed, so it is not touched").isEmpty();
        }
    }

    // ---- failsafe mode

    @Test
    void whoIsCarriedOutlastsTheLeaseAndIsFencedWhenThatEnds() {
        lead();
        MonoTime leaseEnds = until();
        MonoTime carriedUntil = now().plus(TTL.multipliedBy(2));
        store.cut(ME);

        assertThat(guard.carry(carriedUntil)).isTrue();
        assertThat(until()).isEqualTo(carriedUntil.minus(LeaseGuard.STOP_TIME));
        assertThat(guard.carriedUntil()).contains(until());
        await().atMost(Duration.ofSeconds(30)).until(() -> !fenced.isEmpty());
        assertThat(fenced.getFirst().isBefore(leaseEnds)).isFalse();
        assertThat(fenced.getFirst().isBefore(carriedUntil)).isTrue();
        assertThat(guard.carriedUntil()).isEmpty();
    }

    @Test
    void nobodyIsCarriedBackIntoLeadership() {
        assertThat(guard.carry(now().plus(TTL))).isFalse();
        assertThat(guard.lease()).isInstanceOf(Lease.NotHeld.class);
    }

    @Test
    void aLeaseThatLastsAsLongTakesOver() {
        lead();
        guard.carry(now().plus(Duration.ofSeconds(5)));

        await().atMost(Duration.ofSeconds(20))
                .until(() -> {
                    guard.loopIsAlive();
                    return guard.carriedUntil().isEmpty();
                });
        assertThat(guard.lease()).isInstanceOf(Lease.Held.class);
        assertThat(fenced).isEmpty();
    }

    /// Its session has ended while the store was away; the loop takes the key again.
    @Test
    void whoIsCarriedMayTakeTheVacantKeyAgain() {
        lead();
        guard.carry(now().plus(Duration.ofMinutes(1)));
        guard.loopSleepsUntil(now().plus(Duration.ofMinutes(1)));
        dcs.loseSession();
        await().atMost(Duration.ofSeconds(30)).until(() -> loopWoken.get() > 0);
        assertThat(fenced).isEmpty();

        lead();
        assertThat(dcs.read(Dcs.ReadMode.LINEARIZABLE, PATIENCE).leader().isHeldBy(ME)).isTrue();
    }

    @Test
    void whoIsCarriedEndsWhenAnotherHoldsTheKey() {
        lead();
        guard.carry(now().plus(Duration.ofMinutes(1)));
        guard.loopSleepsUntil(now().plus(Duration.ofMinutes(1)));
        try (InMemoryDcs other = new InMemoryDcs(store, new MemberName("pg2"), TTL)) {
            dcs.releaseLeader(List.of(), PATIENCE);
            other.acquireLeader(PATIENCE);
            await().atMost(Duration.ofSeconds(30)).until(() -> !fenced.isEmpty());
        }
        assertThat(guard.lease()).isInstanceOf(Lease.NotHeld.class);
    }

    @Test
    void onlyARunningLeaseCanBeStoodOnAlone() {
        assertThat(guard.standOnLease()).isFalse();
        lead();
        guard.carry(now().plus(Duration.ofMinutes(1)));
        assertThat(guard.standOnLease()).isTrue();
        assertThat(guard.carriedUntil()).isEmpty();
        assertThat(until().isBefore(now().plus(TTL))).isTrue();
    }

    @Test
    void theNextProcessAdoptsWhatCarriedTheLastOne() throws IOException {
        lead();
        store.cut(ME);
        guard.carry(now().plus(Duration.ofMinutes(1)));
        guard.close();
        try (Watchdog dog = new Watchdog(device, this::terms, LeaseGuardTest::now);
                LeaseGuard next = guard(LeaseFile.open(directory.resolve("lease")), dog)) {
            next.start();
            assertThat(next.lease()).isEqualTo(new Lease.Held(until()));
            MonoTime later = now().plus(Duration.ofMinutes(2));
            assertThat(next.carry(later)).isTrue();
            assertThat(next.lease()).isEqualTo(new Lease.Held(later.minus(LeaseGuard.STOP_TIME)));
        }
    }

    // ---- the watchdog

    @Test
    void theWatchdogRunsAndIsPettedWhileTheLeaseIsRenewed() {
        mode = Mode.REQUIRED;
        lead();
        assertThat(device.calls()).as("armed before anything else").containsExactly("activate 3");

        await().atMost(Duration.ofSeconds(30))
                .until(() -> {
                    guard.loopIsAlive();
                    return device.calls().stream().filter("pet"::equals).count() > 2;
                });
        assertThat(device.hasReset()).isFalse();
        assertThat(fenced).isEmpty();
    }

    @Test
    void withoutRenewalsPostgresIsStoppedBeforeTheMachineIsReset() {
        mode = Mode.AUTOMATIC;
        lead();
        guard.loopIsAlive();
        store.cut(ME);

        await().atMost(Duration.ofSeconds(30)).until(() -> !fenced.isEmpty());
        await().atMost(Duration.ofSeconds(10)).until(() -> !device.isRunning());
        assertThat(device.hasReset()).isFalse();
    }

    @Test
    void aDriverThatHangsEndsLeadershipInTime() {
        mode = Mode.AUTOMATIC;
        lead();
        device.hangs();
        try {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> {
                        guard.loopIsAlive();
                        return !fenced.isEmpty();
                    });
            assertThat(guard.lease()).isInstanceOf(Lease.NotHeld.class);
        } finally {
            device.answersAgain();
        }
    }

    @Test
    void whoRequiresAWatchdogThatFailsDoesNotBegin() {
        mode = Mode.REQUIRED;
        device.breaks("no such device");
        if (!(dcs.acquireLeader(PATIENCE) instanceof LeaderResult.Held(var countsFrom))) {
            throw new AssertionError("nobody else is there");
        }
        assertThat(guard.begin(countsFrom)).contains("no such device");
        assertThat(guard.lease()).isInstanceOf(Lease.NotHeld.class);
        assertThat(guard.watchdogFailed()).contains("no such device");
    }

    @Test
    void whoCanDoWithoutAWatchdogLeadsWithoutIt() {
        mode = Mode.AUTOMATIC;
        device.breaks("no such device");
        lead();
        assertThat(guard.lease()).isInstanceOf(Lease.Held.class);
        assertThat(guard.watchdogFailed()).isEmpty();
    }

    @Test
    void maintenanceModeStopsItAndItsEndArmsItAgain() {
        mode = Mode.REQUIRED;
        lead();
        pause = HaSettings.Maintenance.PAUSED;
        await().atMost(Duration.ofSeconds(10))
                .until(() -> {
                    guard.loopIsAlive();
                    return !device.isRunning();
                });
        pause = HaSettings.Maintenance.OFF;
        await().atMost(Duration.ofSeconds(10))
                .until(() -> {
                    guard.loopIsAlive();
                    return device.isRunning();
                });
        assertThat(fenced).isEmpty();
    }

    @Test
    void aRequiredWatchdogThatDoesNotComeBackEndsLeadership() {
        mode = Mode.REQUIRED;
        lead();
        pause = HaSettings.Maintenance.PAUSED;
        await().atMost(Duration.ofSeconds(10)).until(() -> !device.isRunning());
        device.breaks("gone");
        pause = HaSettings.Maintenance.OFF;
        await().atMost(Duration.ofSeconds(10))
                .until(() -> {
                    guard.loopIsAlive();
                    return !fenced.isEmpty();
                });
        assertThat(guard.lease()).isInstanceOf(Lease.NotHeld.class);
    }

    @Test
    void aLeadThatIsGivenUpStopsIt() {
        mode = Mode.AUTOMATIC;
        lead();
        guard.end();
        await().atMost(Duration.ofSeconds(10)).until(() -> !device.isRunning());
    }

    @Test
    void anAgentThatEndsAsAskedStopsIt() {
        mode = Mode.AUTOMATIC;
        lead();
        guard.retire();
        watchdog.close();
        assertThat(device.calls()).endsWith("disarm");
        assertThat(device.isRunning()).isFalse();
    }

    @Test
    void anAgentThatDiesWhileLeadingLeavesItArmedAndTheNextOneGoesOnPetting() throws IOException {
        mode = Mode.REQUIRED;
        lead();
        guard.close();
        watchdog.close();
        assertThat(device.isRunning()).isTrue();

        Path file = directory.resolve("lease");
        try (Watchdog dog = new Watchdog(device, this::terms, LeaseGuardTest::now);
                LeaseGuard next = guard(LeaseFile.open(file), dog)) {
            next.start();
            assertThat(next.lease()).isInstanceOf(Lease.Held.class);
            assertThat(device.calls()).doesNotContain("disarm");

            if (!(dcs.acquireLeader(PATIENCE) instanceof LeaderResult.Held(var countsFrom))) {
                throw new AssertionError("the key is still ours");
            }
            assertThat(next.begin(countsFrom)).isEmpty();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> {
                        next.loopIsAlive();
                        return device.calls().getLast().equals("pet");
                    });
            assertThat(device.hasReset()).isFalse();
        }
    }

    @Test
    void theNextAgentThatLosesTheLeadStopsWhatWasLeftArmed() throws IOException {
        mode = Mode.AUTOMATIC;
        lead();
        guard.close();
        watchdog.close();

        Path file = directory.resolve("lease");
        try (Watchdog dog = new Watchdog(device, this::terms, LeaseGuardTest::now);
                LeaseGuard next = guard(LeaseFile.open(file), dog)) {
            next.start();
            await().atMost(Duration.ofSeconds(20)).until(() -> !fenced.isEmpty());
            await().atMost(Duration.ofSeconds(10)).until(() -> !device.isRunning());
            assertThat(device.hasReset()).isFalse();
        }
    }
}
