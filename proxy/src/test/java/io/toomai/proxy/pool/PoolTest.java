package io.toomai.proxy.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PoolTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long HOUR = 3600 * SECOND;
    private static final PoolLimits LIMITS =
            new PoolLimits(2, 0, 1, 5 * SECOND, HOUR, 600 * SECOND, 30 * SECOND, 15 * SECOND);

    private final List<String> done = new ArrayList<>();
    private int most = Integer.MAX_VALUE;
    private int counted;
    private Runnable onOpen = () -> {};

    private static final class Conn implements Server {
        final String name;
        final Stay stay = new Stay();

        Conn(String name) {
            this.name = name;
        }

        @Override
        public Stay stay() {
            return stay;
        }
    }

    private static final class Guest implements Waiter {
        final String name;
        long since;
        boolean hasWaited;

        Guest(String name) {
            this.name = name;
        }

        void hasWaited() {
            hasWaited = true;
        }

        @Override
        public void waitsSince(long now) {
            if (!hasWaited) {
                since = now;
            }
        }

        @Override
        public long waitsSince() {
            return since;
        }
    }

    private final Shared shared =
            new Shared() {
                @Override
                public boolean mayOpen(Pool<?, ?> by, long now) {
                    if (counted >= most) {
                        return false;
                    }
                    counted++;
                    return true;
                }

                @Override
                public void closed(Pool<?, ?> by, long now) {
                    counted--;
                }
            };

    private final PoolActions<Conn, Guest> actions =
            new PoolActions<>() {
                @Override
                public void open() {
                    done.add("open");
                    assertThat(done).hasSizeLessThan(100);
                    onOpen.run();
                }

                @Override
                public void serve(Guest client, Conn server) {
                    done.add(client.name + "=" + server.name);
                }

                @Override
                public void check(Conn server) {
                    done.add("check " + server.name);
                }

                @Override
                public void close(Conn server, String reason) {
                    done.add("close " + server.name);
                }
            };

    private Pool<Conn, Guest> pool(PoolLimits limits) {
        return new Pool<>(limits, shared, actions);
    }

    private List<String> done() {
        List<String> all = List.copyOf(done);
        done.clear();
        return all;
    }

    @Test
    void firstComeFirstServed() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        Conn a = new Conn("a");
        for (String name : List.of("1", "2", "3", "4")) {
            assertThat(pool.take(new Guest(name), 0)).isNull();
        }
        assertThat(done()).containsExactly("open", "open");
        pool.opened(a, 1);
        pool.opened(new Conn("b"), 1);
        pool.release(a, 2);
        assertThat(pool.take(new Guest("5"), 2)).isNull();
        pool.release(a, 3);
        assertThat(done()).containsExactly("1=a", "2=b", "3=a", "4=a");
        pool.release(a, 4);
        assertThat(done()).containsExactly("5=a");
        assertThat(pool.size()).isEqualTo(2);
    }

    /// They have lost the servers that they were to have.
    @Test
    void whoWaitsAgainIsServedAsIfItHadWaitedAllTheTime() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        List<Guest> guests = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            Guest guest = new Guest(String.valueOf(i));
            guests.add(guest);
            pool.take(guest, i);
        }
        Conn a = new Conn("a");
        Conn b = new Conn("b");
        pool.opened(a, 5);
        pool.opened(b, 5);
        pool.lost(a, 6);
        pool.lost(b, 6);
        guests.forEach(Guest::hasWaited);
        assertThat(pool.take(guests.get(0), 7)).isNull();
        assertThat(pool.take(guests.get(1), 7)).isNull();
        assertThat(pool.longestWait(7)).isEqualTo(6);
        done();
        for (int i = 0; i < 4; i++) {
            Conn next = new Conn("next");
            pool.opened(next, 8);
            pool.release(next, 9);
        }
        assertThat(done()).startsWith("1=next", "2=next");
    }

    @Test
    void whoLeftTheQueueIsPassedOver() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        Guest gone = new Guest("gone");
        pool.take(gone, 0);
        pool.leave(gone);
        Conn a = new Conn("a");
        pool.opened(a, 1);
        assertThat(pool.idle()).isEqualTo(1);
        assertThat(pool.take(new Guest("1"), 2)).isSameAs(a);
    }

    @Test
    void theReserveComesWhenSomebodyHasWaitedLong() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        for (String name : List.of("1", "2", "3", "4")) {
            pool.take(new Guest(name), 0);
        }
        done();
        pool.opened(new Conn("a"), 0);
        pool.opened(new Conn("b"), 0);
        done();
        pool.tick(4 * SECOND);
        assertThat(done()).isEmpty();
        pool.tick(5 * SECOND);
        assertThat(done()).containsExactly("open");
        pool.tick(6 * SECOND);
        assertThat(done()).isEmpty();
    }

    @Test
    void aFailedLoginIsNotRepeatedAtOnce() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        pool.take(new Guest("1"), 0);
        pool.openingFailed(SECOND);
        done();
        pool.tick(15 * SECOND);
        assertThat(done()).isEmpty();
        pool.tick(16 * SECOND);
        assertThat(done()).containsExactly("open");
        assertThat(counted).isEqualTo(1);
    }

    /// `server_login_retry = 0`, and a host of which is known that it has no address.
    @Test
    void whatFailsAtOnceIsNotRepeatedAtOnce() {
        Pool<Conn, Guest> pool = pool(new PoolLimits(2, 0, 0, 0, HOUR, 0, 0, 0));
        onOpen = () -> pool.openingFailed(0);
        pool.take(new Guest("1"), 0);
        assertThat(done()).containsExactly("open");
        pool.tick(1);
        assertThat(done()).containsExactly("open");
        assertThat(counted).isZero();
    }

    @Test
    void whatWasIdleForLongIsAskedFirst() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        pool.take(new Guest("1"), 0);
        Conn a = new Conn("a");
        pool.opened(a, 0);
        pool.release(a, 0);
        done();
        assertThat(pool.take(new Guest("2"), 31 * SECOND)).isNull();
        assertThat(done()).containsExactly("check a");
        pool.checked(a, 31 * SECOND);
        assertThat(done()).containsExactly("2=a");
    }

    @Test
    void aDeadOneIsReplaced() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        pool.take(new Guest("1"), 0);
        Conn a = new Conn("a");
        pool.opened(a, 0);
        pool.release(a, 0);
        done();
        pool.take(new Guest("2"), 31 * SECOND);
        pool.lost(a, 31 * SECOND);
        assertThat(done()).containsExactly("check a", "open");
        pool.lost(a, 31 * SECOND); // told twice
        assertThat(counted).isEqualTo(1);
    }

    @Test
    void theUnusedGoDownToTheLeast() {
        Pool<Conn, Guest> pool = pool(new PoolLimits(5, 1, 0, 0, HOUR, 10 * SECOND, 0, SECOND));
        List<Conn> servers = List.of(new Conn("a"), new Conn("b"), new Conn("c"));
        for (Conn server : servers) {
            pool.take(new Guest("g" + server.name), 0);
            pool.opened(server, 0);
        }
        servers.forEach(server -> pool.release(server, SECOND));
        done();
        pool.tick(11 * SECOND);
        assertThat(done()).containsExactly("close a", "close b");
        assertThat(pool.size()).isEqualTo(1);
    }

    @Test
    void theLeastIsKeptWhileThereAreClients() {
        Pool<Conn, Guest> pool = pool(new PoolLimits(5, 2, 0, 0, HOUR, 0, 0, SECOND));
        pool.tick(0);
        assertThat(done()).isEmpty();
        pool.clientsAre(1, 0);
        assertThat(done()).containsExactly("open", "open");
    }

    @Test
    void theOldAreReplacedNotAllAtOnce() {
        Pool<Conn, Guest> pool = pool(new PoolLimits(5, 0, 0, 0, 100 * SECOND, 0, 0, SECOND));
        List<Conn> servers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Conn server = new Conn("s" + i);
            servers.add(server);
            pool.take(new Guest("g"), 0);
            pool.opened(server, 0);
        }
        servers.forEach(server -> pool.release(server, 0));
        pool.tick(79 * SECOND);
        assertThat(pool.idle()).isEqualTo(5);
        pool.tick(90 * SECOND);
        assertThat(pool.idle()).isBetween(1, 4);
        pool.tick(101 * SECOND);
        assertThat(pool.idle()).isZero();
        assertThat(counted).isZero();
    }

    /// `server_lifetime = 0`
    @Test
    void whatMayNotGrowOldIsUsedOnce() {
        Pool<Conn, Guest> pool = pool(new PoolLimits(1, 0, 0, 0, 0, 0, 30 * SECOND, SECOND));
        Conn a = new Conn("a");
        pool.take(new Guest("1"), 0);
        pool.opened(a, 0);
        assertThat(done()).containsExactly("open", "1=a");
        pool.take(new Guest("2"), 0);
        pool.release(a, 0);
        Conn b = new Conn("b");
        pool.opened(b, 0);
        assertThat(done()).containsExactly("close a", "open", "2=b");
        pool.release(b, 0);
        assertThat(done()).containsExactly("close b");
    }

    /// Nobody could reach what it opened: no order, no limit, no tick.
    @Test
    void whoIsNobodysAnyMoreOpensNothing() {
        Pool<Conn, Guest> pool = pool(new PoolLimits(5, 2, 0, 0, HOUR, 0, 0, SECOND));
        pool.clientsAre(1, 0);
        Conn a = new Conn("a");
        Conn late = new Conn("late");
        pool.opened(a, 0);
        done();
        pool.end(0);
        pool.lost(a, 0);
        pool.tick(SECOND);
        pool.resume(SECOND);
        pool.tryAgain(SECOND);
        pool.guestsWait(OptionalLong.of(SECOND), SECOND);
        pool.opened(late, SECOND);
        pool.take(new Guest("1"), SECOND);
        assertThat(done()).containsExactly("close a", "close late");
    }

    /// So a warm pool is never short of one.
    @Test
    void whoIsKeptWarmIsReplacedBeforeItIsTooOld() {
        Pool<Conn, Guest> pool = pool(new PoolLimits(2, 1, 0, 0, 1000 * SECOND, 0, 0, SECOND));
        pool.clientsAre(1, 0);
        Conn old = new Conn("old");
        pool.opened(old, 0);
        pool.tick(900 * SECOND);
        assertThat(done()).containsExactly("open");
        pool.tick(960 * SECOND);
        assertThat(done()).containsExactly("open");
        pool.tick(961 * SECOND);
        pool.opened(new Conn("new"), 962 * SECOND);
        assertThat(done()).isEmpty();
        pool.tick(1000 * SECOND);
        assertThat(done()).containsExactly("close old");
        assertThat(pool.idle()).isEqualTo(1);
    }

    /// Where there is no room beside it, one after the other.
    @Test
    void inAFullPoolTheOldGoFirst() {
        Pool<Conn, Guest> pool = pool(new PoolLimits(1, 1, 0, 0, 1000 * SECOND, 0, 0, SECOND));
        pool.clientsAre(1, 0);
        pool.opened(new Conn("old"), 0);
        pool.tick(960 * SECOND);
        assertThat(done()).containsExactly("open");
        pool.tick(1000 * SECOND);
        assertThat(done()).containsExactly("close old", "open");
    }

    /// Else those that are kept warm would be closed and opened again for ever.
    @Test
    void whatMayNotGrowOldWaitsForItsUse() {
        Pool<Conn, Guest> pool = pool(new PoolLimits(2, 2, 0, 0, 0, 0, 0, SECOND));
        pool.clientsAre(1, 0);
        assertThat(done()).containsExactly("open", "open");
        pool.opened(new Conn("a"), 0);
        pool.opened(new Conn("b"), 0);
        pool.tick(HOUR);
        assertThat(done()).isEmpty();
        assertThat(pool.idle()).isEqualTo(2);
    }

    @Test
    void theOldGoThoughClientsWaitAsTheLimitIsNow() {
        Pool<Conn, Guest> pool = pool(new PoolLimits(1, 0, 0, 0, HOUR, 0, 0, SECOND));
        Conn a = new Conn("a");
        pool.take(new Guest("1"), 0);
        pool.take(new Guest("2"), 0);
        pool.take(new Guest("3"), 0);
        pool.opened(a, 0);
        pool.release(a, 9 * SECOND);
        assertThat(done()).containsExactly("open", "1=a", "2=a");
        PoolLimits shorter = new PoolLimits(1, 0, 0, 0, 10 * SECOND, 0, 0, SECOND);
        pool.configure(shorter, Pool.Order.LAST_USED, 9 * SECOND);
        pool.release(a, 10 * SECOND);
        assertThat(done()).containsExactly("close a", "open");
    }

    /// `reserve_pool_timeout = 0`
    @Test
    void aReserveWithoutATimeIsNoReserve() {
        Pool<Conn, Guest> pool = pool(new PoolLimits(1, 0, 1, 0, HOUR, 0, 0, SECOND));
        pool.take(new Guest("1"), 0);
        pool.take(new Guest("2"), 0);
        pool.tick(HOUR);
        assertThat(done()).containsExactly("open");
    }

    @Test
    void pausedClientsWait() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        pool.take(new Guest("1"), 0);
        Conn a = new Conn("a");
        pool.opened(a, 0);
        done();
        pool.pause(1);
        pool.take(new Guest("2"), 1);
        pool.release(a, 2);
        assertThat(done()).containsExactly("close a");
        assertThat(pool.size()).isZero();
        pool.resume(3);
        assertThat(done()).containsExactly("open");
    }

    @Test
    void reconnectingClosesWhatIsThereWhenItIsFree() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        pool.take(new Guest("1"), 0);
        pool.take(new Guest("2"), 0);
        Conn a = new Conn("a");
        Conn b = new Conn("b");
        pool.opened(a, 0);
        pool.opened(b, 0);
        pool.release(b, 0);
        done();
        pool.reconnect(1);
        assertThat(done()).containsExactly("close b");
        pool.release(a, 2);
        assertThat(done()).containsExactly("close a");
    }

    @Test
    void whoIsDismissedBeforeItCanBeUsedIsNotUsed() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        pool.take(new Guest("1"), 0);
        Conn a = new Conn("a");
        pool.reached(a);
        pool.dismiss(a, "not wanted any more", 1);
        pool.opened(a, 2);
        assertThat(done()).containsExactly("open", "close a", "open");
    }

    @Test
    void whoIsOutOfDateBeforeItCanBeUsedIsNotUsed() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        pool.take(new Guest("1"), 0);
        Conn a = new Conn("a");
        Conn b = new Conn("b");
        pool.reached(a);
        pool.reconnect(1);
        pool.opened(a, 2);
        pool.reached(b);
        pool.opened(b, 3);
        assertThat(done()).containsExactly("open", "close a", "open", "1=b");
    }

    @Test
    void theSharedLimitHoldsForAll() {
        most = 1;
        Pool<Conn, Guest> pool = pool(LIMITS);
        pool.take(new Guest("1"), 0);
        pool.take(new Guest("2"), 0);
        assertThat(done()).containsExactly("open");
    }

    @Test
    void whoWaitsToBeLetInGetsAFirstServer() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        pool.guestsWait(OptionalLong.of(0), 0);
        assertThat(done()).containsExactly("open");
        pool.openingFailed(0);
        pool.tick(14 * SECOND);
        assertThat(done()).isEmpty();
        pool.tick(15 * SECOND);
        assertThat(done()).containsExactly("open");
        Conn a = new Conn("a");
        pool.opened(a, 15 * SECOND);
        pool.lost(a, 16 * SECOND);
        assertThat(done()).as("they are in").isEmpty();
    }

    @Test
    void duringASwitchoverOneServerIsOpenedForThoseWhoWaitToBeLetIn() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        pool.hold(0);
        pool.guestsWait(OptionalLong.of(0), 0);
        pool.opened(new Conn("a"), 1);
        pool.tick(2);
        assertThat(done()).containsExactly("open", "close a");
    }

    @Test
    void whoIsHeldIsServedInOrderAfterwards() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        Conn a = new Conn("a");
        Conn idle = new Conn("idle");
        pool.take(new Guest("1"), 0);
        pool.take(new Guest("left"), 0);
        pool.opened(a, 0);
        pool.opened(idle, 0);
        pool.release(idle, 0);
        done();
        pool.hold(1);
        assertThat(done()).as("the primary need not end it").containsExactly("close idle");
        pool.take(new Guest("2"), 1);
        pool.take(new Guest("3"), 1);
        pool.release(a, 2);
        pool.tick(3);
        assertThat(done()).containsExactly("close a");
        assertThat(pool.size()).isZero();
        pool.letGo(4);
        assertThat(done()).containsExactly("open", "open");
        pool.opened(new Conn("b"), 5);
        pool.opened(new Conn("c"), 5);
        assertThat(done()).containsExactly("2=b", "3=c");
    }

    /// They would keep the server for as long as they like.
    @Test
    void whoGaveItsServerBackForASwitchoverIsServedBeforeThoseThatWait() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        Guest moved = new Guest("moved");
        pool.clientsAre(4, 0);
        moves(pool, moved, new Guest("other"));
        pool.letGo(2);
        assertThat(done()).as("a place is nobody's yet").isEmpty();
        pool.take(new Guest("later"), 3);
        assertThat(pool.take(moved, 4)).isNull();
        assertThat(done()).containsExactly("open");
        Conn next = new Conn("next");
        pool.opened(next, 5);
        assertThat(done()).containsExactly("moved=next");
        pool.release(next, 6);
        assertThat(done()).as("the place was for once").containsExactly("1=next");
    }

    /// All of the pool's places are kept from now on, and two wait.
    private void moves(Pool<Conn, Guest> pool, Guest... guests) {
        List<Conn> servers = new ArrayList<>();
        for (Guest guest : guests) {
            pool.take(guest, 0);
            Conn server = new Conn("old");
            pool.opened(server, 0);
            servers.add(server);
        }
        pool.take(new Guest("1"), 1);
        pool.take(new Guest("2"), 1);
        pool.hold(1);
        for (Guest guest : guests) {
            pool.keepPlace(guest);
        }
        servers.forEach(server -> pool.release(server, 1));
        done();
    }

    @Test
    void aPlaceThatIsGivenUpIsFreeForThoseThatWait() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        Guest gone = new Guest("gone");
        moves(pool, gone, new Guest("other"));
        pool.letGo(2);
        pool.tick(3);
        assertThat(done()).isEmpty();
        pool.giveUpPlace(gone);
        pool.tick(4);
        assertThat(done()).containsExactly("open");
        pool.opened(new Conn("a"), 5);
        assertThat(done()).containsExactly("1=a");
    }

    /// A server that is idle all the same is for whoever has a place.
    @Test
    void anIdleServerIsLeftToWhoeverHasAPlace() {
        Pool<Conn, Guest> pool = pool(LIMITS);
        Guest moved = new Guest("moved");
        pool.keepPlace(moved);
        pool.keepPlace(new Guest("other"));
        pool.guestsWait(OptionalLong.of(0), 0);
        Conn a = new Conn("a");
        pool.opened(a, 1);
        assertThat(pool.take(new Guest("1"), 2)).isNull();
        pool.letGo(3);
        pool.tick(4);
        assertThat(pool.take(moved, 5)).isSameAs(a);
        pool.release(a, 6);
        assertThat(done()).containsExactly("open", "1=a");
    }
}
