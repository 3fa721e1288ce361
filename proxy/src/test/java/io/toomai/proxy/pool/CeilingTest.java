package io.toomai.proxy.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Edge 36: several users under one limit.
class CeilingTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    private final Ceiling ceiling = Ceiling.alone(4);

    @Test
    void anIdleServerOfAnotherUserGivesItsPlace() {
        House rich = new House(4, 0, ceiling);
        House poor = new House(4, 0, ceiling);
        rich.wants(4, 0);
        rich.logsIn(0);
        rich.releaseAll(1);
        assertThat(ceiling.used()).isEqualTo(4);
        poor.wants(1, 2);
        poor.logsIn(2);
        assertThat(poor.served).hasSize(1);
        assertThat(rich.closed).isEqualTo(1);
        assertThat(ceiling.used()).isEqualTo(4);
    }

    /// A RELOAD has lowered it: who opens one more brings the number down first.
    @Test
    void noMoreThanTheLimitStayOnceServersChangeHands() {
        House rich = new House(4, 0, ceiling);
        House poor = new House(4, 0, ceiling);
        rich.wants(4, 0);
        rich.logsIn(0);
        rich.releaseAll(1);
        ceiling.most(2, 2);
        poor.wants(1, 3);
        poor.logsIn(3);
        assertThat(poor.served).hasSize(1);
        assertThat(rich.closed).isEqualTo(3);
        assertThat(ceiling.used()).isEqualTo(2);
    }

    /// Its servers are logged in to as another user, who has a limit, too.
    @Test
    void aPoolTakesItsServersFromOneLimitToAnother() {
        Ceiling next = Ceiling.alone(2);
        House goes = new House(4, 0, ceiling);
        House stays = new House(4, 0, ceiling);
        goes.wants(3, 0);
        stays.wants(2, 0);
        goes.logsIn(0);
        stays.logsIn(0);
        assertThat(ceiling.used()).isEqualTo(4);
        goes.ceilings.become(new Ceilings(next), goes.pool, 1);
        stays.logsIn(1);
        assertThat(stays.served).hasSize(2);
        assertThat(ceiling.used()).isEqualTo(2);
        assertThat(next.used()).isEqualTo(3);
        goes.losesAll(2);
        assertThat(next.used()).isZero();
        assertThat(ceiling.used()).isEqualTo(2);
    }

    @Test
    void theLeastOfAPoolStaysThereAndTheRichestPays() {
        House kept = new House(4, 2, ceiling);
        House rich = new House(4, 0, ceiling);
        House poor = new House(4, 0, ceiling);
        kept.wants(2, 0);
        kept.logsIn(0);
        kept.releaseAll(0);
        rich.wants(2, 0);
        rich.logsIn(0);
        rich.releaseAll(0);
        poor.wants(3, 1);
        poor.logsIn(1);
        assertThat(kept.closed).isZero();
        assertThat(rich.closed).isEqualTo(2);
        assertThat(poor.served).hasSize(2);
    }

    @Test
    void whoWaitsBelowItsShareGetsWhatABusyPoolLetsGo() {
        House busy = new House(4, 0, ceiling);
        House poor = new House(4, 0, ceiling);
        busy.wants(40, 0);
        busy.logsIn(0);
        poor.wants(5, 0);
        poor.pool.tick(300 * MILLI);
        busy.releaseOne(301 * MILLI);
        assertThat(busy.closed).isEqualTo(1);
        poor.logsIn(302 * MILLI);
        assertThat(poor.served).hasSize(1);
        poor.pool.tick(700 * MILLI);
        busy.releaseOne(701 * MILLI);
        poor.logsIn(702 * MILLI);
        assertThat(poor.pool.size()).isEqualTo(2);
        // Both have an equal share now, and nobody takes more.
        poor.pool.tick(5 * SECOND);
        busy.pool.tick(5 * SECOND);
        busy.releaseOne(5 * SECOND);
        poor.releaseOne(5 * SECOND);
        assertThat(busy.pool.size()).isEqualTo(2);
        assertThat(poor.pool.size()).isEqualTo(2);
    }

    /// It has no clients yet, and nobody in its queue.
    @Test
    void whoWaitsToBeLetInGetsWhatABusyPoolLetsGo() {
        House busy = new House(4, 0, ceiling);
        House fresh = new House(4, 0, ceiling);
        busy.wants(40, 0);
        busy.logsIn(0);
        fresh.pool.guestsWait(OptionalLong.of(0), 0);
        busy.releaseOne(100 * MILLI);
        assertThat(fresh.dialling).isZero();
        fresh.pool.guestsWait(OptionalLong.of(0), 300 * MILLI);
        busy.releaseOne(301 * MILLI);
        assertThat(busy.closed).isEqualTo(1);
        assertThat(fresh.dialling).isEqualTo(1);
        assertThat(ceiling.used()).isEqualTo(4);
    }

    /// Else nobody would get it until somebody looks again.
    @Test
    void aPlaceGoesOnWhenNobodyWaitsToBeLetInAnyMore() {
        House first = new House(4, 0, ceiling);
        House left = new House(4, 0, ceiling);
        House last = new House(4, 0, ceiling);
        first.wants(4, 0);
        first.logsIn(0);
        left.pool.guestsWait(OptionalLong.of(0), 0);
        last.wants(1, 0);
        left.pool.guestsWait(OptionalLong.empty(), 1);
        first.pool.lost(first.busy.removeFirst(), 2);
        assertThat(left.dialling).isZero();
        assertThat(last.dialling).isEqualTo(1);
    }

    @Test
    void morePoolsThanPlacesTakeTurns() {
        Ceiling one = Ceiling.alone(1);
        House first = new House(4, 0, one);
        House second = new House(4, 0, one);
        first.wants(100, 0);
        second.wants(100, 0);
        for (long now = 0; now < 10 * SECOND; now += 100 * MILLI) {
            for (House house : List.of(first, second)) {
                house.pool.tick(now);
                house.logsIn(now);
                if (!house.busy.isEmpty()) {
                    house.releaseOne(now);
                }
            }
            assertThat(one.used()).isLessThanOrEqualTo(1);
        }
        assertThat(first.served.size()).isGreaterThan(20);
        assertThat(second.served.size()).isGreaterThan(20);
    }

    @Test
    void aPlaceThatBecomesFreeIsFilledAtOnce() {
        House first = new House(4, 0, ceiling);
        House second = new House(4, 0, ceiling);
        first.wants(4, 0);
        first.logsIn(0);
        second.wants(1, 0);
        assertThat(second.dialling).isZero();
        first.pool.lost(first.busy.removeFirst(), 1);
        assertThat(second.dialling).isEqualTo(1);
    }

    @Test
    void aPoolStandsUnderItsDatabaseAndItsUser() {
        Ceiling database = Ceiling.alone(3);
        Ceiling user = Ceiling.alone(1);
        House house = new House(4, 0, database, user);
        house.wants(3, 0);
        assertThat(house.dialling).isEqualTo(1);
        assertThat(database.used()).isEqualTo(1);
        user.most(2, 1);
        assertThat(house.dialling).isEqualTo(2);
        user.most(0, 1);
        assertThat(house.dialling).isEqualTo(3);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whateverHappensTheLimitHoldsAndNobodyWaitsForEver(long seed) {
        Random random = new Random(seed);
        Ceiling shared = Ceiling.alone(1 + random.nextInt(6));
        List<House> houses = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            houses.add(new House(1 + random.nextInt(5), random.nextInt(2), shared));
        }
        long now = 0;
        for (int step = 0; step < 20_000; step++) {
            now += random.nextInt(20) * MILLI;
            House house = houses.get(random.nextInt(houses.size()));
            switch (random.nextInt(6)) {
                case 0 -> house.wants(random.nextInt(3), now);
                case 1, 2 -> {
                    if (!house.busy.isEmpty()) {
                        house.releaseOne(now);
                    }
                }
                case 3 -> house.logsIn(now);
                case 4 -> {
                    if (!house.busy.isEmpty() && random.nextInt(10) == 0) {
                        house.pool.lost(house.busy.removeFirst(), now);
                    } else if (house.dialling > 0 && random.nextInt(10) == 0) {
                        house.dialling--;
                        house.pool.openingFailed(now);
                    }
                }
                default -> house.pool.tick(now);
            }
            int size = houses.stream().mapToInt(each -> each.pool.size()).sum();
            assertThat(size).isEqualTo(shared.used()).isLessThanOrEqualTo(shared.most());
        }
        for (int round = 0; round < 30_000; round++) {
            now += 20 * MILLI;
            for (House house : houses) {
                house.logsIn(now);
                if (!house.busy.isEmpty()) {
                    house.releaseOne(now);
                }
                house.pool.tick(now);
            }
        }
        assertThat(houses).allMatch(house -> house.pool.waiting() == 0);
    }
}
