package io.toomai.proxy.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Several event loops under the limits of their databases and users, whatever happens in whatever
/// order.
class PlacesSimTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    /// Two to four loops whose messages arrive in any order, that of each loop kept.
    private static final class World {
        final Random random;
        final List<Deque<Runnable>> loops = new ArrayList<>();
        final List<Places> limits = new ArrayList<>();
        final List<List<Ceiling>> ceilings = new ArrayList<>();
        final List<List<House>> under = new ArrayList<>();
        final List<House> houses = new ArrayList<>();
        int[] before;
        final int[] serversBefore = new int[4];
        long now;

        World(long seed) {
            random = new Random(seed);
            int count = 2 + random.nextInt(3);
            for (int i = 0; i < count; i++) {
                loops.add(new ArrayDeque<>());
            }
            for (int i = 0; i < 4; i++) { // two databases, two users
                Places places = new Places(number());
                limits.add(places);
                ceilings.add(loops.stream().map(loop -> new Ceiling(places, loop::add)).toList());
                under.add(new ArrayList<>());
            }
            for (int i = 0; i < 2 * count; i++) {
                int loop = random.nextInt(count);
                int database = random.nextInt(2);
                int user = 2 + random.nextInt(2);
                House house =
                        new House(
                                1 + random.nextInt(5),
                                random.nextInt(2),
                                ceilings.get(database).get(loop),
                                ceilings.get(user).get(loop));
                houses.add(house);
                under.get(database).add(house);
                under.get(user).add(house);
            }
            before = used();
        }

        private int number() {
            return random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(6);
        }

        private int[] used() {
            return limits.stream().mapToInt(Places::used).toArray();
        }

        void step() {
            now += random.nextInt(20) * MILLI;
            House house = houses.get(random.nextInt(houses.size()));
            switch (random.nextInt(10)) {
                case 0 -> house.wants(random.nextInt(3), now);
                case 1, 2 -> {
                    if (!house.busy.isEmpty()) {
                        house.releaseOne(now);
                    }
                }
                case 3 -> house.logsIn(now);
                case 4 -> fails(house);
                case 5 -> house.pool.tick(now);
                case 6 -> {
                    if (random.nextInt(20) == 0) {
                        int limit = random.nextInt(limits.size());
                        ceilings.get(limit).get(random.nextInt(loops.size())).most(number(), now);
                    }
                }
                default -> message();
            }
        }

        private void fails(House house) {
            if (!house.busy.isEmpty() && random.nextInt(10) == 0) {
                house.loses(house.busy.getFirst(), now);
            } else if (house.dialling > 0 && random.nextInt(10) == 0) {
                house.failsToLogIn(now);
            }
        }

        private void message() {
            Runnable message = loops.get(random.nextInt(loops.size())).poll();
            if (message != null) {
                message.run();
            }
        }

        void check() {
            int[] used = used();
            boolean quiet = loops.stream().allMatch(Deque::isEmpty);
            int mostMessages = limits.size() * loops.size();
            for (int i = 0; i < used.length; i++) {
                Places places = limits.get(i);
                int servers = under.get(i).stream().mapToInt(each -> each.servers.get()).sum();
                int sizes = under.get(i).stream().mapToInt(each -> each.pool.size()).sum();
                assertThat(sizes).isEqualTo(servers).isLessThanOrEqualTo(used[i]);
                if (places.most() > 0) {
                    // There may be too many only when there may be fewer since.
                    assertThat(used[i]).isLessThanOrEqualTo(Math.max(places.most(), before[i]));
                    assertThat(servers)
                            .isLessThanOrEqualTo(Math.max(places.most(), serversBefore[i]));
                }
                if (places.waiting() > 0) {
                    assertThat(places.isFree()).isFalse();
                }
                if (quiet) {
                    assertThat(used[i]).isEqualTo(servers);
                }
                serversBefore[i] = servers;
                mostMessages += used[i] - servers; // promises
            }
            assertThat(loops.stream().mapToInt(Deque::size).sum())
                    .isLessThanOrEqualTo(mostMessages);
            before = used;
        }

        private void deliverAll() {
            while (!loops.stream().allMatch(Deque::isEmpty)) {
                message();
                check();
            }
        }

        boolean waits() {
            return houses.stream().anyMatch(house -> house.pool.waiting() > 0);
        }

        /// Nobody new comes, and each server is released some time after it was taken.
        void releaseUntilNobodyWaits() {
            for (int round = 0; round < 4_000 && waits(); round++) {
                now += 20 * MILLI;
                for (House house : houses) {
                    house.logsIn(now);
                    if (!house.busy.isEmpty()) {
                        house.releaseOne(now);
                    }
                    house.pool.tick(now);
                    check();
                    message();
                }
            }
            deliverAll();
        }

        /// Nobody looks after his queue by himself: only who hears of a place goes on.
        void loseUntilNobodyWaits() {
            now += 2 * SECOND; // logins that have failed are not held against anybody any more
            for (House house : houses) {
                house.pool.tick(now);
            }
            for (int round = 0; round < 4_000 && waits(); round++) {
                for (House house : houses) {
                    house.logsIn(now);
                    house.losesAll(now);
                }
                deliverAll();
            }
        }

        void end() {
            assertThat(waits()).isFalse();
            for (House house : houses) {
                house.logsIn(now);
                house.pool.pause(now);
                house.losesAll(now);
            }
            deliverAll();
            for (House house : houses) {
                house.ceilings.part(house.pool);
            }
            assertThat(limits).allMatch(Places::isEmpty);
        }
    }

    @ParameterizedTest(name = "seeds from {0}")
    @ValueSource(longs = {0, 1_000, 2_000, 3_000})
    void theLimitHoldsOverAllLoopsAndNobodyWaitsForEver(long from) {
        for (long seed = from; seed < from + 1_000; seed++) {
            World world = new World(seed);
            try {
                for (int step = 0; step < 300; step++) {
                    world.step();
                    world.check();
                }
                if (seed % 2 == 0) {
                    world.releaseUntilNobodyWaits();
                } else {
                    world.loseUntilNobodyWaits();
                }
                world.end();
            } catch (AssertionError failed) {
                throw new AssertionError("seed " + seed, failed);
            }
        }
    }

    /// Three threads, each with a pool of either user of a database; they meet after each round.
    @Test
    void theLimitHoldsOverThreads() throws Exception {
        Places places = new Places(5);
        List<Places> ofUsers = List.of(new Places(3), new Places(4));
        AtomicInteger servers = new AtomicInteger();
        List<ExecutorService> loops = new ArrayList<>();
        List<List<House>> houses = new ArrayList<>();
        List<Random> random = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                ExecutorService loop = Executors.newSingleThreadExecutor();
                Ceiling ceiling = new Ceiling(places, loop);
                PoolLimits limits = new PoolLimits(4, i % 2, 0, 0, House.YEAR, 0, 0, SECOND);
                loops.add(loop);
                houses.add(
                        ofUsers.stream()
                                .map(user -> new Ceiling(user, loop))
                                .map(user -> new House(limits, servers, ceiling, user))
                                .toList());
                random.add(new Random(i));
            }
            boolean waits = true;
            for (int round = 0; round < 20_000 && (round < 2_000 || waits); round++) {
                long now = 20 * MILLI * round;
                int guests = round < 2_000 ? 3 : 1;
                List<Future<Boolean>> turns = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    List<House> own = houses.get(i);
                    Random chance = random.get(i);
                    Callable<Boolean> turn = () -> turn(own, servers, chance, guests, now);
                    turns.add(loops.get(i).submit(turn));
                }
                waits = false;
                for (Future<Boolean> turn : turns) {
                    waits |= turn.get();
                }
                synchronized (places) { // as it is in one moment
                    assertThat(places.waiting() == 0 || !places.isFree()).isTrue();
                }
            }
            assertThat(waits).isFalse();
        } finally {
            loops.forEach(ExecutorService::close);
        }
        assertThat(places.used()).isEqualTo(servers.get()).isLessThanOrEqualTo(5);
        assertThat(ofUsers.stream().mapToInt(Places::used).sum()).isEqualTo(servers.get());
    }

    private static boolean turn(
            List<House> houses, AtomicInteger servers, Random random, int guests, long now) {
        boolean waits = false;
        for (House house : houses) {
            house.wants(random.nextInt(guests), now);
            assertThat(servers.get()).isLessThanOrEqualTo(5);
            house.logsIn(now);
            if (!house.busy.isEmpty() && random.nextInt(20) == 0) {
                house.loses(house.busy.getFirst(), now);
            } else if (!house.busy.isEmpty()) {
                house.releaseOne(now);
            }
            house.pool.tick(now);
            assertThat(servers.get()).isLessThanOrEqualTo(5);
            waits |= house.pool.waiting() > 0;
        }
        return waits;
    }
}
