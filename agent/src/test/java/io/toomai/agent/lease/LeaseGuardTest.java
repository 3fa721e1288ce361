package io.toomai.agent.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.Lease;
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
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The guard with its real thread, a store in memory and a fence that only takes notes.
class LeaseGuardTest {
    private static final Duration TTL = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final MemberName ME = new MemberName("pg1");

    @SuppressWarnings("NullAway.Init") // set by JUnit
    @TempDir
    private Path directory;

    private final InMemoryStore store = new InMemoryStore(LeaseGuardTest::now);
    private final InMemoryDcs dcs = new InMemoryDcs(store, ME, TTL);
    private final List<MonoTime> fenced = new CopyOnWriteArrayList<>();

    @SuppressWarnings("NullAway.Init") // made before each test, when its folder exists
    private LeaseGuard guard;

    private static MonoTime now() {
        return new MonoTime(System.nanoTime());
    }

    @BeforeEach
    void start() throws IOException {
        guard =
                new LeaseGuard(
                        dcs,
                        LeaseGuardTest::now,
                        () -> fenced.add(now()),
                        () -> {},
                        LeaseFile.open(directory.resolve("lease")));
        guard.start();
    }

    @AfterEach
    void stop() {
        guard.close();
        dcs.close();
    }

    private void lead() {
        if (!(dcs.acquireLeader(PATIENCE) instanceof LeaderResult.Held(var countsFrom))) {
            throw new AssertionError("nobody else is there");
        }
        guard.begin(countsFrom);
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
    void aRefusedRenewalEndsLeadershipAtOnce() {
        lead();
        guard.loopIsAlive();
        dcs.loseSession();

        await().atMost(Duration.ofSeconds(30)).until(() -> !fenced.isEmpty());
        assertThat(guard.lease()).isInstanceOf(Lease.NotHeld.class);
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
        try (LeaseGuard next =
                new LeaseGuard(
                        dcs,
                        LeaseGuardTest::now,
                        () -> fenced.add(now()),
                        () -> {},
                        LeaseFile.open(file))) {
            next.start();

            assertThat(next.lease()).isInstanceOf(Lease.Held.class);
            await().atMost(Duration.ofSeconds(20)).until(() -> !fenced.isEmpty());
            assertThat(next.lease()).isInstanceOf(Lease.NotHeld.class);
        }
    }
}
