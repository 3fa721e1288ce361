package io.toomai.dcs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs;
import io.toomai.dcs.Dcs.Takeover;
import io.toomai.dcs.DcsKey;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.Expect;
import io.toomai.dcs.LeaderResult;
import io.toomai.dcs.TakeoverContractKit;
import io.toomai.dcs.WriteResult;
import io.toomai.dcs.zookeeper.ZooKeeperAccess.Login;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The contract against any ZooKeeper; each test has a scope of its own.
abstract class ZooKeeperContractKit extends TakeoverContractKit {
    private static final AtomicInteger SCOPES = new AtomicInteger();

    /// syncLimit × tick is one second; see the rule at [EmbeddedStoreSettings.Timing].
    static final Duration TTL = Duration.ofSeconds(4);

    final String base = "/service/scope" + SCOPES.incrementAndGet();

    final Scope scope() {
        return new Scope(base, ZooDefs.Ids.OPEN_ACL_UNSAFE);
    }

    /// The servers that the next process talks to, its own first.
    abstract ZooKeeperServers servers();

    /// Who this process is to those servers.
    ZooKeeperAccess access() {
        return ZooKeeperAccess.OPEN;
    }

    @Override
    protected Dcs open(MemberName member) {
        return openAt(servers(), member);
    }

    @Override
    protected Optional<Dcs> openGroup(int group, MemberName member) {
        return Optional.of(
                ZooKeeperDcs.open(
                        new ZooKeeperSettings(
                                servers(), access(), base + "/" + group, member, TTL)));
    }

    final ZooKeeperDcs openAt(ZooKeeperServers servers, MemberName member) {
        return ZooKeeperDcs.open(new ZooKeeperSettings(servers, access(), base, member, TTL));
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
    protected void passMoment() {}

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
        String at = servers().connectString();
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
            for (Login login : access().logins()) {
                client.addAuthInfo(login.scheme(), Scope.bytes(login.credential().reveal()));
            }
            work.with(client);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    protected MonoTime now() {
        return Deadline.now();
    }

    private void deleteByHand(String path) {
        withClient(null, client -> client.delete(base + "/" + path, -1));
    }

    @Test
    void aSyncDeletedByHandAndWrittenAgainRefusesATakeover() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        Takeover takeover = seenBy(two);
        deleteByHand("sync");
        assertRefused(two, takeover, PG1);
        revision(one.writeAsLeader(DcsKey.SYNC, SYNC, Expect.ABSENT, TIMEOUT));
        assertRefused(two, takeover, PG1);
        assertHeld(two.takeOver(seenBy(two), TIMEOUT));
    }

    /// What happens between a taker's look and its transaction makes it fail, though the keys look
    /// the same again.
    private void assertNotTakenAfter(Consumer<Dcs> between) {
        Dcs one = leading(PG1);
        ZooKeeperDcs two = openAt(servers(), PG2);
        try {
            Scope scope = scope();
            LeaderLease lease = new LeaderLease(scope, PG2, new PlainKeys(scope));
            Attachment store = two.attachment(TIMEOUT);
            Takeover wanted = seenBy(two);
            TakeoverLook look = TakeoverLook.at(store, scope, Deadline.in(TIMEOUT));
            assertThat(look.shows(wanted)).isTrue();
            between.accept(one);
            for (Optional<String> sync : List.of(Optional.<String>empty(), wanted.sync())) {
                assertThat(lease.takeAsSeen(store, look, sync, Deadline.in(TIMEOUT))).isEmpty();
            }
            assertThat(two.renewLeader(TIMEOUT)).isInstanceOf(LeaderResult.Refused.class);
            Stat sync = stat(store, scope.plain(DcsKey.SYNC));
            assertThat(sync.getVersion()).isEqualTo(look.sync().orElseThrow().getVersion());
            assertThat(sync.getMzxid() == wanted.syncRevision())
                    .isEqualTo(stat(store, scope.syncTwin()).equals(look.twin().orElseThrow()));
        } finally {
            two.close();
        }
    }

    private static Stat stat(Attachment store, String path) {
        return store.exists(path).await(Deadline.in(TIMEOUT)).granted().orElseThrow();
    }

    @Test
    void aSyncRecreatedUnderATakeoverRefusesIt() {
        assertNotTakenAfter(one -> {
            deleteByHand("sync");
            assertThat(rewriteSync(one)).isPresent();
        });
    }

    @Test
    void aTermBegunUnderATakeoverRefusesIt() {
        assertNotTakenAfter(one -> {
            assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
            assertHeld(one.acquireLeader(TIMEOUT));
        });
    }

    @Test
    void anotherTakerUnderATakeoverRefusesIt() {
        assertNotTakenAfter(_ -> {
            Dcs three = process(PG3);
            assertHeld(three.takeOver(seenBy(three, Optional.empty()), TIMEOUT));
        });
    }

    @Test
    void aPatroniUnderATakeoverRefusesIt() {
        assertNotTakenAfter(one -> {
            assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
            plant("leader", "patroni");
        });
    }

    @Test
    void aKeyThatMovedToAnotherSessionIsAnotherTerm() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        Takeover takeover = seenBy(two);
        one.changeTtl(TTL.plusSeconds(3));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> one.grantedTtl().equals(TTL.plusSeconds(3)));
        assertRefused(two, takeover, PG1);
        assertHeld(two.takeOver(seenBy(two), TIMEOUT));
        assertThat(one.renewLeader(TIMEOUT)).isInstanceOf(LeaderResult.Refused.class);
    }

    @Test
    void aLostAnswerToATakeoverIsFoundByTheNextRenewal() {
        leading(PG1);
        ZooKeeperDcs two = openAt(servers(), PG2);
        try {
            Takeover takeover = seenBy(two);
            Scope scope = scope();
            // Another object on the same session: what it learns, the process does not.
            assertHeld(
                    new LeaderLease(scope, PG2, new PlainKeys(scope))
                            .takeOver(two.attachment(TIMEOUT), takeover, Deadline.in(TIMEOUT)));
            assertRefused(two, takeover, PG2);
            assertThat(((LeaderKey.HeldBy) read(two).leader()).ownership())
                    .isEqualTo(LeaderKey.Ownership.THIS_PROCESS);
            assertHeld(two.renewLeader(TIMEOUT));
            assertThat(two.writeAsLeader(DcsKey.STATUS, "1", Expect.ANYTHING, TIMEOUT))
                    .isInstanceOf(WriteResult.Written.class);
        } finally {
            two.close();
        }
    }

    /// As a member of Patroni does it: an ephemeral key, and nothing with it.
    @Test
    void aPatroniThatFollowsAToomaiIsNotTakenOver() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        withClient(
                null,
                patroni -> {
                    assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
                    patroni.create(
                            base + "/leader",
                            Scope.bytes("patroni"),
                            ZooDefs.Ids.OPEN_ACL_UNSAFE,
                            CreateMode.EPHEMERAL);
                    assertRefused(two, seenBy(two), new MemberName("patroni"));
                    patroni.setData(base + "/leader", Scope.bytes("patroni"), -1);
                    assertRefused(two, seenBy(two), new MemberName("patroni"));
                });
    }

    /// So that a deletion under the version seen cannot hit a key of Patroni's in its place.
    @Test
    void everyAcquisitionMarksTheKey() {
        ZooKeeperDcs one = openAt(servers(), PG1);
        try {
            assertHeld(one.acquireLeader(TIMEOUT));
            assertMarked(one);
            Dcs again = process(PG1);
            assertHeld(again.acquireLeader(TIMEOUT));
            assertMarked(one);
            again.changeTtl(TTL.plusSeconds(3));
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> again.grantedTtl().equals(TTL.plusSeconds(3)));
            assertHeld(again.renewLeader(TIMEOUT));
            assertMarked(one);
        } finally {
            one.close();
        }
    }

    private void assertMarked(ZooKeeperDcs at) {
        Attachment store = at.attachment(TIMEOUT);
        Scope scope = scope();
        Stat key = stat(store, scope.leader());
        assertThat(key.getVersion()).isEqualTo(1);
        assertThat(LeaderLease.keepsTerm(key, stat(store, scope.term()))).isTrue();
    }

    /// A scope whose foundations were laid before there was a twin of `/sync`.
    @Test
    void anAbsentTwinIsMadeWhenItIsNeeded() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        deleteByHand("toomai/sync");
        assertHeld(two.takeOver(seenBy(two), TIMEOUT));
        deleteByHand("toomai/sync");
        revision(two.writeAsLeader(DcsKey.SYNC, SYNC, Expect.ANYTHING, TIMEOUT));
        deleteByHand("toomai/sync");
        assertThat(two.delete(DcsKey.SYNC, Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(WriteResult.Written.class);
        deleteByHand("toomai/sync");
        assertThat(two.releaseLeader(List.of(new Dcs.Write(DcsKey.SYNC, "{}")), TIMEOUT)).isTrue();
        assertHeld(one.acquireLeader(TIMEOUT));
    }
}
