package io.toomai.dcs.embedded;

import static io.toomai.dcs.embedded.TestStores.LONG;
import static io.toomai.dcs.embedded.TestStores.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Timing;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Voter;
import io.toomai.dcs.zookeeper.ZooKeeperDcs;
import io.toomai.settings.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Growing, replacing and losing members of a store that runs.
class MembershipIT {
    private static final String CONFIG = "{\"ttl\":21}";

    @TempDir private Path dir;

    private static void write(Dcs dcs) {
        assertThat(dcs.write(DcsKey.CONFIG, CONFIG, Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(WriteResult.Written.class);
    }

    private static LeaderKey leader(Dcs dcs) {
        return dcs.read(Dcs.ReadMode.LINEARIZABLE, TIMEOUT).leader();
    }

    @Test
    void oneVoterBecomesThreeUnderALease() {
        try (TestStores stores = new TestStores(dir, 3)) {
            stores.start(List.of(1), 1);
            stores.awaitServing(1);
            try (ZooKeeperDcs holder = stores.open(1, "pg1")) {
                write(holder);
                assertThat(holder.acquireLeader(TIMEOUT)).isInstanceOf(LeaderResult.Held.class);
                LeaderKey before = leader(holder);
                stores.start(List.of(2, 3), 1, 2, 3);
                await().atMost(LONG)
                        .until(() -> {
                            assertThat(holder.renewLeader(TIMEOUT))
                                    .isInstanceOf(LeaderResult.Held.class);
                            return stores.get(1).membership().voters().size() == 3;
                        });
                stores.awaitVoters(1, 2, 3);
                stores.awaitServing(1, 2, 3);
                assertThat(leader(holder)).isEqualTo(before);
            }
            // The first one restarts with its old list, which is not believed any more.
            stores.stop(1);
            stores.awaitServing(2, 3);
            stores.start(List.of(1), 1);
            stores.awaitServing(1);
            stores.awaitVoters(1, 2, 3);
            try (Dcs dcs = stores.open(1, "pg1")) {
                assertThat(TestStores.config(dcs)).isEqualTo(CONFIG);
            }
        }
    }

    @Test
    void theVoterThatLedIsLostWithItsDiskAndReplaced() {
        try (TestStores stores = new TestStores(dir, 4)) {
            stores.start(List.of(1, 2, 3), 1, 2, 3);
            stores.awaitServing(1, 2, 3);
            try (Dcs dcs = stores.open(2, "pg2")) {
                write(dcs);
            }
            int lost = stores.index(StoreState.LEADING);
            stores.wipe(lost);
            stores.index(StoreState.LEADING);
            stores.start(stores.settings(lost, 1, 2, 3));
            stores.awaitServing(lost);
            stores.awaitVoters(1, 2, 3);
            try (Dcs dcs = stores.open(lost, "pg9")) {
                assertThat(TestStores.config(dcs)).isEqualTo(CONFIG);
            }
            // Its vote counts again: another one may go now.
            int other = stores.index(StoreState.FOLLOWING);
            stores.stop(other);
            stores.index(StoreState.LEADING);
            assertThat(stores.get(lost).awaitServing(LONG)).isTrue();
        }
    }

    /// Two processes with one number would be two votes.
    @Test
    void aNumberMovesToANewAddressOnlyWhenTheOldOneIsGone() {
        try (TestStores stores = new TestStores(dir, 4)) {
            stores.start(List.of(1, 2, 3), 1, 2, 3);
            stores.awaitServing(1, 2, 3);
            EmbeddedStore old = stores.get(3);
            Voter free = stores.voters(4).getFirst();
            Voter moved =
                    new Voter(
                            3,
                            free.host(),
                            free.peerPort(),
                            free.electionPort(),
                            free.clientPort());
            List<Voter> voters = new ArrayList<>(stores.voters(1, 2));
            voters.add(moved);
            stores.start(
                    new EmbeddedStoreSettings(3, dir.resolve("moved"), voters, Timing.DEFAULT));
            assertThat(stores.get(3).awaitServing(Duration.ofSeconds(15))).isFalse();
            assertThat(stores.get(3).state()).isEqualTo(StoreState.FOUNDING);
            old.close();
            // It may have led: the others elect first.
            Json.Obj remove = Json.Obj.EMPTY.with("do", "remove").with("id", "3");
            await().atMost(LONG)
                    .ignoreException(DcsException.class)
                    .until(() -> !StoreControl.ask(stores.directory(1), remove).fields().isEmpty());
            stores.awaitServing(3);
            await().atMost(LONG)
                    .until(() ->
                            stores.get(1)
                                    .membership()
                                    .member(3)
                                    .filter(m -> m.isAt(moved))
                                    .isPresent());
            stores.awaitServing(1, 2, 3);
        }
    }

    @Test
    void anObserverHasTheDataAndNoVote() {
        try (TestStores stores = new TestStores(dir, 2)) {
            stores.start(List.of(1), 1);
            stores.awaitServing(1);
            try (Dcs dcs = stores.open(1, "pg1")) {
                write(dcs);
            }
            stores.start(stores.observer(2, 1));
            stores.awaitServing(2);
            await().atMost(LONG).until(() -> stores.get(1).membership().member(2).isPresent());
            stores.awaitVoters(1);
            await().atMost(LONG).until(() -> stores.get(2).state() == StoreState.OBSERVING);
            stores.awaitServing(2);
            try (Dcs dcs = stores.open(2, "pg2")) {
                assertThat(TestStores.config(dcs)).isEqualTo(CONFIG);
            }
            stores.stop(2);
            stores.start(stores.observer(2, 1));
            stores.awaitServing(2);
        }
    }
}
