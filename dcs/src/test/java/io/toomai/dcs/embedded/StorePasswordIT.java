package io.toomai.dcs.embedded;

import static io.toomai.dcs.embedded.TestStores.LONG;
import static io.toomai.dcs.embedded.TestStores.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.Secret;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Clients;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Timing;
import io.toomai.dcs.zookeeper.ZooKeeperAccess;
import io.toomai.dcs.zookeeper.ZooKeeperDcs;
import io.toomai.dcs.zookeeper.ZooKeeperServers;
import io.toomai.dcs.zookeeper.ZooKeeperServers.Nearness;
import io.toomai.dcs.zookeeper.ZooKeeperSettings;
import io.toomai.settings.HostPort;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A store gets a password, and opens for other hosts, while it serves. Each voter is a process.
class StorePasswordIT {
    private static final Optional<Secret> PASSWORD = Optional.of(new Secret("correct-horse"));
    private static final String CONFIG = "{\"ttl\":21}";

    @TempDir private Path dir;
    private final Map<Integer, VoterProcess> running = new TreeMap<>();

    @AfterEach
    void stopAll() {
        running.values().forEach(VoterProcess::close);
    }

    private static HostPort clients(TestStores stores, int id, String host) {
        return new HostPort(host, stores.voters(id).getFirst().clientPort());
    }

    /// @param listen where the voter is open for clients
    private void restart(
            TestStores stores, int id, String listen, Optional<Secret> password, Integer... voters)
            throws IOException {
        Optional.ofNullable(running.remove(id)).ifPresent(VoterProcess::close);
        EmbeddedStoreSettings settings =
                new EmbeddedStoreSettings(
                        id,
                        stores.directory(id),
                        stores.voters(voters),
                        List.of(),
                        Timing.DEFAULT,
                        Optional.empty(),
                        new Clients(
                                clients(stores, id, listen),
                                clients(stores, id, "127.0.0.1"),
                                password));
        running.put(id, VoterProcess.start(settings));
    }

    private static ZooKeeperDcs open(HostPort at, String member, Optional<Secret> password) {
        return open(at.toString(), Nearness.OWN_VOTER, member, password);
    }

    private static ZooKeeperDcs open(
            String servers, Nearness nearness, String member, Optional<Secret> password) {
        return ZooKeeperDcs.open(
                new ZooKeeperSettings(
                        new ZooKeeperServers(
                                servers,
                                Timing.DEFAULT.tick(),
                                Duration.ZERO,
                                nearness,
                                Optional.empty()),
                        new ZooKeeperAccess(
                                password.map(ClientPort::login).stream().toList(), List.of()),
                        "/service/grow/",
                        new MemberName(member),
                        TestStores.TTL));
    }

    private static void assertHeld(LeaderResult result) {
        assertThat(result).isInstanceOf(LeaderResult.Held.class);
    }

    /// While others are elected or restarted, a renewal may be tried again.
    private static void renews(ZooKeeperDcs holder) {
        await().atMost(LONG)
                .ignoreException(DcsException.class)
                .untilAsserted(() -> assertHeld(holder.renewLeader(TIMEOUT)));
    }

    private void awaitServing(Integer... ids) {
        Stream.of(ids).map(running::get).forEach(VoterProcess::serving);
    }

    @Test
    void oneVoterAfterTheOtherGetsThePassword() throws IOException {
        TestStores stores = new TestStores(dir, 3);
        for (int id = 1; id <= 3; id++) {
            restart(stores, id, "127.0.0.1", Optional.empty(), 1, 2, 3);
        }
        awaitServing(1, 2, 3);
        // A node whose agent has it already, where no voter asks for it yet.
        try (ZooKeeperDcs early = open(clients(stores, 2, "127.0.0.1"), "pg4", PASSWORD)) {
            early.write(DcsKey.CONFIG, CONFIG, Expect.ANYTHING, TIMEOUT);
        }
        try (ZooKeeperDcs leader = open(clients(stores, 3, "127.0.0.1"), "pg3", Optional.empty())) {
            assertHeld(leader.acquireLeader(TIMEOUT));
            for (int id : List.of(1, 2)) {
                restart(stores, id, "0.0.0.0", PASSWORD, 1, 2, 3);
                awaitServing(id);
                renews(leader);
                HostPort elsewhere = clients(stores, id, "127.0.0.2");
                try (ZooKeeperDcs member = open(elsewhere, "pg" + id, PASSWORD);
                        ZooKeeperDcs stranger = open(elsewhere, "pg9", Optional.empty())) {
                    assertThat(TestStores.config(member)).isEqualTo(CONFIG);
                    await().atMost(LONG)
                            .untilAsserted(() ->
                                    assertThatThrownBy(() -> stranger.read(ReadMode.LOCAL, TIMEOUT))
                                            .hasMessageContaining("toomai.store.password"));
                }
            }
            // Its agent goes last, and hands over before.
            assertThat(leader.releaseLeader(List.of(), TIMEOUT)).isTrue();
        }
        restart(stores, 3, "0.0.0.0", PASSWORD, 1, 2, 3);
        awaitServing(3);
        try (ZooKeeperDcs member = open(clients(stores, 3, "127.0.0.2"), "pg3", PASSWORD)) {
            assertHeld(member.acquireLeader(TIMEOUT));
            assertThat(TestStores.config(member)).isEqualTo(CONFIG);
        }
    }

    /// As while a new password is rolled out.
    @Test
    void aClientFindsTheVoterThatHasItsPassword() throws IOException {
        Optional<Secret> fresh = Optional.of(new Secret("fresh"));
        TestStores stores = new TestStores(dir, 3);
        restart(stores, 1, "0.0.0.0", fresh, 1, 2, 3);
        restart(stores, 2, "0.0.0.0", fresh, 1, 2, 3);
        restart(stores, 3, "0.0.0.0", PASSWORD, 1, 2, 3);
        awaitServing(1, 2, 3);
        String all =
                Stream.of(1, 2, 3)
                        .map(id -> clients(stores, id, "127.0.0.2").toString())
                        .collect(Collectors.joining(","));
        try (ZooKeeperDcs old = open(all, Nearness.ANY_VOTER, "pg4", PASSWORD);
                ZooKeeperDcs young = open(all, Nearness.ANY_VOTER, "pg5", fresh)) {
            for (ZooKeeperDcs member : List.of(old, young)) {
                await().atMost(LONG)
                        .ignoreException(DcsException.class)
                        .until(() ->
                                member.read(ReadMode.LINEARIZABLE, TIMEOUT).config().isEmpty());
            }
            assertHeld(old.acquireLeader(TIMEOUT));
        }
    }

    private static int members(TestStores stores) {
        return StoreControl.ask(stores.directory(1), Json.Obj.EMPTY.with("do", "status"))
                .at("members")
                .items()
                .size();
    }

    private static boolean listens(HostPort at) {
        try (Socket probe = new Socket(at.host(), at.port())) {
            return probe.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /// The store has recorded where its first voter was open for clients. That it is closed there
    /// now, another voter that leads does not know when it changes the membership.
    @Test
    void aVoterThatIsClosedForOtherHostsStaysClosed() throws IOException {
        TestStores stores = new TestStores(dir, 3);
        HostPort outside = clients(stores, 1, "127.0.0.2");
        restart(stores, 1, "0.0.0.0", PASSWORD, 1);
        awaitServing(1);
        restart(stores, 2, "127.0.0.1", PASSWORD, 1, 2);
        awaitServing(2);
        await().atMost(LONG).until(() -> members(stores) == 2);
        assertThat(listens(outside)).isTrue();
        restart(stores, 1, "127.0.0.1", PASSWORD, 1, 2);
        awaitServing(1);
        restart(stores, 3, "127.0.0.1", PASSWORD, 1, 2, 3);
        awaitServing(3);
        await().atMost(LONG).ignoreExceptions().until(() -> members(stores) == 3);
        try (ZooKeeperDcs member = open(clients(stores, 1, "127.0.0.1"), "pg1", PASSWORD)) {
            assertThat(member.read(ReadMode.LINEARIZABLE, TIMEOUT).config()).isEmpty();
        }
        assertThat(listens(outside)).isFalse();
    }

    /// What an operator's commands ask goes through the member's own server.
    @Test
    void theCommandsNeedNoPassword() throws IOException {
        TestStores stores = new TestStores(dir, 1);
        restart(stores, 1, "0.0.0.0", PASSWORD, 1);
        awaitServing(1);
        try (ZooKeeperDcs member = open(clients(stores, 1, "127.0.0.1"), "pg1", PASSWORD)) {
            member.write(DcsKey.CONFIG, CONFIG, Expect.ANYTHING, TIMEOUT);
        }
        Json.Obj backup = Json.Obj.EMPTY.with("do", "backup").with("path", "/service/grow/");
        assertThat(StoreControl.ask(stores.directory(1), backup).at("keys").textAt("config"))
                .isEqualTo(CONFIG);
    }
}
