package io.toomai.proxy.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/// One limit over several event loops. Each is a queue of messages here.
class PlacesTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    private final Places places = new Places(4);
    private final Loop first = new Loop();
    private final Loop second = new Loop();
    private final Loop third = new Loop();
    private final Ceiling atFirst = new Ceiling(places, first);
    private final Ceiling atSecond = new Ceiling(places, second);
    private final Ceiling atThird = new Ceiling(places, third);

    private static final class Loop implements Executor {
        final Deque<Runnable> messages = new ArrayDeque<>();
        boolean ended;

        @Override
        public void execute(Runnable message) {
            if (ended) {
                throw new RejectedExecutionException("ended");
            }
            messages.add(message);
        }

        boolean turns() {
            Runnable message = messages.poll();
            if (message == null) {
                return false;
            }
            message.run();
            return true;
        }
    }

    private void turn() {
        while (first.turns() || second.turns() || third.turns()) {}
    }

    private static House full(Ceiling ceiling) {
        House house = new House(4, 0, ceiling);
        house.wants(4, 0);
        house.logsIn(0);
        return house;
    }

    @Test
    void theLimitIsThatOfAllLoops() {
        House here = new House(4, 0, atFirst);
        House there = new House(4, 0, atSecond);
        here.wants(3, 0);
        there.wants(3, 0);
        assertThat(here.dialling).isEqualTo(3);
        assertThat(there.dialling).isEqualTo(1);
        assertThat(atFirst.used()).isEqualTo(4);
        assertThat(atSecond.used()).isEqualTo(4);
    }

    @Test
    void withoutALimitTheyAreOnlyCounted() {
        Places all = new Places(0);
        House here = new House(9, 0, new Ceiling(all, first));
        House there = new House(9, 0, new Ceiling(all, second));
        here.wants(4, 0);
        there.wants(4, 0);
        assertThat(all.used()).isEqualTo(8);
        assertThat(first.messages).isEmpty();
        assertThat(second.messages).isEmpty();
    }

    @Test
    void whoWasRefusedHearsOfAPlaceThatBecomesFreeInAnotherLoop() {
        House here = full(atFirst);
        House there = new House(4, 0, atSecond);
        there.wants(1, 0);
        turn();
        assertThat(there.dialling).isZero();
        here.loses(here.busy.getFirst(), 1);
        assertThat(places.used()).isEqualTo(4); // promised
        assertThat(there.dialling).isZero();
        turn();
        assertThat(there.dialling).isEqualTo(1);
        assertThat(places.used()).isEqualTo(4);
    }

    @Test
    void aPromisedPlaceIsNotForWhoComesMeanwhile() {
        House here = full(atFirst);
        House there = new House(4, 0, atSecond);
        there.wants(1, 0);
        turn();
        here.loses(here.busy.getFirst(), 1);
        here.wants(1, 1);
        assertThat(here.dialling).isZero();
        turn();
        assertThat(there.dialling).isEqualTo(1);
    }

    @Test
    void aPlaceThatIsNotWantedAnyMoreGoesOn() {
        House here = full(atFirst);
        House there = new House(4, 0, atSecond);
        House last = new House(4, 0, atThird);
        there.wants(1, 0);
        last.wants(1, 0);
        turn();
        here.loses(here.busy.getFirst(), 1);
        there.pool.pause(1);
        turn();
        assertThat(there.dialling).isZero();
        assertThat(last.dialling).isEqualTo(1);
        here.loses(here.busy.getFirst(), 2);
        turn();
        assertThat(places.used()).isEqualTo(3);
    }

    @Test
    void aLoopThatHasEndedGetsNoPlaceAndIsNotAsked() {
        House here = full(atFirst);
        House there = new House(4, 0, atSecond);
        House last = new House(4, 0, atThird);
        there.wants(1, 0);
        turn();
        second.ended = true;
        last.wants(1, 1);
        turn();
        here.loses(here.busy.getFirst(), 2);
        turn();
        assertThat(last.dialling).isEqualTo(1);
        here.releaseAll(3);
        last.wants(1, 4);
        last.pool.tick(SECOND);
        turn();
        assertThat(last.dialling).isEqualTo(2);
    }

    @Test
    void anotherLoopGivesUpAnIdleServer() {
        House here = full(atFirst);
        House there = new House(4, 0, atSecond);
        here.releaseAll(1);
        there.wants(3, 2);
        turn();
        assertThat(there.dialling).isEqualTo(3);
        assertThat(here.closed).isEqualTo(3);
        assertThat(places.used()).isEqualTo(4);
    }

    @Test
    void theLeastOfAPoolStaysThereUntilSomebodyStarves() {
        House here = new House(4, 4, atFirst);
        here.wants(4, 0);
        here.logsIn(0);
        here.releaseAll(1);
        House there = new House(4, 0, atSecond);
        there.wants(1, 2);
        turn();
        assertThat(there.dialling).isZero();
        there.pool.tick(300 * MILLI);
        turn();
        assertThat(there.dialling).isEqualTo(1);
    }

    @Test
    void itsOwnLoopGivesBeforeAnother() {
        House here = new House(4, 0, atFirst);
        House beside = new House(4, 0, atFirst);
        House there = new House(4, 0, atSecond);
        there.wants(3, 0);
        there.logsIn(0);
        there.releaseAll(0);
        beside.wants(1, 0);
        beside.logsIn(0);
        beside.releaseAll(0);
        here.wants(1, 1);
        assertThat(here.dialling).isEqualTo(1);
        assertThat(beside.closed).isEqualTo(1);
        assertThat(first.messages).isEmpty();
        assertThat(second.messages).isEmpty();
    }

    @Test
    void whoWaitsBelowItsShareGetsWhatABusyPoolOfAnotherLoopLetsGo() {
        House busy = new House(4, 0, atFirst);
        busy.wants(40, 0);
        busy.logsIn(0);
        House poor = new House(4, 0, atSecond);
        poor.wants(5, 0);
        turn();
        poor.pool.tick(300 * MILLI);
        turn();
        busy.releaseOne(301 * MILLI);
        turn();
        poor.logsIn(302 * MILLI);
        assertThat(poor.served).hasSize(1);
        poor.pool.tick(700 * MILLI);
        turn();
        busy.releaseOne(701 * MILLI);
        turn();
        poor.logsIn(702 * MILLI);
        assertThat(poor.pool.size()).isEqualTo(2);
        // Both have an equal share now, and nobody takes more.
        poor.pool.tick(5 * SECOND);
        busy.pool.tick(5 * SECOND);
        turn();
        busy.releaseOne(5 * SECOND);
        poor.releaseOne(5 * SECOND);
        turn();
        assertThat(busy.pool.size()).isEqualTo(2);
        assertThat(poor.pool.size()).isEqualTo(2);
    }

    @Test
    void thePoorComeBeforeThoseThatWereRefusedEarlier() {
        House rich = new House(4, 0, atFirst);
        rich.wants(3, 0);
        House other = new House(4, 0, atThird);
        other.wants(1, 0);
        other.logsIn(0);
        rich.wants(1, 0);
        House poor = new House(4, 0, atSecond);
        poor.wants(1, 1);
        turn();
        other.loses(other.busy.getFirst(), 2);
        turn();
        assertThat(poor.dialling).isEqualTo(1);
        assertThat(rich.dialling).isEqualTo(3);
    }

    @Test
    void aPoolThatHasLostAServerMayBeAmongThePoor() {
        House here = new House(4, 0, atFirst);
        here.wants(2, 0);
        here.logsIn(0);
        House there = new House(4, 0, atSecond);
        there.wants(3, 0);
        there.logsIn(0);
        here.wants(1, 0);
        turn();
        here.loses(here.busy.getFirst(), 1);
        turn();
        assertThat(here.dialling).isEqualTo(1);
        assertThat(there.dialling).isZero();
    }

    @Test
    void whoIsSlowerToTakeTheLastPlaceWaitsForTheNext() {
        House busy = new House(4, 0, atThird);
        busy.wants(3, 0);
        busy.logsIn(0);
        House here = new House(4, 0, atFirst);
        House there = new House(4, 0, atSecond);
        assertThat(atFirst.couldHavePlace(here.pool, 0)).isTrue();
        there.wants(1, 0);
        assertThat(there.dialling).isEqualTo(1);
        assertThat(atFirst.take(here.pool, 0)).isFalse();
        assertThat(places.used()).isEqualTo(4);
        assertThat(places.isRefused(here.pool)).isTrue();
    }

    @Test
    void nobodyIsMadeToWaitForAPlaceThatHasJustBecomeFree() {
        House here = new House(4, 0, atFirst);
        assertThat(places.refuse(new Places.Refusal(atFirst, here.pool, 0))).isFalse();
        assertThat(places.isRefused(here.pool)).isFalse();
    }

    @Test
    void oneQuestionOfALoopIsOnItsWayAtATime() {
        full(atFirst);
        House there = new House(4, 0, atSecond);
        House beside = new House(4, 0, atSecond);
        there.wants(10, 0);
        beside.wants(10, 0);
        there.pool.tick(SECOND);
        assertThat(first.messages).hasSize(1);
        turn();
        there.wants(10, MILLI); // it has just heard that nobody has a place
        assertThat(first.messages).isEmpty();
    }

    @Test
    void thePoolThatNeedsItMostAsks() {
        House rich = new House(4, 0, atSecond);
        rich.wants(20, 0);
        rich.logsIn(0);
        House busy = new House(4, 0, atFirst);
        House here = new House(4, 0, atFirst);
        busy.wants(20, 0);
        here.wants(1, 0);
        turn();
        for (long now = SECOND; now < 4 * SECOND; now += 100 * MILLI) {
            busy.pool.tick(now);
            here.pool.tick(now);
            turn();
        }
        assertThat(rich.pool.owed()).isEqualTo(2);
        rich.releaseOne(5 * SECOND);
        rich.releaseOne(5 * SECOND);
        turn();
        assertThat(List.of(busy.dialling, here.dialling)).containsExactly(1, 1);
    }

    @Test
    void moreOrFewerPlacesHoldForAllLoops() {
        House here = full(atFirst);
        House there = new House(4, 0, atSecond);
        there.wants(3, 0);
        turn();
        atFirst.most(6, 1);
        turn();
        assertThat(there.dialling).isEqualTo(2);
        atSecond.most(2, 2);
        here.loses(here.busy.getFirst(), 3);
        here.loses(here.busy.getFirst(), 3);
        turn();
        assertThat(there.dialling).isEqualTo(2);
        assertThat(atFirst.most()).isEqualTo(2);
        atSecond.most(0, 4);
        turn();
        assertThat(there.dialling).isEqualTo(3);
    }

    @Test
    void aPromiseIsWithdrawnIfThereMayBeFewer() {
        House here = full(atFirst);
        House there = new House(4, 0, atSecond);
        there.wants(1, 0);
        turn();
        here.loses(here.busy.getFirst(), 1);
        atThird.most(3, 2);
        turn();
        assertThat(there.dialling).isZero();
        assertThat(places.used()).isEqualTo(3);
        here.loses(here.busy.getFirst(), 3);
        turn();
        assertThat(there.dialling).isEqualTo(1);
    }

    @Test
    void whatTheUserMayNotHaveIsNotTakenFromTheDatabase() {
        Places ofUser = new Places(1);
        House here = new House(4, 0, atFirst, new Ceiling(ofUser, first));
        House there = new House(4, 0, atSecond, new Ceiling(ofUser, second));
        here.wants(1, 0);
        there.wants(1, 0);
        turn();
        assertThat(places.used()).isEqualTo(1);
        assertThat(there.dialling).isZero();
        here.failsToLogIn(1);
        turn();
        assertThat(there.dialling).isEqualTo(1);
        assertThat(places.used()).isEqualTo(1);
    }

    @Test
    void nothingIsKeptOfPoolsThatAreGone() {
        House here = full(atFirst);
        House there = new House(4, 0, atSecond);
        there.wants(1, 0);
        turn();
        there.ceilings.part(there.pool);
        assertThat(atSecond.isEmpty()).isTrue();
        assertThat(places.waiting()).isZero();
        assertThat(places.others(atFirst)).isEmpty();
        here.pool.pause(1);
        here.losesAll(1);
        here.ceilings.part(here.pool);
        assertThat(places.isEmpty()).isTrue();
    }
}
