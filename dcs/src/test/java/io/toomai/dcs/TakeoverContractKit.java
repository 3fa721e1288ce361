package io.toomai.dcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.LeaderKey.Ownership;
import io.toomai.core.ha.Renewal;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.Dcs.Takeover;
import io.toomai.dcs.LeaderResult.Held;
import io.toomai.dcs.LeaderResult.Refused;
import io.toomai.dcs.WriteResult.Conflict;
import io.toomai.dcs.WriteResult.Written;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What an adapter promises besides when [Dcs#canTakeOver] says yes.
public abstract class TakeoverContractKit extends DcsContractKit {
    protected static final MemberName PG3 = new MemberName("pg3");
    protected static final String SYNC =
            "{\"leader\":\"pg1\",\"quorum\":1,\"sync_standby\":\"pg2,pg3\"}";
    private static final String AFTER = "{\"leader\":\"pg2\",\"quorum\":0,\"sync_standby\":null}";
    private static final int ROUNDS = 100;

    /// Lets a little time pass, where time is ours; else nothing.
    protected abstract void passMoment();

    /// A leader with a `/sync`.
    protected final Dcs leading(MemberName name) {
        Dcs dcs = process(name);
        assertHeld(dcs.acquireLeader(TIMEOUT));
        revision(dcs.writeAsLeader(DcsKey.SYNC, SYNC, Expect.ANYTHING, TIMEOUT));
        return dcs;
    }

    protected static Takeover seenBy(Dcs dcs, Optional<String> sync) {
        ClusterView view = read(dcs);
        return new Takeover(
                ((LeaderKey.HeldBy) view.leader()).revision(), view.sync().revision(), sync);
    }

    protected static Takeover seenBy(Dcs dcs) {
        return seenBy(dcs, Optional.of(AFTER));
    }

    protected static void assertRefused(Dcs taker, Takeover takeover, MemberName holder) {
        ClusterView before = read(taker);
        assertThat(taker.takeOver(takeover, TIMEOUT)).isEqualTo(new Refused(Optional.of(holder)));
        assertThat(read(taker)).isEqualTo(before);
    }

    @Test
    void aTakeoverMovesKeyAndSync() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        assertThat(two.canTakeOver()).isTrue();
        Takeover takeover = seenBy(two);
        MonoTime sent = now();
        Held held = (Held) two.takeOver(takeover, TIMEOUT);
        assertThat(held.countsFrom().since(now())).isLessThanOrEqualTo(Duration.ZERO);
        assertThat(held.countsFrom().since(sent)).isLessThan(Duration.ofSeconds(1));
        ClusterView view = read(two);
        LeaderKey.HeldBy key = (LeaderKey.HeldBy) view.leader();
        assertThat(key.leader()).isEqualTo(PG2);
        assertThat(key.ownership()).isEqualTo(Ownership.THIS_PROCESS);
        assertThat(key.revision()).isGreaterThan(takeover.term());
        assertThat(view.sync().value().leader()).contains(PG2);
        assertThat(view.sync().revision()).isGreaterThan(takeover.syncRevision());
        assertHeld(two.renewLeader(TIMEOUT));
        assertThat(two.writeAsLeader(DcsKey.STATUS, "1", Expect.ANYTHING, TIMEOUT))
                .isInstanceOf(Written.class);
        one.close();
        assertThat(read(two).leader()).isEqualTo(key);
        two.close();
        assertThat(read(process(PG3)).leader()).isInstanceOf(LeaderKey.Vacant.class);
    }

    @Test
    void aTakeoverMayLeaveSyncAsItIs() {
        leading(PG1);
        Dcs two = process(PG2);
        Takeover takeover = seenBy(two, Optional.empty());
        assertHeld(two.takeOver(takeover, TIMEOUT));
        assertThat(read(two).sync().revision()).isEqualTo(takeover.syncRevision());
        assertThat(read(two).leader().isHeldBy(PG2)).isTrue();
    }

    @Test
    void aRenewalMeanwhileDoesNotHinderATakeover() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        Takeover takeover = seenBy(two);
        assertHeld(one.renewLeader(TIMEOUT));
        revision(one.writeAsLeader(DcsKey.STATUS, "1", Expect.ANYTHING, TIMEOUT));
        assertHeld(two.takeOver(takeover, TIMEOUT));
    }

    @Test
    void theDeposedLeaderCanDoNothing() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        Takeover takeover = seenBy(two);
        assertHeld(two.takeOver(takeover, TIMEOUT));
        ClusterView after = read(two);
        Refused refused = new Refused(Optional.of(PG2));
        assertThat(one.renewLeader(TIMEOUT)).isEqualTo(refused);
        for (DcsKey key : List.of(DcsKey.SYNC, DcsKey.STATUS, DcsKey.CONFIG)) {
            assertThat(one.writeAsLeader(key, "{}", Expect.ANYTHING, TIMEOUT))
                    .isInstanceOf(Conflict.class);
        }
        assertThat(one.releaseLeader(List.of(), TIMEOUT)).isFalse();
        assertThat(one.acquireLeader(TIMEOUT)).isEqualTo(refused);
        assertThat(one.takeOver(takeover, TIMEOUT)).isEqualTo(refused);
        assertThat(read(two)).isEqualTo(after);
    }

    @Test
    void theDeposedLeaderMayTakeItBackLater() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        assertHeld(two.takeOver(seenBy(two), TIMEOUT));
        assertHeld(one.takeOver(seenBy(one), TIMEOUT));
        assertHeld(one.renewLeader(TIMEOUT));
        assertThat(two.renewLeader(TIMEOUT)).isEqualTo(new Refused(Optional.of(PG1)));
    }

    @Test
    void anotherTermOfTheSameMemberIsNotTakenOver() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        Takeover takeover = seenBy(two);
        assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
        assertHeld(one.acquireLeader(TIMEOUT));
        assertRefused(two, takeover, PG1);
        assertHeld(two.takeOver(seenBy(two), TIMEOUT));
    }

    @Test
    void aRestartedHolderIsAnotherTerm() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        Takeover takeover = seenBy(two);
        abandon(one);
        Dcs again = process(PG1);
        assertHeld(again.acquireLeader(TIMEOUT));
        assertRefused(two, takeover, PG1);
        assertHeld(again.renewLeader(TIMEOUT));
    }

    @Test
    void aSyncWrittenAgainRefusesATakeover() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        Takeover takeover = seenBy(two);
        revision(one.writeAsLeader(DcsKey.SYNC, SYNC, Expect.ANYTHING, TIMEOUT));
        assertRefused(two, takeover, PG1);
        takeover = seenBy(two);
        assertThat(one.delete(DcsKey.SYNC, Expect.ANYTHING, TIMEOUT)).isInstanceOf(Written.class);
        assertRefused(two, takeover, PG1);
        revision(one.writeAsLeader(DcsKey.SYNC, SYNC, Expect.ANYTHING, TIMEOUT));
        assertRefused(two, takeover, PG1);
        assertHeld(one.renewLeader(TIMEOUT));
    }

    @Test
    void anAbsentSyncMatchesNothing() {
        assertHeld(process(PG1).acquireLeader(TIMEOUT));
        Dcs two = process(PG2);
        Takeover takeover = seenBy(two);
        assertThat(takeover.syncRevision()).isEqualTo(ClusterView.NO_REVISION);
        assertRefused(two, takeover, PG1);
    }

    @Test
    void aKeyThatWasGivenUpIsTakenInTheTermThatEnded() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        Takeover takeover = seenBy(two);
        assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
        assertThat(read(two).leader())
                .isEqualTo(new LeaderKey.Vacant(takeover.term(), Optional.of(PG1)));
        assertHeld(two.takeOver(takeover, TIMEOUT));
        assertThat(read(two).leader().isHeldBy(PG2)).isTrue();
    }

    /// Many rounds, for the two may be at different servers of the store, of which one is behind.
    @Test
    void aVacantKeyThatWasHeldSinceIsNotTaken() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        for (int round = 0; round < 50; round++) {
            Takeover takeover = seenBy(two);
            assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
            assertHeld(one.acquireLeader(TIMEOUT));
            assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
            assertThat(two.takeOver(takeover, TIMEOUT)).isEqualTo(new Refused(Optional.empty()));
            assertThat(read(two).leader()).isInstanceOf(LeaderKey.Vacant.class);
            assertHeld(one.acquireLeader(TIMEOUT));
        }
    }

    @Test
    void aHolderThatLeavesNoTermIsNeverTakenOver() {
        Dcs one = leading(PG1);
        assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
        plant("leader", "patroni"); // as its members do it: the key alone
        Dcs two = process(PG2);
        assertRefused(two, seenBy(two), new MemberName("patroni"));
        assertThat(two.renewal()).isEmpty();
    }

    @Test
    void oneOfManyTakersWins() throws Exception {
        Dcs one = leading(PG1);
        List<Dcs> takers = List.of(process(PG2), process(PG3), process(new MemberName("pg4")));
        List<MemberName> names = List.of(PG2, PG3, new MemberName("pg4"));
        for (int round = 0; round < 10; round++) {
            Optional<String> sync = round % 2 == 0 ? Optional.empty() : Optional.of(AFTER);
            Takeover same = seenBy(takers.getFirst(), sync);
            List<LeaderResult> results = inParallel(takers, dcs -> dcs.takeOver(same, TIMEOUT));
            assertThat(results).filteredOn(Held.class::isInstance).hasSize(1);
            int winner =
                    results.indexOf(
                            results.stream()
                                    .filter(Held.class::isInstance)
                                    .findFirst()
                                    .orElseThrow());
            assertThat(results)
                    .filteredOn(Refused.class::isInstance)
                    .allMatch(new Refused(Optional.of(names.get(winner)))::equals);
            for (int i = 0; i < takers.size(); i++) {
                assertThat(takers.get(i).renewLeader(TIMEOUT) instanceof Held)
                        .isEqualTo(i == winner);
            }
        }
        assertThat(one.renewLeader(TIMEOUT)).isInstanceOf(Refused.class);
    }

    /// Writes `/sync` anew as leader. Its revision, or empty when it is no longer the leader.
    protected static Optional<Long> rewriteSync(Dcs leader) {
        return switch (leader.writeAsLeader(DcsKey.SYNC, SYNC, Expect.ANYTHING, TIMEOUT)) {
            case Written(long revision) -> Optional.of(revision);
            case Conflict _ -> Optional.empty();
        };
    }

    @Test
    void noAcknowledgedWriteOfTheOldLeaderIsMissedByATakeover() throws Exception {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        for (int takeovers = 0; takeovers < 5; takeovers++) {
            long first = read(one).sync().revision();
            CompletableFuture<Long> lastWritten =
                    CompletableFuture.supplyAsync(() -> {
                        long last = first;
                        for (int i = 0; i < ROUNDS; i++) {
                            Optional<Long> next = rewriteSync(one);
                            if (next.isEmpty()) {
                                break;
                            }
                            last = next.get();
                        }
                        return last;
                    });
            Takeover takeover = seenBy(two, Optional.empty());
            while (two.takeOver(takeover, TIMEOUT) instanceof Refused) {
                takeover = seenBy(two, Optional.empty());
            }
            assertThat(lastWritten.get(60, TimeUnit.SECONDS)).isEqualTo(takeover.syncRevision());
            assertHeld(one.takeOver(seenBy(one), TIMEOUT));
        }
    }

    private static Renewal renewalSeenBy(Dcs dcs) {
        assertThat(read(dcs)).isNotEqualTo(ClusterView.EMPTY);
        return dcs.renewal().orElseThrow();
    }

    @Test
    void sinceMovesWithEachRenewalAndStandsStillWithoutOne() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        assertThat(two.renewal()).isEmpty();
        Renewal last = renewalSeenBy(two);
        for (int i = 0; i < 3; i++) {
            passMoment();
            MonoTime sent = now();
            assertHeld(one.renewLeader(TIMEOUT));
            Renewal next = renewalSeenBy(two);
            assertThat(next.revision()).isNotEqualTo(last.revision());
            assertThat(next.since().since(last.since())).isPositive();
            assertThat(next.since().since(sent)).isGreaterThanOrEqualTo(Duration.ZERO);
            last = next;
        }
        passMoment();
        revision(one.writeAsLeader(DcsKey.STATUS, "1", Expect.ANYTHING, TIMEOUT));
        revision(one.writeAsLeader(DcsKey.SYNC, SYNC, Expect.ANYTHING, TIMEOUT));
        for (int i = 0; i < 3; i++) {
            passMoment();
            assertThat(renewalSeenBy(two)).isEqualTo(last);
        }
    }

    @Test
    void withoutALeaderThereIsNoRenewal() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        assertThat(renewalSeenBy(two).since().since(now())).isLessThanOrEqualTo(Duration.ZERO);
        assertThat(one.releaseLeader(List.of(), TIMEOUT)).isTrue();
        assertThat(read(two).leader()).isInstanceOf(LeaderKey.Vacant.class);
        assertThat(two.renewal()).isEmpty();
    }

    /// Renewals of the lease guard come at any time.
    @Test
    void aReleaseAmongRenewalsIsCarriedOut() throws Exception {
        Dcs one = leading(PG1);
        for (int round = 0; round < 10; round++) {
            List<Boolean> released =
                    inParallel(
                            List.of(one, one, one),
                            dcs -> {
                                LeaderResult _ = dcs.renewLeader(TIMEOUT);
                                return dcs.releaseLeader(List.of(), TIMEOUT);
                            });
            assertThat(released).containsOnlyOnce(true);
            assertHeld(one.acquireLeader(TIMEOUT));
        }
    }

    @Test
    void aNewLeaderIsNotBlamedForTheOldOnesSilence() {
        leading(PG1);
        Dcs two = process(PG2);
        Dcs three = process(PG3);
        Renewal old = renewalSeenBy(three);
        passMoment();
        MonoTime sent = now();
        assertHeld(two.takeOver(seenBy(two), TIMEOUT));
        Renewal fresh = renewalSeenBy(three);
        assertThat(fresh.revision()).isNotEqualTo(old.revision());
        assertThat(fresh.since().since(sent)).isGreaterThanOrEqualTo(Duration.ZERO);
    }

    /// A renewal of `leader` reaches `hearing` without a read; the read then leaves its moment.
    public final void hearsRenewal(Dcs leader, Dcs hearing) {
        Renewal old = renewalSeenBy(hearing);
        passMoment();
        MonoTime sent = now();
        assertHeld(leader.renewLeader(TIMEOUT));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> !hearing.renewal().equals(Optional.of(old)));
        Renewal heard = hearing.renewal().orElseThrow();
        assertThat(heard.since().since(sent)).isGreaterThanOrEqualTo(Duration.ZERO);
        passMoment();
        assertThat(renewalSeenBy(hearing)).isEqualTo(heard);
    }

    @Test
    void aWatchKeepsRenewalsFresh() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        hearsRenewal(one, two);
        hearsRenewal(one, two);
    }

    @Test
    void aNewSessionHearsRenewalsAgain() {
        Dcs one = leading(PG1);
        Dcs two = process(PG2);
        hearsRenewal(one, two);
        loseSession(two);
        hearsRenewal(one, two);
        hearsRenewal(one, two);
    }
}
