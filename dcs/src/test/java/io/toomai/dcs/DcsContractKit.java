package io.toomai.dcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Initialize;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.LeaderKey.Ownership;
import io.toomai.core.cluster.Member;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs.ReadMode;
import io.toomai.dcs.Dcs.Write;
import io.toomai.dcs.LeaderResult.Held;
import io.toomai.dcs.LeaderResult.Refused;
import io.toomai.dcs.WriteResult.Conflict;
import io.toomai.dcs.WriteResult.Written;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What every adapter of [Dcs] promises, told as tests. An adapter's test extends this and says how
/// to open a process's access and how to break it.
public abstract class DcsContractKit {
    protected static final Duration TIMEOUT = Duration.ofSeconds(15);
    protected static final MemberName PG1 = new MemberName("pg1");
    protected static final MemberName PG2 = new MemberName("pg2");

    private final List<Dcs> opened = new ArrayList<>();

    /// Access of a new process with that name, to the scope of the running test.
    protected abstract Dcs open(MemberName member);

    /// The same to a group of the Citus cluster that is in its place; empty where the store holds
    /// one cluster only.
    protected Optional<Dcs> openGroup(int group, MemberName member) {
        return Optional.empty();
    }

    /// The process dies without closing its session.
    protected abstract void abandon(Dcs dcs);

    /// The store ends the session while the process lives.
    protected abstract void loseSession(Dcs dcs);

    /// Lets time pass until a silent session is over, where time is ours; else nothing.
    protected abstract void passTtl();

    /// What is asked for so that a lease of that duration is granted.
    protected Duration ttlThatGrants(Duration granted) {
        return granted;
    }

    /// Any text under any path relative to the scope, past the adapter.
    protected abstract void plant(String path, String value);

    /// Now, on the clock of the adapter.
    protected abstract MonoTime now();

    protected final Dcs process(MemberName member) {
        Dcs dcs = open(member);
        opened.add(dcs);
        return dcs;
    }

    @AfterEach
    final void closeAll() {
        opened.forEach(Dcs::close);
    }

    protected static ClusterView read(Dcs dcs) {
        return dcs.read(ReadMode.LINEARIZABLE, TIMEOUT);
    }

    protected static void assertHeld(LeaderResult result) {
        assertThat(result).isInstanceOf(Held.class);
    }

    protected static long revision(WriteResult result) {
        assertThat(result).isInstanceOf(Written.class);
        return ((Written) result).revision();
    }

    @Test
    void anEmptyStoreReadsAsEmpty() {
        assertThat(read(process(PG1))).isEqualTo(ClusterView.EMPTY);
    }

    @Test
    void oneOfManyWinsTheLeaderKey() throws Exception {
        List<Dcs> racers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            racers.add(process(new MemberName("racer" + i)));
        }
        List<LeaderResult> results = inParallel(racers, dcs -> dcs.acquireLeader(TIMEOUT));
        assertThat(results).filteredOn(Held.class::isInstance).hasSize(1);
        int winner =
                results.indexOf(
                        results.stream().filter(Held.class::isInstance).findFirst().orElseThrow());
        Optional<MemberName> name = Optional.of(new MemberName("racer" + winner));
        assertThat(results)
                .filteredOn(Refused.class::isInstance)
                .allSatisfy(r -> assertThat(((Refused) r).holder()).isEqualTo(name));
    }

    @Test
    void oneOfManyCreatesAKey() throws Exception {
        List<Dcs> racers = List.of(process(PG1), process(PG2), process(new MemberName("pg3")));
        List<WriteResult> results =
                inParallel(racers, dcs -> dcs.write(DcsKey.INITIALIZE, "", Expect.ABSENT, TIMEOUT));
        assertThat(results).filteredOn(Written.class::isInstance).hasSize(1);
        assertThat(read(racers.getFirst()).initialize()).isEqualTo(new Initialize.InProgress());
    }

    @Test
    void noRevisionMeansAbsent() {
        Dcs dcs = process(PG1);
        Expect absent = new Expect.Revision(ClusterView.NO_REVISION);
        long first = revision(dcs.write(DcsKey.SYNC, "{\"leader\":\"a\"}", absent, TIMEOUT));
        assertThat(dcs.write(DcsKey.SYNC, "{}", absent, TIMEOUT)).isInstanceOf(Conflict.class);
        assertThat(read(dcs).sync().revision()).isEqualTo(first);
    }

    /// What another process has just written may not be at every server yet.
    @Test
    void writersThatTakeTurnsDoNotConflict() {
        List<Dcs> both = List.of(process(PG1), process(PG2));
        long last = revision(both.getLast().write(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT));
        for (int turn = 0; turn < 40; turn++) {
            String value = "{\"ttl\":" + (20 + turn) + "}";
            Expect expect = new Expect.Revision(last);
            last = revision(both.get(turn % 2).write(DcsKey.CONFIG, value, expect, TIMEOUT));
        }
    }

    @Test
    void compareAndSetRefusesAnOldRevision() {
        Dcs one = process(PG1);
        Dcs two = process(PG2);
        long first = revision(one.write(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT));
        long second =
                revision(
                        two.write(
                                DcsKey.CONFIG,
                                "{\"ttl\":20}",
                                new Expect.Revision(first),
                                TIMEOUT));
        assertThat(second).isGreaterThan(first);
        assertThat(one.write(DcsKey.CONFIG, "{\"ttl\":99}", new Expect.Revision(first), TIMEOUT))
                .isInstanceOf(Conflict.class);
        assertThat(read(one).config().orElseThrow().value()).isEqualTo("{\"ttl\":20}");
        assertThat(read(one).config().orElseThrow().revision()).isEqualTo(second);
    }

    @Test
    void aRecreatedKeyDoesNotSatisfyAnOldRevision() {
        Dcs dcs = process(PG1);
        for (DcsKey key : List.of(DcsKey.INITIALIZE, DcsKey.SYNC, DcsKey.FAILOVER)) {
            long old = revision(dcs.write(key, "{\"leader\":\"a\"}", Expect.ABSENT, TIMEOUT));
            assertThat(dcs.delete(key, new Expect.Revision(old), TIMEOUT))
                    .isInstanceOf(Written.class);
            revision(dcs.write(key, "{\"leader\":\"a\"}", Expect.ANYTHING, TIMEOUT));
            assertThat(dcs.write(key, "{}", new Expect.Revision(old), TIMEOUT))
                    .as(key.path())
                    .isInstanceOf(Conflict.class);
            assertThat(dcs.delete(key, new Expect.Revision(old), TIMEOUT))
                    .as(key.path())
                    .isInstanceOf(Conflict.class);
        }
    }

    @Test
    void deletingWhatIsAbsentIsFine() {
        Dcs dcs = process(PG1);
        assertThat(dcs.delete(DcsKey.INITIALIZE, Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(Written.class);
        revision(dcs.write(DcsKey.INITIALIZE, "", Expect.ABSENT, TIMEOUT));
        assertThat(dcs.delete(DcsKey.INITIALIZE, Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(Written.class);
        assertThat(read(dcs).initialize()).isEqualTo(new Initialize.Never());
    }

    @Test
    void leaseCountsFromNoLaterThanTheRequest() {
        Dcs dcs = process(PG1);
        MonoTime beforeAcquire = now();
        Held first = (Held) dcs.acquireLeader(TIMEOUT);
        assertThat(first.countsFrom().since(now())).isLessThanOrEqualTo(Duration.ZERO);
        for (int i = 0; i < 3; i++) {
            MonoTime sent = now();
            Held next = (Held) dcs.renewLeader(TIMEOUT);
            assertThat(next.countsFrom().since(sent)).isLessThan(Duration.ofSeconds(1));
            assertThat(next.countsFrom().since(now())).isLessThanOrEqualTo(Duration.ZERO);
        }
        assertThat(now().since(beforeAcquire)).isGreaterThanOrEqualTo(Duration.ZERO);
    }

    @Test
    void eachAcquisitionHasAGreaterRevision() {
        Dcs one = process(PG1);
        Dcs two = process(PG2);
        assertHeld(one.acquireLeader(TIMEOUT));
        LeaderKey.HeldBy first = (LeaderKey.HeldBy) read(two).leader();
        assertThat(first.ownership()).isEqualTo(Ownership.ANOTHER_PROCESS);
        assertThat(((LeaderKey.HeldBy) read(one).leader()).ownership())
                .isEqualTo(Ownership.THIS_PROCESS);
        assertHeld(one.renewLeader(TIMEOUT));
        assertThat(read(two).leader()).isEqualTo(first);
        assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
        assertThat(read(two).leader()).isInstanceOf(LeaderKey.Vacant.class);
        assertHeld(two.acquireLeader(TIMEOUT));
        LeaderKey.HeldBy second = (LeaderKey.HeldBy) read(one).leader();
        assertThat(second.revision()).isGreaterThan(first.revision());
        assertThat(second.leader()).isEqualTo(PG2);
    }

    @Test
    void acquiringAgainIsHolding() {
        Dcs dcs = process(PG1);
        assertHeld(dcs.acquireLeader(TIMEOUT));
        LeaderKey key = read(dcs).leader();
        assertHeld(dcs.acquireLeader(TIMEOUT));
        assertThat(read(dcs).leader()).isEqualTo(key);
    }

    /// Many rounds, for the two may be at different servers of the store, of which one is behind.
    @Test
    void renewalOfAnotherMembersKeyIsRefused() {
        Dcs one = process(PG1);
        Dcs two = process(PG2);
        for (int round = 0; round < 50; round++) {
            assertThat(two.renewLeader(TIMEOUT)).isEqualTo(new Refused(Optional.empty()));
            assertHeld(one.acquireLeader(TIMEOUT));
            assertThat(two.renewLeader(TIMEOUT)).isEqualTo(new Refused(Optional.of(PG1)));
            assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
        }
        assertHeld(one.acquireLeader(TIMEOUT));
        assertThat(two.acquireLeader(TIMEOUT)).isEqualTo(new Refused(Optional.of(PG1)));
        assertThat(two.releaseLeader(List.of(), TIMEOUT)).isFalse();
        assertThat(read(two).leader().isHeldBy(PG1)).isTrue();
    }

    @Test
    void closingEndsLeadershipAndMembership() {
        Dcs one = process(PG1);
        Dcs two = process(PG2);
        one.publishMember("{\"state\":\"running\"}", TIMEOUT);
        assertHeld(one.acquireLeader(TIMEOUT));
        assertThat(read(two).member(PG1)).map(Member::isRunning).contains(true);
        one.close();
        assertThat(read(two).leader()).isInstanceOf(LeaderKey.Vacant.class);
        assertThat(read(two).members()).isEmpty();
    }

    @Test
    void aDeadProcessLosesItsKeysAfterTtl() {
        Dcs one = process(PG1);
        Dcs two = process(PG2);
        one.publishMember("{}", TIMEOUT);
        assertHeld(one.acquireLeader(TIMEOUT));
        abandon(one);
        assertThat(read(two).leader().isHeldBy(PG1)).isTrue();
        passTtl();
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        read(two).leader() instanceof LeaderKey.Vacant
                                && read(two).members().isEmpty());
        assertHeld(two.acquireLeader(TIMEOUT));
    }

    @Test
    void aRestartedProcessTakesItsKeysOver() {
        Dcs one = process(PG1);
        one.publishMember("{\"state\":\"running\"}", TIMEOUT);
        assertHeld(one.acquireLeader(TIMEOUT));
        long before = ((LeaderKey.HeldBy) read(one).leader()).revision();
        abandon(one);
        Dcs again = process(PG1);
        assertThat(((LeaderKey.HeldBy) read(again).leader()).ownership())
                .isEqualTo(Ownership.ANOTHER_PROCESS);
        assertThat(again.renewLeader(TIMEOUT)).isEqualTo(new Refused(Optional.of(PG1)));
        assertHeld(again.acquireLeader(TIMEOUT));
        again.publishMember("{\"state\":\"running\"}", TIMEOUT);
        LeaderKey.HeldBy key = (LeaderKey.HeldBy) read(again).leader();
        assertThat(key.ownership()).isEqualTo(Ownership.THIS_PROCESS);
        assertThat(key.revision()).isGreaterThan(before);
        assertHeld(again.renewLeader(TIMEOUT));
        assertThat(again.writeAsLeader(DcsKey.STATUS, "1", Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(Written.class);
    }

    @Test
    void aTakenOverProcessThatStillRunsCanDoNothing() {
        Dcs one = process(PG1);
        assertHeld(one.acquireLeader(TIMEOUT));
        Dcs again = process(PG1);
        assertHeld(again.acquireLeader(TIMEOUT));
        assertThat(one.renewLeader(TIMEOUT)).isInstanceOf(Refused.class);
        assertThat(one.writeAsLeader(DcsKey.STATUS, "1", Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(Conflict.class);
        assertThat(one.releaseLeader(List.of(), TIMEOUT)).isFalse();
        assertHeld(again.renewLeader(TIMEOUT));
    }

    /// A proxy sends no more writes to a term that it was told is given up. The key changes hands
    /// while its readers look.
    @Test
    void aTermThatLooksGivenUpIsNotSeenHeldAfterwards() throws Exception {
        Dcs writer = process(PG1);
        Dcs reader = process(PG2);
        CompletableFuture<Void> turns =
                CompletableFuture.runAsync(() -> {
                    for (int turn = 0; turn < 60; turn++) {
                        assertHeld(writer.acquireLeader(TIMEOUT));
                        assertThat(writer.releaseLeader(List.of(), TIMEOUT)).isTrue();
                    }
                });
        Set<Long> givenUp = new TreeSet<>();
        while (!turns.isDone()) {
            switch (read(reader).leader()) {
                case LeaderKey.Vacant vacant -> givenUp.add(vacant.lastTerm());
                case LeaderKey.HeldBy held -> assertThat(givenUp).doesNotContain(held.revision());
            }
        }
        turns.get(60, TimeUnit.SECONDS);
    }

    @Test
    void releaseWritesBeforeItDeletes() {
        Dcs one = process(PG1);
        Dcs two = process(PG2);
        revision(one.write(DcsKey.STATUS, "1", Expect.ANYTHING, TIMEOUT));
        assertHeld(one.acquireLeader(TIMEOUT));
        List<Write> before =
                List.of(
                        new Write(DcsKey.STATUS, "{\"optime\":42}"),
                        new Write(DcsKey.FAILOVER, "{\"member\":\"pg2\"}"));
        assertThat(two.releaseLeader(before, TIMEOUT)).isFalse();
        assertThat(read(two).status().optime().bytes()).isEqualTo(1);
        assertThat(one.releaseLeader(before, TIMEOUT)).isTrue();
        ClusterView view = read(two);
        assertThat(view.leader()).isInstanceOf(LeaderKey.Vacant.class);
        assertThat(view.status().optime().bytes()).isEqualTo(42);
        assertThat(view.failover().orElseThrow().value().candidate()).contains(PG2);
        assertThat(one.releaseLeader(before, TIMEOUT)).isFalse();
    }

    @Test
    void onlyTheLeaderWritesAsLeader() {
        Dcs one = process(PG1);
        Dcs two = process(PG2);
        assertThat(one.writeAsLeader(DcsKey.STATUS, "1", Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(Conflict.class);
        assertHeld(one.acquireLeader(TIMEOUT));
        long created = revision(one.writeAsLeader(DcsKey.SYNC, "{}", Expect.ABSENT, TIMEOUT));
        assertThat(two.writeAsLeader(DcsKey.SYNC, "{}", Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(Conflict.class);
        assertThat(read(two).sync().revision()).isEqualTo(created);
        long changed =
                revision(
                        one.writeAsLeader(
                                DcsKey.SYNC, "{}", new Expect.Revision(created), TIMEOUT));
        assertThat(one.writeAsLeader(DcsKey.SYNC, "{}", new Expect.Revision(created), TIMEOUT))
                .isInstanceOf(Conflict.class);
        assertThat(one.writeAsLeader(DcsKey.SYNC, "{}", Expect.ABSENT, TIMEOUT))
                .isInstanceOf(Conflict.class);
        assertThat(read(two).sync().revision()).isEqualTo(changed);
    }

    @Test
    void aLostSessionIsRefusedThenStartsAnew() {
        Dcs one = process(PG1);
        one.publishMember("{\"state\":\"running\"}", TIMEOUT);
        assertHeld(one.acquireLeader(TIMEOUT));
        loseSession(one);
        assertThat(one.renewLeader(TIMEOUT)).isInstanceOf(Refused.class);
        assertThat(one.writeAsLeader(DcsKey.STATUS, "1", Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(Conflict.class);
        one.publishMember("{\"state\":\"running\"}", TIMEOUT);
        assertThat(read(one).members()).hasSize(1);
        assertHeld(one.acquireLeader(TIMEOUT));
        assertHeld(one.renewLeader(TIMEOUT));
    }

    @Test
    void theListenerHearsWhatMoved() {
        Dcs one = process(PG1);
        Dcs two = process(PG2);
        Queue<DcsEvent> heard = new ConcurrentLinkedQueue<>();
        two.watch(heard::add);
        assertThat(read(two)).isEqualTo(ClusterView.EMPTY);
        assertHeld(one.acquireLeader(TIMEOUT));
        hears(heard, DcsEvent.LEADER_CHANGED);
        one.publishMember("{}", TIMEOUT);
        hears(heard, DcsEvent.MEMBERS_CHANGED);
        revision(one.write(DcsKey.CONFIG, "{}", Expect.ANYTHING, TIMEOUT));
        hears(heard, DcsEvent.CONFIG_CHANGED);
        revision(one.write(DcsKey.FAILOVER, "{}", Expect.ANYTHING, TIMEOUT));
        hears(heard, DcsEvent.FAILOVER_CHANGED);
        revision(one.write(DcsKey.SYNC, "{}", Expect.ANYTHING, TIMEOUT));
        hears(heard, DcsEvent.SYNC_CHANGED);
        revision(one.write(DcsKey.STATUS, "1", Expect.ANYTHING, TIMEOUT));
        hears(heard, DcsEvent.STATUS_CHANGED);
        heard.clear();
        assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
        hears(heard, DcsEvent.LEADER_CHANGED);
    }

    protected static void hears(Queue<DcsEvent> heard, DcsEvent event) {
        await(event.name()).atMost(Duration.ofSeconds(20)).until(() -> heard.contains(event));
    }

    @Test
    void garbageUnderEveryKeyIsRead() {
        for (String path :
                List.of(
                        "initialize",
                        "config",
                        "leader",
                        "failover",
                        "history",
                        "status",
                        "sync",
                        "failsafe",
                        "members/x",
                        "unknown")) {
            plant(path, "]]{\u0000garbage");
        }
        Dcs dcs = process(PG1);
        ClusterView view = read(dcs);
        assertThat(view.members()).hasSize(1);
        assertThat(view.config().orElseThrow().value()).isEqualTo("]]{\u0000garbage");
        assertThat(view.sync().value().isEmpty()).isTrue();
        assertThat(view.initialize()).isInstanceOf(Initialize.Garbage.class);
        assertThat(dcs.acquireLeader(TIMEOUT)).isInstanceOf(Refused.class);
        assertThat(
                        dcs.write(
                                DcsKey.SYNC,
                                "{\"leader\":\"pg1\"}",
                                new Expect.Revision(view.sync().revision()),
                                TIMEOUT))
                .isInstanceOf(Written.class);
    }

    @Test
    void aMemberCanWithdraw() {
        Dcs dcs = process(PG1);
        dcs.withdrawMember(TIMEOUT);
        dcs.publishMember("{\"state\":\"running\"}", TIMEOUT);
        dcs.publishMember("{\"state\":\"running\"}", TIMEOUT);
        dcs.publishMember("{\"state\":\"stopped\"}", TIMEOUT);
        assertThat(read(dcs).members()).extracting(Member::isRunning).containsExactly(false);
        dcs.withdrawMember(TIMEOUT);
        assertThat(read(dcs).members()).isEmpty();
        dcs.publishMember("{\"state\":\"stopped\"}", TIMEOUT);
        assertThat(read(dcs).members()).hasSize(1);
    }

    @Test
    void anotherTtlKeepsLeadership() {
        Dcs dcs = process(PG1);
        dcs.publishMember("{}", TIMEOUT);
        assertHeld(dcs.acquireLeader(TIMEOUT));
        Duration wanted = dcs.grantedTtl().plusSeconds(3);
        dcs.changeTtl(ttlThatGrants(wanted));
        await().atMost(Duration.ofSeconds(20)).until(() -> dcs.grantedTtl().equals(wanted));
        assertHeld(dcs.renewLeader(TIMEOUT));
        assertThat(read(dcs).leader().isHeldBy(PG1)).isTrue();
        assertThat(dcs.writeAsLeader(DcsKey.STATUS, "1", Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(Written.class);
        dcs.publishMember("{}", TIMEOUT);
        assertThat(read(dcs).members()).hasSize(1);
    }

    @Test
    void theGroupsOfACitusClusterSeeEachOther() {
        Optional<Dcs> coordinator = openGroup(0, PG1);
        assumeTrue(coordinator.isPresent(), "this store holds one cluster only");
        opened.add(coordinator.get());
        Dcs worker = openGroup(12, PG2).orElseThrow();
        opened.add(worker);
        for (Dcs group : List.of(coordinator.get(), worker)) {
            group.publishMember("{\"conn_url\": \"postgres://h:1/d\"}", TIMEOUT);
            assertHeld(group.acquireLeader(TIMEOUT));
            assertThat(read(group).members()).hasSize(1);
        }
        for (Dcs group : List.of(coordinator.get(), worker)) {
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> {
                        var groups = group.readGroups(TIMEOUT);
                        assertThat(groups).containsOnlyKeys(0, 12);
                        assertThat(groups.values())
                                .flatExtracting(view -> view.leaderMember().stream().toList())
                                .extracting(Member::name)
                                .containsExactly(PG1, PG2);
                    });
        }
    }

    @Test
    void aClosedAccessSaysSo() {
        Dcs dcs = process(PG1);
        dcs.close();
        assertThatThrownBy(() -> dcs.renewLeader(TIMEOUT)).isInstanceOf(DcsException.class);
    }

    /// Work for each access at the same time.
    protected interface Call<T> {
        T on(Dcs dcs);
    }

    protected static <T> List<T> inParallel(List<Dcs> racers, Call<T> call) throws Exception {
        List<Callable<T>> calls = new ArrayList<>();
        racers.forEach(dcs -> calls.add(() -> call.on(dcs)));
        List<T> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<T> result : threads.invokeAll(calls)) {
                results.add(result.get());
            }
        }
        return results;
    }
}
