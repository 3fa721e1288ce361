package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.embedded.EmbeddedStore;
import io.toomai.dcs.embedded.EmbeddedStoreSettings;
import io.toomai.dcs.embedded.StoreState;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The contract on the smallest embedded store.
@TestInstance(TestInstance.Lifecycle.PER_METHOD)
class OneVoterContractTest extends EmbeddedContractKit {
    @TempDir private static Path dir;
    private static EmbeddedStoreSettings settings;
    private static EmbeddedStore store;

    @BeforeAll
    static void start() throws Exception {
        settings = settings(dir, 1, voters(1));
        store = serving(EmbeddedStore.start(settings));
    }

    @AfterAll
    static void stop() {
        store.close();
        assertThat(store.state()).isEqualTo(StoreState.DOWN);
    }

    @Override
    EmbeddedStoreSettings voter() {
        return settings;
    }

    @Test
    void aTakenPortIsNamed() {
        assertThatThrownBy(() -> EmbeddedStore.start(settings))
                .isInstanceOf(DcsException.class)
                .hasMessageContaining("127.0.0.1:" + settings.me().clientPort())
                .hasMessageContaining("toomai.store");
    }

    @Test
    void theGrantedTtlIsTheSessions() {
        var dcs = openAt(settings, PG1);
        try {
            assertThat(read(dcs).members()).isEmpty();
            assertThat(dcs.grantedTtl()).isEqualTo(TTL);
        } finally {
            dcs.close();
        }
    }

    @Test
    void aSessionLostUnderRunningCallsIsARefusal() throws Exception {
        try (ZooKeeperDcs dcs = openAt(settings, PG1)) {
            assertHeld(dcs.acquireLeader(TIMEOUT));
            AtomicInteger renewals = new AtomicInteger();
            CompletableFuture<LeaderResult> ended =
                    CompletableFuture.supplyAsync(() -> {
                        LeaderResult last = dcs.renewLeader(TIMEOUT);
                        while (last instanceof LeaderResult.Held) {
                            renewals.incrementAndGet();
                            last = dcs.renewLeader(TIMEOUT);
                        }
                        return last;
                    });
            await().until(() -> renewals.get() > 10);
            loseSession(dcs);
            assertThat(ended.get(20, TimeUnit.SECONDS)).isInstanceOf(LeaderResult.Refused.class);
            assertThat(read(dcs).leader()).isInstanceOf(LeaderKey.Vacant.class);
        }
    }
}
