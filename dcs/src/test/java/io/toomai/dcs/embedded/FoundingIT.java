package io.toomai.dcs.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.dcs.embedded.Answer.Phase;
import io.toomai.dcs.embedded.Answer.Runs;
import io.toomai.dcs.embedded.Answer.Silent;
import io.toomai.dcs.embedded.Answer.Waits;
import io.toomai.dcs.embedded.Membership.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How a store begins, and that it begins once: each moment of decision 0016 at which a voter may
/// crash or lose its disk.
class FoundingIT {
    @TempDir private Path dir;

    private Answer ask(TestStores stores, int id) {
        EmbeddedStoreSettings settings = stores.settings(id, id);
        return new Question(PeerSockets.of(settings), 200)
                .ask(Member.of(settings.me(), StoreRole.VOTER));
    }

    private void ready(TestStores stores, int id, Integer... voters) throws IOException {
        Files.createDirectories(stores.directory(id));
        new StartRecord(stores.directory(id))
                .founding(StoreStart.digest(stores.settings(id, voters)));
    }

    @Test
    void aVoterWithoutDataWaitsForAllThatAreListed() {
        try (TestStores stores = new TestStores(dir, 3)) {
            assertThat(ask(stores, 1)).isInstanceOf(Silent.class);
            stores.start(List.of(1, 2), 1, 2, 3);
            await().atMost(TestStores.LONG).until(() -> ask(stores, 1) instanceof Waits);
            await().atMost(TestStores.LONG).until(() -> ask(stores, 2) instanceof Waits);
            assertThat(((Waits) ask(stores, 1)).phase()).isEqualTo(Phase.FRESH);
            assertThat(stores.get(1).awaitServing(Duration.ofSeconds(3))).isFalse();
            assertThat(stores.get(1).state()).isEqualTo(StoreState.FOUNDING);
            stores.start(List.of(3), 1, 2, 3);
            stores.awaitServing(1, 2, 3);
            assertThat(ask(stores, 1)).isInstanceOf(Runs.class);
            await().until(() -> !Files.exists(stores.directory(1).resolve("start")));
            assertThat(stores.directory(1).resolve("initialize")).doesNotExist();
        }
    }

    @Test
    void voterListsMustAgree() {
        try (TestStores stores = new TestStores(dir, 3)) {
            stores.start(stores.settings(1, 1, 2));
            stores.start(stores.settings(2, 1, 2, 3));
            stores.start(stores.settings(3, 1, 2, 3));
            assertThat(stores.get(1).awaitServing(Duration.ofSeconds(4))).isFalse();
            assertThat(stores.get(2).awaitServing(Duration.ofMillis(1))).isFalse();
            stores.stop(1);
            stores.start(stores.settings(1, 1, 2, 3));
            stores.awaitServing(1, 2, 3);
        }
    }

    @Test
    void whoWasReadyStartsWhenAnotherHasBegun() throws IOException {
        try (TestStores stores = new TestStores(dir, 3)) {
            // All were ready; 1 and 2 went on, 3 crashed right then, and now 1 is gone for good.
            stores.start(List.of(1, 2, 3), 1, 2, 3);
            stores.awaitServing(1, 2, 3);
            stores.wipe(3);
            ready(stores, 3, 1, 2, 3);
            stores.stop(1);
            stores.start(List.of(3), 1, 2, 3);
            stores.awaitServing(2, 3);
        }
    }

    @Test
    void whoCrashedInItsFirstStartStartsAgain() throws IOException {
        try (TestStores stores = new TestStores(dir, 1)) {
            ready(stores, 1, 1);
            // ZooKeeper took the mark away and wrote half of its first snapshot.
            Path folder = Files.createDirectories(stores.directory(1).resolve("version-2"));
            Files.write(folder.resolve("snapshot.0"), new byte[] {'Z', 'K'});
            stores.start(List.of(1), 1);
            stores.awaitServing(1);
        }
    }

    @Test
    void whoPromisedOneStoreFoundsNoOther() throws IOException {
        try (TestStores stores = new TestStores(dir, 2)) {
            ready(stores, 1, 1, 2);
            stores.start(List.of(1), 1);
            assertThat(stores.get(1).awaitServing(Duration.ofSeconds(3))).isFalse();
        }
    }

    @Test
    void aVoterThatLostItsDataDoesNotVote() {
        try (TestStores stores = new TestStores(dir, 3)) {
            stores.start(List.of(1, 2, 3), 1, 2, 3);
            stores.awaitServing(1, 2, 3);
            stores.wipe(3);
            stores.stop(2);
            await().atMost(TestStores.LONG)
                    .until(() -> stores.get(1).state() == StoreState.LOOKING);
            stores.start(List.of(3), 1, 2, 3);
            // Long enough for the pause of one that lost its vote, and for an election.
            await().atMost(TestStores.LONG)
                    .until(() -> stores.get(3).state() == StoreState.LOOKING);
            assertThat(stores.get(3).awaitServing(Duration.ofSeconds(5))).isFalse();
            assertThat(stores.get(1).state()).isEqualTo(StoreState.LOOKING);
            stores.start(List.of(2), 1, 2, 3);
            stores.awaitServing(1, 2, 3);
            stores.awaitVoters(1, 2, 3);
        }
    }
}
