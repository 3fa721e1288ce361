package io.toomai.dcs.embedded;

import static io.toomai.dcs.embedded.TestStores.LONG;
import static io.toomai.dcs.embedded.TestStores.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.settings.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an operator asks of a store, as the commands do it, and the way out of each loss.
class StoreOperationsIT {
    private static final String CONFIG = "{\"ttl\":21}";
    private static final String PATH = "/service/grow/";

    @TempDir private Path dir;

    private static Json.Obj ask(TestStores stores, int id, Json.Obj request) {
        return StoreControl.ask(stores.directory(id), request);
    }

    private static Json.Obj command(String name) {
        return Json.Obj.EMPTY.with("do", name);
    }

    private static void write(TestStores stores, int id) {
        try (Dcs dcs = stores.open(id, "pg" + id)) {
            dcs.write(DcsKey.CONFIG, CONFIG, Expect.ANYTHING, TIMEOUT);
            dcs.write(DcsKey.HISTORY, "[]", Expect.ANYTHING, TIMEOUT);
        }
    }

    private static String state(Json status, int id) {
        return status.at("members").items().stream()
                .filter(member -> member.textAt("id").equals(String.valueOf(id)))
                .findFirst()
                .orElseThrow()
                .textAt("state");
    }

    @Test
    void aMajorityLostWithItsDisksIsLeftBehind() {
        try (TestStores stores = new TestStores(dir, 3)) {
            stores.start(List.of(1, 2, 3), 1, 2, 3);
            stores.awaitServing(1, 2, 3);
            write(stores, 1);
            Json.Obj alone = command("found-alone");
            assertThatThrownBy(() -> ask(stores, 1, alone))
                    .isInstanceOf(DcsException.class)
                    .hasMessageContaining("voter 2")
                    .hasMessageContaining("can still be reached");
            stores.wipe(2);
            stores.wipe(3);
            await().atMost(LONG).until(() -> stores.get(1).state() == StoreState.LOOKING);
            Json.Obj status = ask(stores, 1, command("status"));
            assertThat(status.textAt("majority")).isEqualToIgnoringCase("false");
            assertThat(state(status, 1)).isEqualTo("looking");
            assertThat(state(status, 3)).isEqualTo("unreachable");
            assertThatThrownBy(() -> ask(stores, 1, command("remove").with("id", "3")))
                    .hasMessageContaining("no majority")
                    .hasMessageContaining("found --alone");
            assertThat(ask(stores, 1, alone).textAt("done")).contains("only voter");
            try (Dcs dcs = stores.open(1, "pg1")) {
                assertThat(TestStores.config(dcs)).isEqualTo(CONFIG);
            }
            status = ask(stores, 1, command("status"));
            assertThat(status.textAt("majority")).isEqualToIgnoringCase("true");
            assertThat(status.at("differences").items()).hasSize(2);
            stores.start(List.of(2, 3), 1, 2, 3);
            stores.awaitVoters(1, 2, 3);
            stores.awaitServing(1, 2, 3);
        }
    }

    @Test
    void aLostVoterIsRemovedAndAnotherOneComes() {
        try (TestStores stores = new TestStores(dir, 4)) {
            stores.start(List.of(1, 2, 3), 1, 2, 3);
            stores.awaitServing(1, 2, 3);
            stores.stop(3);
            stores.index(StoreState.LEADING);
            stores.awaitServing(1, 2);
            assertThatThrownBy(() -> ask(stores, 1, command("remove").with("id", "7")))
                    .hasMessageContaining("no member 7");
            assertThatThrownBy(() -> ask(stores, 1, command("remove").with("id", "1")))
                    .hasMessageContaining("ask another node");
            assertThat(ask(stores, 1, command("remove").with("id", "3")).textAt("done"))
                    .contains("removed");
            stores.awaitVoters(1, 2);
            stores.start(stores.settings(4, 1, 2, 4));
            stores.awaitVoters(1, 2, 4);
            // The removed one comes back with its old disk: it has the data, and no vote.
            stores.start(stores.settings(3, 1, 2, 3));
            stores.awaitServing(3);
            stores.awaitVoters(1, 2, 4);
            // Also after a restart, when it is on no list any more.
            stores.stop(3);
            stores.start(stores.settings(3, 1, 2, 3));
            stores.awaitServing(3);
            stores.awaitVoters(1, 2, 4);
        }
    }

    @Test
    void anOnlyVoterLostWithItsDiskGetsItsKeysFromABackup() {
        try (TestStores stores = new TestStores(dir, 1)) {
            stores.start(List.of(1), 1);
            stores.awaitServing(1);
            write(stores, 1);
            Json.Obj backup = ask(stores, 1, command("backup").with("path", PATH));
            assertThat(backup.at("keys").textAt("config")).isEqualTo(CONFIG);
            stores.wipe(1);
            stores.start(List.of(1), 1);
            stores.awaitServing(1);
            Json.Obj restore =
                    command("restore").with("path", PATH).with("keys", backup.at("keys"));
            try (Dcs dcs = stores.open(1, "pg1")) {
                assertThat(dcs.acquireLeader(TIMEOUT)).isInstanceOf(LeaderResult.Held.class);
                assertThatThrownBy(() -> ask(stores, 1, restore))
                        .hasMessageContaining("a cluster runs on this store");
                dcs.write(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT);
            }
            assertThat(ask(stores, 1, restore).textAt("done"))
                    .isEqualTo("created history; were there and are left alone: config");
        }
    }

    @Test
    void onlyTheOwnerMayAsk() throws Exception {
        try (TestStores stores = new TestStores(dir, 1)) {
            assertThatThrownBy(() -> ask(stores, 1, command("status")))
                    .hasMessageContaining("Start the agent or the witness");
            stores.start(List.of(1), 1);
            stores.awaitServing(1);
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(
                                            stores.directory(1).resolve("control"))))
                    .isEqualTo("rwx------");
            assertThatThrownBy(() -> ask(stores, 1, command("dance")))
                    .hasMessageContaining("does not know");
        }
    }
}
