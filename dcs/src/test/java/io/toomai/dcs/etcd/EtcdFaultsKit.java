package io.toomai.dcs.etcd;

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
import io.toomai.dcs.WriteResult.Written;
import io.toomai.dcs.etcd.EtcdSettings.Discovery;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The contract on three servers, each process at another one first, and what happens when servers
/// hang, die and come back.
abstract class EtcdFaultsKit extends EtcdContractKit {
    static final int COUNT = 3;

    private int next;

    @BeforeEach
    void allServe() {
        servers().awaitServing();
    }

    @Override
    int server() {
        return next++ % COUNT;
    }

    /// Access that knows that server alone.
    private EtcdDcs onlyAt(int server) {
        return EtcdDcs.open(
                settings(List.of(servers().endpoint(server)), Discovery.NONE, base, PG1));
    }

    /// What harms a server, and heals it.
    private interface Harm {
        void to(int server) throws Exception;
    }

    private void keepsItsLease(int victim, Harm harm, Harm healing) throws Exception {
        try (EtcdDcs dcs = openAt(victim, PG1)) {
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
        keepsItsLease(servers().following(), servers()::freeze, servers()::thaw);
    }

    @Test
    void theLeaseOutlivesAKilledFollower() throws Exception {
        keepsItsLease(servers().following(), servers()::kill, servers()::restart);
    }

    @Test
    void theLeaseOutlivesAFrozenStoreLeader() throws Exception {
        keepsItsLease(servers().leading(), servers()::freeze, servers()::thaw);
    }

    @Test
    void theLeaseOutlivesAKilledStoreLeader() throws Exception {
        keepsItsLease(servers().leading(), servers()::kill, servers()::restart);
    }

    @Test
    void aWatchOnASilentServerMovesOn() throws Exception {
        int victim = servers().following();
        int other = (victim + 1) % COUNT;
        try (EtcdDcs holder = openAt(other, PG1);
                EtcdDcs hearing = openAt(victim, PG2)) {
            assertHeld(holder.acquireLeader(TIMEOUT));
            hearsRenewal(holder, hearing);
            servers().freeze(victim);
            hearsRenewal(holder, hearing);
            hearsRenewal(holder, hearing);
        } finally {
            servers().thaw(victim);
        }
    }

    @Test
    void aWatchWhosePastWasCompactedBeginsAnew() throws Exception {
        int victim = servers().following();
        int other = (victim + 1) % COUNT;
        try (EtcdDcs watcher = onlyAt(victim);
                EtcdDcs writer = openAt(other, PG2)) {
            Queue<DcsEvent> heard = new ConcurrentLinkedQueue<>();
            watcher.watch(heard::add);
            read(watcher); // what comes after it is heard
            revision(writer.write(DcsKey.SYNC, "{}", Expect.ANYTHING, TIMEOUT));
            hears(heard, DcsEvent.SYNC_CHANGED);
            servers().kill(victim);
            hears(heard, DcsEvent.CONNECTION_CHANGED);
            long last = 0;
            for (int i = 0; i < 10; i++) {
                last = revision(writer.write(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT));
            }
            Json compaction = Json.object().put("revision", Long.toString(last)).done();
            assertThat(servers().ask(other, "/v3/kv/compaction", compaction).revision())
                    .isPositive();
            heard.clear();
            servers().restart(victim);
            hears(heard, DcsEvent.CONNECTION_CHANGED); // read again, something was missed
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> {
                        revision(writer.write(DcsKey.STATUS, "1", Expect.ANYTHING, TIMEOUT));
                        return heard.contains(DcsEvent.STATUS_CHANGED);
                    });
        } finally {
            servers().restart(victim);
        }
    }

    @Test
    void withoutAMajorityEveryCallFailsInTime() throws Exception {
        try (EtcdDcs dcs = openAt(0, PG1)) {
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

    @Test
    void aStoreThatIsGoneSaysWhichServersWereAsked() throws Exception {
        int victim = servers().following();
        try (EtcdDcs dcs = onlyAt(victim)) {
            servers().kill(victim);
            assertThatThrownBy(() -> read(dcs, Duration.ofSeconds(1)))
                    .isInstanceOf(DcsException.class)
                    .hasMessageContaining(servers().endpoint(victim).toString());
        } finally {
            servers().restart(victim);
        }
    }

    private static Object read(Dcs dcs, Duration timeout) {
        return dcs.read(ReadMode.LOCAL, timeout);
    }
}
