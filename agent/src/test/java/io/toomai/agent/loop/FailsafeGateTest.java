package io.toomai.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.agent.failsafe.Failsafe;
import io.toomai.agent.lease.LeaseFile;
import io.toomai.agent.lease.LeaseGuard;
import io.toomai.agent.server.NoServer;
import io.toomai.agent.watchdog.FakeWatchdogDevice;
import io.toomai.agent.watchdog.Watchdog;
import io.toomai.api.Node.FailsafeAnswer;
import io.toomai.api.Node.FailsafeCall;
import io.toomai.core.cluster.FailsafeMembers;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.Command;
import io.toomai.core.ha.HaSettings;
import io.toomai.core.ha.Lease;
import io.toomai.core.ha.LongTask;
import io.toomai.core.ha.WatchdogPolicy;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.memory.InMemoryDcs;
import io.toomai.dcs.memory.InMemoryStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Failsafe mode on one node with its real guard and a store in memory: what the runner refuses to
/// do, and what is answered to others.
class FailsafeGateTest {
    private static final Duration TTL = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final FailsafeCall CALL =
            new FailsafeCall(
                    Views.OTHER,
                    "postgres://10.0.0.2:5432/postgres",
                    "http://10.0.0.2:8008/patroni",
                    Map.of(),
                    Optional.empty());

    @SuppressWarnings("NullAway.Init") // set by JUnit
    @TempDir
    private Path directory;

    private final InMemoryStore store = new InMemoryStore(FailsafeGateTest::now);
    private final InMemoryDcs dcs = new InMemoryDcs(store, Views.ME, TTL);
    private final Watchdog watchdog =
            new Watchdog(
                    new FakeWatchdogDevice(FailsafeGateTest::now),
                    FailsafeGateTest::off,
                    FailsafeGateTest::now);

    @SuppressWarnings("NullAway.Init") // made before each test, when its folder exists
    private LeaseGuard guard;

    @SuppressWarnings("NullAway.Init")
    private Failsafe failsafe;

    @SuppressWarnings("NullAway.Init")
    private CommandRunner runner;

    private static MonoTime now() {
        return new MonoTime(System.nanoTime());
    }

    private static WatchdogPolicy.Terms off() {
        return new WatchdogPolicy.Terms(
                WatchdogPolicy.Mode.OFF,
                "/dev/watchdog",
                Optional.empty(),
                TTL,
                Duration.ofSeconds(10),
                HaSettings.Maintenance.OFF);
    }

    @BeforeEach
    void start() throws IOException {
        guard =
                new LeaseGuard(
                        dcs,
                        FailsafeGateTest::now,
                        new LeaseGuard.Effects(
                                Views.ME, () -> HaSettings.Maintenance.OFF, () -> {}, () -> {}),
                        LeaseFile.open(directory.resolve("lease")),
                        watchdog);
        guard.start();
        failsafe =
                Failsafe.open(
                        directory,
                        new Failsafe.Surroundings(
                                guard,
                                () -> LongTask.NOTHING_YET,
                                FailsafeGateTest::now,
                                (_, _, _) -> Optional.empty(),
                                () -> {}));
        runner =
                new CommandRunner(
                        dcs,
                        new NoServer(),
                        guard,
                        new TaskRunner(FailsafeGateTest::now, () -> {}),
                        new CommandRunner.Loop(
                                FailsafeGateTest::now,
                                () -> "{}",
                                () -> 0,
                                new Wakeup(FailsafeGateTest::now),
                                failsafe,
                                () -> {}));
        failsafe.facts(Views.standby());
    }

    @AfterEach
    void stop() {
        failsafe.close();
        guard.close();
        watchdog.close();
        dcs.close();
    }

    private Outcome carryOut(Command command) {
        return runner.carryOut(List.of(command), Views.leaderWith(Views.standby())).getFirst();
    }

    private LeaderKey key() {
        return dcs.read(Dcs.ReadMode.LINEARIZABLE, PATIENCE).leader();
    }

    @Test
    void whoHasAcceptedDoesNotTakeTheKey() {
        assertThat(failsafe.accept(CALL, TTL))
                .isEqualTo(new FailsafeAnswer.Accepted(Optional.of(new Lsn(6000))));
        assertThat(failsafe.isActive()).isTrue();
        assertThat(carryOut(new Command.AcquireLeaderKey())).isInstanceOf(Outcome.Refused.class);
        assertThat(key()).isInstanceOf(LeaderKey.Vacant.class);
    }

    @Test
    void whoLeadsAcceptsNobody() {
        assertThat(carryOut(new Command.AcquireLeaderKey())).isInstanceOf(Outcome.Done.class);
        assertThat(failsafe.accept(CALL, TTL)).isEqualTo(new FailsafeAnswer.RunningAsLeader());
        assertThat(failsafe.isActive()).isFalse();
    }

    @Test
    void aPrimaryWithoutTheKeyAcceptsNobodyEither() {
        failsafe.facts(Views.primary());
        assertThat(failsafe.accept(CALL, TTL)).isEqualTo(new FailsafeAnswer.RunningAsLeader());
    }

    /// The key may be this process's now.
    @Test
    void whoWasNotAnsweredAcceptsNobodyUntilItHasReadTheStore() {
        store.cut(Views.ME);
        assertThat(carryOut(new Command.AcquireLeaderKey())).isInstanceOf(Outcome.Failed.class);
        assertThat(failsafe.accept(CALL, TTL)).isEqualTo(new FailsafeAnswer.RunningAsLeader());
        store.heal(Views.ME);
        failsafe.storeWasRead(now(), dcs.read(Dcs.ReadMode.LINEARIZABLE, PATIENCE));
        assertThat(failsafe.accept(CALL, TTL)).isInstanceOf(FailsafeAnswer.Accepted.class);
    }

    @Test
    void theMembersAreRememberedBeforeTheyAreSentAndReadBackAfterwards() {
        FailsafeMembers both =
                FailsafeMembers.of(Map.of(Views.ME, "http://a/", Views.OTHER, "http://b/"));
        Command write = new Command.WriteFailsafe(both, -1);
        assertThat(carryOut(write)).as("without the lease").isInstanceOf(Outcome.Refused.class);
        carryOut(new Command.AcquireLeaderKey());
        assertThat(carryOut(write)).isInstanceOf(Outcome.Done.class);
        assertThat(failsafe.facts(Views.standby()).topology().attempted()).isEqualTo(both);
        failsafe.storeWasRead(now(), dcs.read(Dcs.ReadMode.LINEARIZABLE, PATIENCE));
        assertThat(failsafe.members()).isEqualTo(both);
        assertThat(carryOut(write)).as("the key has changed").isInstanceOf(Outcome.Refused.class);
    }

    @Test
    void acceptancesCarryTheLease() {
        carryOut(new Command.AcquireLeaderKey());
        Duration longer = TTL.multipliedBy(4);
        carryOut(new Command.AskFailsafe(FailsafeMembers.NONE, longer));
        assertThat(failsafe.isActive()).isTrue();
        assertThat(guard.lease())
                .isInstanceOfSatisfying(
                        Lease.Held.class,
                        held -> assertThat(now().plus(TTL).isBefore(held.until())).isTrue());
        // Somebody new has promised nothing.
        carryOut(new Command.WriteFailsafe(FailsafeMembers.of(Map.of(Views.ME, "http://a/")), -1));
        assertThat(failsafe.isActive()).isFalse();
    }
}
