package io.toomai.dcs.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult.Held;
import io.toomai.dcs.WriteResult.Written;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The contract on three servers, each process at another one, and what happens when servers hang,
/// die and come back.
class ConsulThreeServersContractIT extends ConsulContractKit {
    private static final int COUNT = 3;

    @RegisterExtension private static final ConsulCluster CLUSTER = new ConsulCluster(COUNT);

    private int next;

    @Override
    ConsulServers servers() {
        return CLUSTER.servers();
    }

    @BeforeEach
    void allServe() {
        servers().awaitServing();
    }

    @Override
    int server() {
        return next++ % COUNT;
    }

    /// What harms a server, and heals it.
    private interface Harm {
        void to(int server) throws Exception;
    }

    private void awaitHeld(Dcs dcs) {
        await().atMost(Duration.ofSeconds(60))
                .ignoreException(DcsException.class)
                .until(() -> dcs.renewLeader(Duration.ofSeconds(2)) instanceof Held);
    }

    private void keepsItsLease(int at, int victim, Harm harm, Harm healing) throws Exception {
        try (ConsulDcs dcs = openAt(at, PG1)) {
            Queue<DcsEvent> heard = new ConcurrentLinkedQueue<>();
            dcs.watch(heard::add);
            assertHeld(dcs.acquireLeader(TIMEOUT));
            LeaderKey before = read(dcs).leader();
            harm.to(victim);
            awaitHeld(dcs);
            assertThat(read(dcs).leader()).isEqualTo(before);
            heard.clear();
            assertThat(dcs.writeAsLeader(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT))
                    .isInstanceOf(Written.class);
            hears(heard, DcsEvent.CONFIG_CHANGED); // the watch goes on
        } finally {
            healing.to(victim);
        }
    }

    @Test
    void theLeaseOutlivesAKilledStoreLeader() throws Exception {
        int victim = servers().leading();
        keepsItsLease((victim + 1) % COUNT, victim, servers()::kill, servers()::restart);
    }

    @Test
    void theLeaseOutlivesAFrozenStoreLeader() throws Exception {
        int victim = servers().leading();
        keepsItsLease((victim + 1) % COUNT, victim, servers()::freeze, servers()::thaw);
    }

    /// The server that this process asks leads the others, hangs until another leads, and goes on:
    /// for a moment it may answer renewals that nobody counts.
    @Test
    void aDeposedStoreLeaderEndsNothing() throws Exception {
        int victim = servers().leading();
        keepsItsLease(
                victim,
                victim,
                server -> {
                    servers().freeze(server);
                    int other = (server + 1) % COUNT;
                    await().atMost(Duration.ofSeconds(60)).until(() -> servers().serves(other));
                    servers().thaw(server);
                },
                servers()::thaw);
    }

    @Test
    void aSilentAgentEndsNothingBeforeTheLease() throws Exception {
        int victim = servers().following();
        try (ConsulDcs holder = openAt(victim, PG1);
                ConsulDcs other = openAt((victim + 1) % COUNT, PG2)) {
            Queue<DcsEvent> heard = new ConcurrentLinkedQueue<>();
            holder.watch(heard::add);
            assertHeld(holder.acquireLeader(TIMEOUT));
            hears(heard, DcsEvent.LEADER_CHANGED);
            heard.clear();
            servers().freeze(victim);
            assertThatThrownBy(() -> holder.renewLeader(Duration.ofSeconds(1)))
                    .isInstanceOf(DcsException.class)
                    .hasMessageContaining(servers().endpoint(victim).toString());
            assertThat(read(other).leader().isHeldBy(PG1)).isTrue();
            hears(heard, DcsEvent.CONNECTION_CHANGED);
            heard.clear();
            servers().thaw(victim);
            awaitHeld(holder);
            hears(heard, DcsEvent.CONNECTION_CHANGED);
        } finally {
            servers().thaw(victim);
        }
    }

    @Test
    void withoutAMajorityEveryCallFailsInTime() throws Exception {
        try (ConsulDcs dcs = openAt(0, PG1)) {
            assertHeld(dcs.acquireLeader(TIMEOUT));
            servers().kill(1);
            servers().kill(2);
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
            servers().restart(1);
            assertHeld(dcs.acquireLeader(TIMEOUT));
        } finally {
            servers().restart(1);
            servers().restart(2);
        }
    }
}
