package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.DcsContractKit;
import io.toomai.dcs.embedded.EmbeddedStore;
import io.toomai.dcs.embedded.EmbeddedStoreSettings;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Timing;
import io.toomai.dcs.embedded.EmbeddedStoreSettings.Voter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.jspecify.annotations.Nullable;

/// The contract against embedded voters in this JVM; each test has a scope of its own.
abstract class ZooKeeperContractKit extends DcsContractKit {
    private static final AtomicInteger SCOPES = new AtomicInteger();

    /// syncLimit × tick is one second; see the rule at [Timing].
    static final Duration TTL = Duration.ofSeconds(4);

    final String base = "/service/scope" + SCOPES.incrementAndGet();

    /// The voter that the next process talks to.
    abstract EmbeddedStoreSettings voter();

    static List<Voter> voters(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count * 3; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            List<Voter> voters = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                voters.add(
                        new Voter(
                                i + 1,
                                "127.0.0.1",
                                held.get(i * 3).getLocalPort(),
                                held.get(i * 3 + 1).getLocalPort(),
                                held.get(i * 3 + 2).getLocalPort()));
            }
            return voters;
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    static EmbeddedStoreSettings settings(Path dir, int id, List<Voter> voters) {
        return new EmbeddedStoreSettings(id, dir.resolve("v" + id), voters, Timing.DEFAULT);
    }

    static EmbeddedStore serving(EmbeddedStore store) {
        assertThat(store.awaitServing(Duration.ofSeconds(60))).isTrue();
        return store;
    }

    @Override
    protected Dcs open(MemberName member) {
        return openAt(voter(), member);
    }

    final ZooKeeperDcs openAt(EmbeddedStoreSettings voter, MemberName member) {
        return ZooKeeperDcs.open(
                new ZooKeeperSettings(
                        voter.connectString(), base, member, TTL, voter.timing().tick()));
    }

    @Override
    protected void abandon(Dcs dcs) {
        ((ZooKeeperDcs) dcs).abandon();
    }

    @Override
    protected void loseSession(Dcs dcs) {
        ZooKeeper held = ((ZooKeeperDcs) dcs).attachment(TIMEOUT).handle();
        withClient(held, ZooKeeper::close);
    }

    @Override
    protected void passTtl() {}

    @Override
    protected void plant(String path, String value) {
        withClient(
                null,
                client -> {
                    String full = base + "/" + path;
                    for (int slash = full.indexOf('/', 1);
                            slash > 0;
                            slash = full.indexOf('/', slash + 1)) {
                        String parent = full.substring(0, slash);
                        if (client.exists(parent, false) == null) {
                            client.create(
                                    parent,
                                    new byte[0],
                                    ZooDefs.Ids.OPEN_ACL_UNSAFE,
                                    CreateMode.PERSISTENT);
                        }
                    }
                    client.create(
                            full,
                            Scope.bytes(value),
                            ZooDefs.Ids.OPEN_ACL_UNSAFE,
                            CreateMode.PERSISTENT);
                });
    }

    /// Work with a plain client.
    interface Work {
        void with(ZooKeeper client) throws Exception;
    }

    /// @param session whose session to use, or null for a new one
    @SuppressWarnings("try") // ZooKeeper declares close() so
    final void withClient(@Nullable ZooKeeper session, Work work) {
        CountDownLatch connected = new CountDownLatch(1);
        Watcher watcher =
                event -> {
                    if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                        connected.countDown();
                    }
                };
        String at = voter().connectString();
        try (ZooKeeper client =
                session == null
                        ? new ZooKeeper(at, 10_000, watcher)
                        : new ZooKeeper(
                                at,
                                10_000,
                                watcher,
                                session.getSessionId(),
                                session.getSessionPasswd())) {
            assertThat(connected.await(20, TimeUnit.SECONDS)).isTrue();
            work.with(client);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    protected MonoTime now() {
        return Deadline.now();
    }
}
