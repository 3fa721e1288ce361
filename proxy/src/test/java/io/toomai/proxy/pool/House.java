package io.toomai.proxy.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/// One user's pool, with logins that end when they are told to.
final class House implements PoolActions<House.Conn, House.Guest> {
    private static final long SECOND = 1_000_000_000L;

    static final long YEAR = 365 * 86_400 * SECOND;

    final Pool<Conn, Guest> pool;
    final Ceilings ceilings;
    final Deque<Conn> busy = new ArrayDeque<>();
    final Set<Conn> living = new LinkedHashSet<>();
    final List<Guest> served = new ArrayList<>();
    final AtomicInteger servers;
    int dialling;
    int closed;

    House(int size, int least, Ceiling... above) {
        this(new PoolLimits(size, least, 0, 0, YEAR, 0, 0, SECOND), new AtomicInteger(), above);
    }

    /// @param servers counts those of several houses
    House(PoolLimits limits, AtomicInteger servers, Ceiling... above) {
        this.servers = servers;
        ceilings = new Ceilings(above);
        pool = new Pool<>(limits, ceilings, this);
        ceilings.join(pool);
    }

    void wants(int clients, long now) {
        for (int i = 0; i < clients; i++) {
            Guest guest = new Guest();
            Conn free = pool.take(guest, now);
            if (free != null) {
                serve(guest, free);
            }
        }
    }

    void logsIn(long now) {
        for (; dialling > 0; dialling--) {
            Conn server = new Conn();
            living.add(server);
            pool.opened(server, now);
        }
    }

    void failsToLogIn(long now) {
        dialling--;
        servers.decrementAndGet();
        pool.openingFailed(now);
    }

    void releaseOne(long now) {
        pool.release(busy.removeFirst(), now);
    }

    void releaseAll(long now) {
        while (!busy.isEmpty()) {
            releaseOne(now);
        }
    }

    void loses(Conn server, long now) {
        busy.remove(server);
        if (living.remove(server)) {
            servers.decrementAndGet();
            pool.lost(server, now);
        }
    }

    void losesAll(long now) {
        List.copyOf(living).forEach(server -> loses(server, now));
    }

    @Override
    public void open() {
        servers.incrementAndGet();
        dialling++;
    }

    @Override
    public void serve(Guest client, Conn server) {
        served.add(client);
        busy.addLast(server);
    }

    @Override
    public void check(Conn server) {}

    @Override
    public void close(Conn server, String reason) {
        living.remove(server);
        servers.decrementAndGet();
        closed++;
    }

    static final class Conn implements Server {
        final Stay stay = new Stay();

        @Override
        public Stay stay() {
            return stay;
        }
    }

    static final class Guest implements Waiter {
        long since;

        @Override
        public void waitsSince(long now) {
            since = now;
        }

        @Override
        public long waitsSince() {
            return since;
        }
    }
}
