package io.toomai.proxy.pool;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// `max_db_connections` or `max_user_connections`: how many servers several pools may have
/// together.
///
/// Who wants one more while all places are taken gets that of an idle server, from the pool with
/// most idle ones. When none is idle, a pool that has less than an equal share of the places and
/// whose first client has waited for a while takes one from a pool that has more: the next that
/// becomes free there. So a busy pool cannot keep the others out for ever. Pure; belongs to one
/// event loop.
public final class Ceiling {
    /// Shorter waits end by themselves; a connection costs more. Also how long, at least, a pool
    /// keeps a server where there are more pools than places.
    private static final long PATIENCE = 250_000_000L;

    private final List<Pool<?, ?>> pools = new ArrayList<>();
    private final Set<Pool<?, ?>> refused = new LinkedHashSet<>();
    private int most;
    private int used;
    private int busyWithEviction;

    /// @param most servers; 0 = no limit
    public Ceiling(int most) {
        this.most = most;
    }

    /// Places that are free after this are filled.
    public void most(int next, long now) {
        most = next;
        wake(now);
    }

    public int used() {
        return used;
    }

    public int most() {
        return most;
    }

    void join(Pool<?, ?> pool) {
        pools.add(pool);
    }

    void part(Pool<?, ?> pool) {
        pools.remove(pool);
        refused.remove(pool);
    }

    boolean isEmpty() {
        return pools.isEmpty();
    }

    private boolean hasPlace() {
        return most == 0 || used < most;
    }

    /// Whether there is a place, or one that an idle server of another pool leaves.
    boolean couldHavePlace(Pool<?, ?> pool, long now) {
        if (hasPlace() || richest(pool, now) != null) {
            return true;
        }
        refused.add(pool);
        claim(pool, now);
        return false;
    }

    void take(Pool<?, ?> pool, long now) {
        Pool<?, ?> from = hasPlace() ? null : richest(pool, now);
        if (from != null) {
            busyWithEviction++;
            from.giveUpOne(now);
            busyWithEviction--;
        }
        refused.remove(pool);
        used++;
    }

    void giveBack(long now) {
        used--;
        wake(now);
    }

    /// Who has nothing at all and has waited for a while may even have what another pool keeps for
    /// its `min_pool_size`.
    private @Nullable Pool<?, ?> richest(Pool<?, ?> but, long now) {
        boolean starves = but.size() == 0 && but.longestWait(now) >= PATIENCE;
        Pool<?, ?> richest = null;
        for (Pool<?, ?> pool : pools) {
            boolean gives = pool.canGiveUpOne() || (starves && pool.idle() > 0);
            if (gives && !pool.equals(but) && (richest == null || pool.idle() > richest.idle())) {
                richest = pool;
            }
        }
        return richest;
    }

    private int share() {
        int wanting = 0;
        for (Pool<?, ?> pool : pools) {
            if (pool.size() > 0 || pool.waiting() > 0) {
                wanting++;
            }
        }
        return Math.max(1, most / Math.max(1, wanting));
    }

    private void claim(Pool<?, ?> pool, long now) {
        int share = share();
        if (pool.size() >= share || pool.longestWait(now) < PATIENCE || owed() >= poor(share)) {
            return;
        }
        Pool<?, ?> from = null;
        for (Pool<?, ?> other : pools) {
            boolean hasMore =
                    other.kept() > share
                            || (pool.size() == 0
                                    && other.kept() > 0
                                    && now - other.openedAt() >= PATIENCE);
            if (!other.equals(pool) && hasMore && (from == null || other.kept() > from.kept())) {
                from = other;
            }
        }
        if (from != null) {
            from.owe();
        }
    }

    private int owed() {
        int owed = 0;
        for (Pool<?, ?> pool : pools) {
            owed += pool.owed();
        }
        return owed;
    }

    private int poor(int share) {
        int poor = 0;
        for (Pool<?, ?> pool : refused) {
            if (pool.size() < share) {
                poor++;
            }
        }
        return poor;
    }

    /// Those that have less than a share come first, each in the order in which it was refused.
    private void wake(long now) {
        if (busyWithEviction > 0) {
            return; // the place is spoken for
        }
        for (int i = refused.size(); i > 0 && hasPlace() && !refused.isEmpty(); i--) {
            Pool<?, ?> next = next();
            refused.remove(next);
            next.placeIsFree(now);
        }
    }

    private Pool<?, ?> next() {
        int share = share();
        for (Pool<?, ?> pool : refused) {
            if (pool.size() < share) {
                return pool;
            }
        }
        return refused.iterator().next();
    }
}
