package io.toomai.dcs;

import static io.toomai.dcs.DcsContractKit.PG1;
import static io.toomai.dcs.DcsContractKit.TIMEOUT;
import static io.toomai.dcs.DcsContractKit.assertHeld;
import static io.toomai.dcs.DcsContractKit.hears;
import static io.toomai.dcs.DcsContractKit.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.MemberName;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.LeaderResult.Held;
import io.toomai.dcs.WriteResult.Written;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What the contract promises while servers of the store hang, die and come back. An adapter's test
/// with three servers implements this beside its kit.
public interface ServerFaultsKit {
    int COUNT = 3;

    ServerProcesses store();

    /// Access of a new process that asks that server, or asks it first.
    Dcs openAt(int server, MemberName member);

    /// A server whose clients live on when the victim is harmed.
    int servingDespite(int victim);

    /// What harms a server, or heals it.
    interface Harm {
        void to(int server) throws Exception;
    }

    @BeforeEach
    default void allServe() {
        store().awaitServing();
    }

    /// The leader renews, after a harm that its store lives through.
    default void renews(Dcs dcs) {
        assertHeld(dcs.renewLeader(TIMEOUT));
    }

    /// The leader asks the server `at`, and is not disturbed by what befalls the victim.
    default void keepsItsLease(int at, int victim, Harm harm, Harm healing) throws Exception {
        try (Dcs dcs = openAt(at, PG1)) {
            Queue<DcsEvent> heard = new ConcurrentLinkedQueue<>();
            dcs.watch(heard::add);
            assertHeld(dcs.acquireLeader(TIMEOUT));
            LeaderKey before = read(dcs).leader();
            harm.to(victim);
            renews(dcs);
            assertThat(read(dcs).leader()).isEqualTo(before);
            heard.clear();
            assertThat(dcs.writeAsLeader(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT))
                    .isInstanceOf(Written.class);
            hears(heard, DcsEvent.CONFIG_CHANGED); // the watch came along
        } finally {
            healing.to(victim);
        }
    }

    @Test
    default void theLeaseOutlivesAFrozenStoreLeader() throws Exception {
        int victim = store().leading();
        keepsItsLease(servingDespite(victim), victim, store()::freeze, store()::thaw);
    }

    @Test
    default void theLeaseOutlivesAKilledStoreLeader() throws Exception {
        int victim = store().leading();
        keepsItsLease(servingDespite(victim), victim, store()::kill, store()::restart);
    }

    @Test
    default void withoutAMajorityEveryCallFailsInTime() throws Exception {
        try (Dcs dcs = openAt(0, PG1)) {
            assertHeld(dcs.acquireLeader(TIMEOUT));
            store().kill(1);
            store().kill(2);
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
            store().restart(1);
            awaitAcquired(dcs);
        } finally {
            store().restart(1);
            store().restart(2);
        }
    }

    /// When servers have just come back, one of them may still refuse.
    static void awaitAcquired(Dcs dcs) {
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptionsInstanceOf(DcsException.class)
                .until(() -> dcs.acquireLeader(TIMEOUT) instanceof Held);
    }
}
