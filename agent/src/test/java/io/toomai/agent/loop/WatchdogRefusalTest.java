package io.toomai.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.agent.failsafe.Failsafe;
import io.toomai.agent.lease.LeaseFile;
import io.toomai.agent.lease.LeaseGuard;
import io.toomai.agent.server.NoServer;
import io.toomai.agent.watchdog.FakeWatchdogDevice;
import io.toomai.agent.watchdog.Watchdog;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.Lease;
import io.toomai.core.ha.LocalPostgres;
import io.toomai.core.ha.LongTask;
import io.toomai.core.ha.WatchdogPolicy;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.memory.InMemoryDcs;
import io.toomai.dcs.memory.InMemoryStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A node that requires a watchdog and takes the key finds out that it cannot be armed.
class WatchdogRefusalTest {
    private static final Duration TTL = Duration.ofSeconds(30);

    @SuppressWarnings("NullAway.Init") // set by JUnit
    @TempDir
    private Path directory;

    private final FakeWatchdogDevice device = new FakeWatchdogDevice(WatchdogRefusalTest::now);
    private final InMemoryDcs dcs =
            new InMemoryDcs(new InMemoryStore(WatchdogRefusalTest::now), Views.ME, TTL);

    private static MonoTime now() {
        return new MonoTime(System.nanoTime());
    }

    private static WatchdogPolicy.Terms required() {
        return new WatchdogPolicy.Terms(
                WatchdogPolicy.Mode.REQUIRED,
                "/dev/watchdog",
                Optional.empty(),
                TTL,
                Duration.ofSeconds(10),
                HaSettings.Maintenance.OFF);
    }

    /// What became of taking the key, and whether anybody holds it afterwards.
    private record Attempt(Outcome outcome, LeaderKey key, Lease lease) {}

    private Attempt takeKey(LocalPostgres postgres) throws IOException {
        try (Watchdog watchdog =
                        new Watchdog(
                                device, WatchdogRefusalTest::required, WatchdogRefusalTest::now);
                LeaseGuard guard =
                        new LeaseGuard(
                                dcs,
                                WatchdogRefusalTest::now,
                                new LeaseGuard.Effects(
                                        Views.ME,
                                        () -> HaSettings.Maintenance.OFF,
                                        () -> {},
                                        () -> {}),
                                LeaseFile.open(directory.resolve("lease")),
                                watchdog)) {
            guard.start();
            Failsafe failsafe =
                    Failsafe.open(
                            directory,
                            new Failsafe.Surroundings(
                                    guard,
                                    () -> LongTask.NOTHING_YET,
                                    WatchdogRefusalTest::now,
                                    (_, _, _) -> Optional.of("nobody is asked here"),
                                    () -> {}));
            CommandRunner runner =
                    new CommandRunner(
                            dcs,
                            new NoServer(),
                            guard,
                            new TaskRunner(WatchdogRefusalTest::now, () -> {}),
                            new CommandRunner.Loop(
                                    WatchdogRefusalTest::now,
                                    () -> "{}",
                                    () -> 0,
                                    new Wakeup(WatchdogRefusalTest::now),
                                    failsafe,
                                    () -> {}));
            Outcome outcome =
                    runner.carryOut(
                                    List.of(new Command.AcquireLeaderKey()),
                                    Views.leaderWith(postgres))
                            .getFirst();
            LeaderKey key = dcs.read(Dcs.ReadMode.LINEARIZABLE, Duration.ofSeconds(1)).leader();
            return new Attempt(outcome, key, guard.lease());
        }
    }

    @Test
    void withoutItTheKeyGoesBack() throws IOException {
        device.breaks("no such device");
        for (LocalPostgres postgres : List.of(Views.standby(), Views.primary())) {
            Attempt attempt = takeKey(postgres);
            assertThat(attempt.outcome())
                    .isEqualTo(
                            new Outcome.Refused(
                                    new Command.AcquireLeaderKey(),
                                    (postgres instanceof LocalPostgres.Standby
                                                    ? "Not promoting self"
                                                    : "Demoting self")
                                            + " because watchdog could not be activated: no such"
                                            + " device"));
            assertThat(attempt.key()).isInstanceOf(LeaderKey.Vacant.class);
            assertThat(attempt.lease()).isInstanceOf(Lease.NotHeld.class);
            assertThat(device.isRunning()).isFalse();
        }
    }

    @Test
    void withItTheKeyIsKeptAndTheWatchdogRuns() throws IOException {
        Attempt attempt = takeKey(Views.standby());
        assertThat(attempt.outcome()).isInstanceOf(Outcome.Done.class);
        assertThat(attempt.key()).isInstanceOf(LeaderKey.HeldBy.class);
        assertThat(attempt.lease()).isInstanceOf(Lease.Held.class);
        assertThat(device.isRunning()).as("its process ended without a word").isTrue();
    }
}
