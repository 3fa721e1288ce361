package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.LeaderKey.Ownership;
import io.toomai.core.model.MemberName;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.embedded.EmbeddedStore;
import io.toomai.dcs.embedded.EmbeddedStoreSettings;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Voter;
import io.toomai.dcs.embedded.StoreState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The contract on a quorum of three, each process at a voter of its own, and what happens when
/// voters go and come back.
class ThreeVotersContractIT extends EmbeddedContractKit {
    private static final int COUNT = 3;

    @TempDir private static Path dir;
    private static final List<EmbeddedStoreSettings> SETTINGS = new ArrayList<>();
    private static final List<EmbeddedStore> STORES = new ArrayList<>();

    private int next;

    @BeforeAll
    static void start() throws Exception {
        List<Voter> voters = voters(COUNT);
        for (int id = 1; id <= COUNT; id++) {
            SETTINGS.add(settings(dir, id, voters));
            STORES.add(EmbeddedStore.start(SETTINGS.getLast()));
        }
    }

    @BeforeEach
    void allServe() {
        STORES.forEach(EmbeddedContractKit::serving);
    }

    @AfterAll
    static void stop() {
        STORES.forEach(EmbeddedStore::close);
    }

    @Override
    EmbeddedStoreSettings voter() {
        return SETTINGS.get(next++ % COUNT);
    }

    private static int index(StoreState state) {
        for (int i = 0; i < COUNT; i++) {
            if (STORES.get(i).state() == state) {
                return i;
            }
        }
        throw new AssertionError("no voter is " + state);
    }

    private static void restart(int voter) {
        STORES.set(voter, EmbeddedStore.start(SETTINGS.get(voter)));
        serving(STORES.get(voter));
    }

    /// Access at that voter that is told when it serves again, as the agent does it.
    private ZooKeeperDcs hooked(int voter, MemberName member) {
        ZooKeeperDcs dcs = openAt(SETTINGS.get(voter), member);
        STORES.get(voter).onServing(dcs::reconnectNow);
        return dcs;
    }

    @Test
    void theLeaseOutlivesTheElectionOfAnotherStoreLeader() {
        int leading = index(StoreState.LEADING);
        int follower = index(StoreState.FOLLOWING);
        try (ZooKeeperDcs dcs = hooked(follower, PG1)) {
            Queue<DcsEvent> heard = new ConcurrentLinkedQueue<>();
            dcs.watch(heard::add);
            assertHeld(dcs.acquireLeader(TIMEOUT));
            LeaderKey before = read(dcs).leader();
            STORES.get(leading).close();
            assertHeld(dcs.renewLeader(TIMEOUT));
            assertThat(read(dcs).leader()).isEqualTo(before);
            assertThat(dcs.writeAsLeader(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT))
                    .isInstanceOf(io.toomai.dcs.WriteResult.Written.class);
            hears(heard, DcsEvent.CONNECTION_CHANGED);
            hears(heard, DcsEvent.CONFIG_CHANGED); // the watch came along
        } finally {
            restart(leading);
        }
    }

    @Test
    void renewalsAreHeardAfterAnElection() {
        int leading = index(StoreState.LEADING);
        int follower = index(StoreState.FOLLOWING);
        int other = COUNT - leading - follower;
        try (ZooKeeperDcs holder = hooked(follower, PG1);
                ZooKeeperDcs hearing = hooked(other, PG2)) {
            assertHeld(holder.acquireLeader(TIMEOUT));
            hearsRenewal(holder, hearing);
            STORES.get(leading).close();
            hearsRenewal(holder, hearing);
            hearsRenewal(holder, hearing);
        } finally {
            restart(leading);
        }
    }

    @Test
    void withoutAMajorityEveryCallFailsInTime() {
        int survivor = 0;
        try (ZooKeeperDcs dcs = hooked(survivor, PG1)) {
            assertHeld(dcs.acquireLeader(TIMEOUT));
            STORES.get(1).close();
            STORES.get(2).close();
            Duration brief = Duration.ofMillis(700);
            long start = System.nanoTime();
            assertThatThrownBy(() -> dcs.write(DcsKey.CONFIG, "{}", Expect.ANYTHING, brief))
                    .isInstanceOf(DcsException.class);
            assertThatThrownBy(() -> dcs.renewLeader(brief)).isInstanceOf(DcsException.class);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> STORES.get(survivor).state() == StoreState.LOOKING);
            assertThatThrownBy(() -> dcs.renewLeader(brief)).isInstanceOf(DcsException.class);
            assertThatThrownBy(() -> dcs.read(ReadMode.LOCAL, brief))
                    .isInstanceOf(DcsException.class);
            assertThatThrownBy(() -> dcs.publishMember("{}", brief))
                    .isInstanceOf(DcsException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(30));
            restart(1);
            assertHeld(dcs.acquireLeader(TIMEOUT));
        } finally {
            restart(2);
        }
    }

    /// The session outlives an outage without majority, however long; its lease does not.
    @Test
    void aKeyAcquiredAfterALongOutageComesWithALeaseThatRuns() {
        try (ZooKeeperDcs dcs = hooked(0, PG1)) {
            LeaderResult.Held before = (LeaderResult.Held) dcs.acquireLeader(TIMEOUT);
            STORES.get(1).close();
            STORES.get(2).close();
            await().atMost(Duration.ofSeconds(60)).until(() -> isOver(dcs, before));
            restart(1);
            LeaderResult after = dcs.acquireLeader(Duration.ofSeconds(20));
            assertThat(after).isInstanceOf(LeaderResult.Held.class);
            assertThat(isOver(dcs, (LeaderResult.Held) after)).isFalse();
        } finally {
            restart(2);
        }
    }

    private static boolean isOver(Dcs dcs, LeaderResult.Held lease) {
        return !Deadline.now().isBefore(lease.countsFrom().plus(dcs.grantedTtl()));
    }

    @Test
    void aRestartedVoterServesWhatWasWrittenMeanwhile() {
        int gone = index(StoreState.FOLLOWING);
        int other = index(StoreState.LEADING);
        try (Dcs dcs = openAt(SETTINGS.get(other), PG1)) {
            STORES.get(gone).close();
            assertThat(dcs.write(DcsKey.CONFIG, "{\"ttl\":21}", Expect.ANYTHING, TIMEOUT))
                    .isInstanceOf(io.toomai.dcs.WriteResult.Written.class);
            restart(gone);
            try (Dcs late = openAt(SETTINGS.get(gone), PG2)) {
                assertThat(read(late).config().orElseThrow().value()).isEqualTo("{\"ttl\":21}");
            }
        }
    }

    @Test
    void keysHangOnTheSessionAndNotOnTheVoter() {
        int gone = index(StoreState.FOLLOWING);
        try (Dcs holder = openAt(SETTINGS.get(gone), PG3);
                ZooKeeperDcs watcher = openAt(SETTINGS.get((gone + 1) % COUNT), PG1)) {
            assertHeld(holder.acquireLeader(TIMEOUT));
            assertThat(((LeaderKey.HeldBy) read(watcher).leader()).ownership())
                    .isEqualTo(Ownership.ANOTHER_PROCESS);
            STORES.get(gone).close();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> read(watcher).leader() instanceof LeaderKey.Vacant);
            assertHeld(watcher.acquireLeader(TIMEOUT));
        } finally {
            restart(gone);
        }
    }
}
