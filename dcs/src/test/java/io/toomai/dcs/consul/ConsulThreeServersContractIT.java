package io.toomai.dcs.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.LeaderResult.Held;
import io.toomai.dcs.ServerFaultsKit;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The contract on three servers, each process at another one, and what happens when servers hang,
/// die and come back.
class ConsulThreeServersContractIT extends ConsulContractKit implements ServerFaultsKit {
    @RegisterExtension private static final ConsulCluster CLUSTER = new ConsulCluster(COUNT);

    private int next;

    @Override
    ConsulServers servers() {
        return CLUSTER.servers();
    }

    @Override
    public ConsulServers store() {
        return servers();
    }

    /// A process asks one agent alone, so that is another one than the victim.
    @Override
    public int servingDespite(int victim) {
        return (victim + 1) % COUNT;
    }

    @Override
    int server() {
        return next++ % COUNT;
    }

    /// The agent refuses while its servers elect.
    @Override
    public void renews(Dcs dcs) {
        await().atMost(Duration.ofSeconds(60))
                .ignoreException(DcsException.class)
                .until(() -> dcs.renewLeader(Duration.ofSeconds(2)) instanceof Held);
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
                    .hasMessageContaining(servers().address(victim));
            assertThat(read(other).leader().isHeldBy(PG1)).isTrue();
            hears(heard, DcsEvent.CONNECTION_CHANGED);
            heard.clear();
            servers().thaw(victim);
            renews(holder);
            hears(heard, DcsEvent.CONNECTION_CHANGED);
        } finally {
            servers().thaw(victim);
        }
    }
}
