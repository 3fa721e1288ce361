package io.toomai.dcs.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.dcs.AnyServerFaultsKit;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.etcd.EtcdSettings.Discovery;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/// The contract on three servers, each process at another one first, and what happens when servers
/// hang, die and come back.
abstract class EtcdFaultsKit extends EtcdContractKit implements AnyServerFaultsKit {
    private int next;

    @Override
    public EtcdServers store() {
        return servers();
    }

    @Override
    int server() {
        return next++ % COUNT;
    }

    @Override
    public EtcdDcs openOnlyAt(int server) {
        return EtcdDcs.open(
                settings(List.of(servers().endpoint(server)), Discovery.NONE, base, PG1));
    }

    @Test
    void aWatchOnASilentServerMovesOn() throws Exception {
        hearsPast(servers().following(), servers()::freeze, servers()::thaw);
    }

    @Test
    void aWatchWhosePastWasCompactedBeginsAnew() throws Exception {
        int victim = servers().following();
        int other = (victim + 1) % COUNT;
        try (EtcdDcs watcher = openOnlyAt(victim);
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
}
