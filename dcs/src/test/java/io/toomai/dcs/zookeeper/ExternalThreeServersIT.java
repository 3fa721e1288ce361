package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.WriteResult.Written;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The contract on three servers of ZooKeeper 3.8, each process at another one first, and what
/// happens when servers hang, die and come back.
class ExternalThreeServersIT extends ZooKeeperContractKit {
    private static final int COUNT = 3;

    @RegisterExtension private static final ExternalEnsemble ENSEMBLE = new ExternalEnsemble(COUNT);

    private int next;

    private static ExternalServers all() {
        return ENSEMBLE.servers();
    }

    @Override
    ZooKeeperServers servers() {
        return all().from(next++ % COUNT);
    }

    @BeforeEach
    void allServe() {
        all().awaitServing();
    }

    /// What harms a server, and heals it.
    private interface Harm {
        void to(int server) throws Exception;
    }

    private void keepsItsLease(int victim, Harm harm, Harm healing) throws Exception {
        try (ZooKeeperDcs dcs = openAt(all().from(victim), PG1)) {
            Queue<DcsEvent> heard = new ConcurrentLinkedQueue<>();
            dcs.watch(heard::add);
            assertHeld(dcs.acquireLeader(TIMEOUT));
            LeaderKey before = read(dcs).leader();
            harm.to(victim);
            assertHeld(dcs.renewLeader(TIMEOUT));
            assertThat(read(dcs).leader()).isEqualTo(before);
            assertThat(dcs.writeAsLeader(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT))
                    .isInstanceOf(Written.class);
            hears(heard, DcsEvent.CONFIG_CHANGED); // the watch came along
        } finally {
            healing.to(victim);
        }
    }

    @Test
    void theLeaseOutlivesAFrozenFollower() throws Exception {
        keepsItsLease(all().following(), all()::freeze, all()::thaw);
    }

    @Test
    void theLeaseOutlivesAKilledFollower() throws Exception {
        keepsItsLease(all().following(), all()::kill, all()::restart);
    }

    @Test
    void theLeaseOutlivesAFrozenStoreLeader() throws Exception {
        keepsItsLease(all().leading(), all()::freeze, all()::thaw);
    }

    @Test
    void theLeaseOutlivesAKilledStoreLeader() throws Exception {
        keepsItsLease(all().leading(), all()::kill, all()::restart);
    }

    /// It may have been done: to say that it was refused would be a lie.
    @Test
    void aWriteOnItsWayToAServerThatIsLeftHasNoAnswer() throws Exception {
        int victim = all().following();
        try (ZooKeeperDcs dcs = openAt(all().from(victim), PG1)) {
            assertHeld(dcs.acquireLeader(TIMEOUT));
            all().freeze(victim);
            assertThatThrownBy(
                            () -> dcs.writeAsLeader(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT))
                    .isInstanceOfSatisfying(
                            DcsException.class,
                            e -> assertThat(e.code()).isEqualTo(Code.DCS_CONNECTION));
            assertHeld(dcs.renewLeader(TIMEOUT));
        } finally {
            all().thaw(victim);
        }
    }

    private void hearsPast(int victim, Harm harm, Harm healing) throws Exception {
        int other = (victim + 1) % COUNT;
        try (ZooKeeperDcs holder = openAt(all().from(other), PG1);
                ZooKeeperDcs hearing = openAt(all().from(victim), PG2)) {
            assertHeld(holder.acquireLeader(TIMEOUT));
            hearsRenewal(holder, hearing);
            harm.to(victim);
            hearsRenewal(holder, hearing);
            hearsRenewal(holder, hearing);
        } finally {
            healing.to(victim);
        }
    }

    @Test
    void renewalsAreHeardPastASilentServer() throws Exception {
        hearsPast(all().following(), all()::freeze, all()::thaw);
    }

    @Test
    void renewalsAreHeardAfterAnElection() throws Exception {
        hearsPast(all().leading(), all()::kill, all()::restart);
    }

    @Test
    void withoutAMajorityEveryCallFailsInTime() throws Exception {
        try (ZooKeeperDcs dcs = openAt(all().from(0), PG1)) {
            assertHeld(dcs.acquireLeader(TIMEOUT));
            all().kill(1);
            all().kill(2);
            Duration brief = Duration.ofMillis(700);
            long start = System.nanoTime();
            assertThatThrownBy(() -> dcs.write(DcsKey.CONFIG, "{}", Expect.ANYTHING, brief))
                    .isInstanceOf(DcsException.class);
            assertThatThrownBy(() -> dcs.renewLeader(brief)).isInstanceOf(DcsException.class);
            assertThatThrownBy(() -> dcs.read(ReadMode.LINEARIZABLE, brief))
                    .isInstanceOf(DcsException.class);
            assertThatThrownBy(() -> dcs.publishMember("{}", brief))
                    .isInstanceOf(DcsException.class);
            assertThatThrownBy(() -> dcs.releaseLeader(List.of(), brief))
                    .isInstanceOf(DcsException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(30));
            all().restart(1);
            await().atMost(Duration.ofSeconds(40))
                    .ignoreExceptionsInstanceOf(DcsException.class)
                    .until(() -> dcs.acquireLeader(TIMEOUT) instanceof LeaderResult.Held);
        } finally {
            all().restart(1);
            all().restart(2);
        }
    }

    /// A server of 3.8 that still leads when the others come back to it may never confirm what it
    /// proposed before, nor anything after: this waits until they have elected another
    /// (docs/stores.md).
    private static void wakeFollowersFirst(int leading) throws Exception {
        for (int server = 0; server < COUNT; server++) {
            if (server != leading) {
                all().unfreeze(server);
            }
        }
        all().awaitAnotherLeader(leading);
        all().thaw(leading);
    }

    @Test
    void aStoreThatHangsAsAWholeFailsInTimeAndComesBack() throws Exception {
        try (ZooKeeperDcs dcs = openAt(all().from(0), PG1)) {
            assertHeld(dcs.acquireLeader(TIMEOUT));
            int leading = all().leading();
            try {
                for (int server = 0; server < COUNT; server++) {
                    all().freeze(server);
                }
                for (int i = 0; i < 5; i++) { // long enough to be sent from server to server
                    assertThatThrownBy(() -> dcs.renewLeader(Duration.ofSeconds(1)))
                            .isInstanceOf(DcsException.class);
                }
            } finally {
                wakeFollowersFirst(leading);
            }
            await().atMost(Duration.ofSeconds(40))
                    .ignoreExceptionsInstanceOf(DcsException.class)
                    .until(() -> dcs.acquireLeader(TIMEOUT) instanceof LeaderResult.Held);
            assertHeld(dcs.renewLeader(TIMEOUT));
        }
    }

    @Test
    void aStoreThatIsGoneSaysWhichServersWereAsked() throws Exception {
        int victim = all().following();
        ZooKeeperServers alone = all().only(victim);
        try (Dcs dcs = openAt(alone, PG1)) {
            all().kill(victim);
            assertThatThrownBy(() -> dcs.read(ReadMode.LOCAL, Duration.ofSeconds(1)))
                    .isInstanceOf(DcsException.class)
                    .hasMessageContaining(alone.connectString());
        } finally {
            all().restart(victim);
        }
    }
}
