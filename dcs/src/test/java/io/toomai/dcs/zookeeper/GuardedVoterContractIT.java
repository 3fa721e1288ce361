package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.core.model.Secret;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.DcsException.Code;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.embedded.ClientPort;
import io.toomai.dcs.embedded.EmbeddedStore;
import io.toomai.dcs.embedded.EmbeddedStoreSettings;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Clients;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Timing;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Voter;
import io.toomai.dcs.zookeeper.ZooKeeperServers.Nearness;
import io.toomai.settings.HostPort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The contract on a voter that other hosts reach and that has a password, and what those get of it
/// who do not have it.
class GuardedVoterContractIT extends EmbeddedContractKit {
    private static final Secret PASSWORD = new Secret("correct:horse");

    @TempDir private static Path dir;
    private static EmbeddedStoreSettings settings;
    private static EmbeddedStore store;

    private List<Secret> shown = List.of(PASSWORD);

    @BeforeAll
    static void start() throws Exception {
        List<Voter> voters = voters(1);
        int port = voters.getFirst().clientPort();
        settings =
                new EmbeddedStoreSettings(
                        1,
                        dir,
                        voters,
                        List.of(),
                        Timing.DEFAULT,
                        Optional.empty(),
                        new Clients(
                                new HostPort("0.0.0.0", port),
                                new HostPort("127.0.0.1", port),
                                Optional.of(PASSWORD)));
        store = serving(EmbeddedStore.start(settings));
    }

    @AfterAll
    static void stop() {
        store.close();
    }

    @Override
    EmbeddedStoreSettings voter() {
        return settings;
    }

    @Override
    ZooKeeperAccess access() {
        return new ZooKeeperAccess(shown.stream().map(ClientPort::login).toList(), List.of());
    }

    private static void assertDenied(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        DcsException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(Code.DCS_DENIED);
                            assertThat(e.getMessage())
                                    .contains("toomai.store.password")
                                    .doesNotContain("horse", "battery");
                        });
    }

    private void show(String password) {
        shown = password.isEmpty() ? List.of() : List.of(new Secret(password));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "battery", "correct"})
    void aStrangerNeitherReadsNorWrites(String password) {
        Dcs member = leading(PG1);
        show(password);
        try (ZooKeeperDcs stranger = openAt(settings, PG2)) {
            // The first connection is lost by it; from then on every call says why.
            assertThatThrownBy(() -> stranger.read(ReadMode.LOCAL, TIMEOUT))
                    .isInstanceOf(DcsException.class);
            for (ReadMode mode : ReadMode.values()) {
                assertDenied(() -> stranger.read(mode, TIMEOUT));
            }
            assertDenied(() -> stranger.acquireLeader(TIMEOUT));
            assertDenied(() -> stranger.publishMember("{}", TIMEOUT));
            assertDenied(() -> stranger.delete(DcsKey.CONFIG, Expect.ANYTHING, TIMEOUT));
            assertDenied(() -> stranger.write(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT));
        }
        assertThat(member.renewLeader(TIMEOUT)).isInstanceOf(LeaderResult.Held.class);
        assertThat(read(member).config()).isEmpty();
    }

    /// As a member of Patroni makes them: open for everybody.
    @ParameterizedTest
    @ValueSource(strings = {"", "battery"})
    void noRequestOfAPlainClientIsServed(String password) {
        plant("initialize", "7");
        show(password);
        for (Work request :
                List.<Work>of(
                        client -> client.getData(base + "/initialize", false, null),
                        client -> client.getChildren("/", false),
                        client -> client.exists(base, true),
                        client -> client.setData(base + "/initialize", new byte[0], -1),
                        client -> client.delete(base + "/initialize", -1),
                        client ->
                                client.create(
                                        base + "/leader",
                                        new byte[0],
                                        ZooDefs.Ids.OPEN_ACL_UNSAFE,
                                        CreateMode.EPHEMERAL))) {
            assertThatThrownBy(() -> withClient(null, request))
                    .isInstanceOf(AssertionError.class)
                    .hasRootCauseInstanceOf(org.apache.zookeeper.KeeperException.class);
        }
        show(PASSWORD.reveal());
        withClient(
                null,
                client -> {
                    assertThat(client.getData(base + "/initialize", false, null))
                            .isEqualTo(Scope.bytes("7"));
                    assertThat(client.exists(base + "/leader", false)).isNull();
                });
    }

    @Test
    void otherHostsReachIt() {
        ZooKeeperServers elsewhere =
                new ZooKeeperServers(
                        "127.0.0.2:" + settings.clients().listen().port(),
                        Timing.DEFAULT.tick(),
                        Duration.ZERO,
                        Nearness.ANY_VOTER,
                        Optional.empty());
        try (ZooKeeperDcs dcs = openAt(elsewhere, PG1)) {
            assertHeld(dcs.acquireLeader(TIMEOUT));
        }
    }
}
