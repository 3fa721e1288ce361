package io.toomai.proxy.pool;

import io.toomai.proxy.pool.Inquiry.Answer;
import io.toomai.proxy.pool.Inquiry.Need;
import io.toomai.proxy.pool.Places.Refusal;
import io.toomai.proxy.pool.Places.Stand;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// `max_db_connections` or `max_user_connections`: how many servers several pools may have
/// together. This is what one event loop has of it, for its own pools; the number is that of the
/// [Places], which all loops share.
///
/// Who wants one more while all places are taken gets that of an idle server, from the pool with
/// most idle ones: of the same loop if there is one, else another loop is asked. When none is idle,
/// a pool that has less than an equal share of the places and whose first client has waited for a
/// while takes one from a pool that has more: the next that becomes free there. So a busy pool
/// cannot keep the others out for ever.
///
/// Pure; belongs to one event loop. Loops only send messages to each other, with the time at which
/// they were sent: [#tell] is all that another thread may call.
public final class Ceiling {
    /// Shorter waits end by themselves; a connection costs more. Also how long, at least, a pool
    /// keeps a server where there are more pools than places.
    private static final long PATIENCE = 250_000_000L;

    /// So long after an answer that nobody has a place nobody is asked again.
    private static final long PAUSE = PATIENCE / 10;

    private final Places places;
    private final Executor loop;
    private final List<Pool<?, ?>> pools = new ArrayList<>();
    private @Nullable Pool<?, ?> promised;
    private @Nullable Pool<?, ?> evicted;
    private Asking asking = Asking.NOBODY;
    private long notBefore = Long.MIN_VALUE;
    private long latest = Long.MIN_VALUE;

    /// Whether an [Inquiry] is on its way.
    private enum Asking {
        NOBODY,
        THE_OTHERS
    }

    /// @param loop runs what other loops want of this one
    public Ceiling(Places places, Executor loop) {
        this.places = places;
        this.loop = loop;
    }

    /// For pools that all belong to one loop.
    ///
    /// @param most servers; 0 = no limit
    public static Ceiling alone(int most) {
        return new Ceiling(new Places(most), Runnable::run);
    }

    /// For all loops. Places that are free after this are filled.
    public void most(int next, long now) {
        places.most(next);
        publish(0);
        for (int i = places.waiting(); i > 0; i--) {
            handOn(places.promise(), now);
        }
    }

    /// Servers of all loops.
    public int used() {
        return places.used();
    }

    public int most() {
        return places.most();
    }

    void join(Pool<?, ?> pool) {
        if (pools.isEmpty()) {
            places.join(this);
        }
        pools.add(pool);
    }

    void part(Pool<?, ?> pool) {
        places.settle(pool);
        if (pools.remove(pool) && pools.isEmpty()) {
            places.part(this);
        }
        publish(0);
    }

    /// A pool comes with its servers, for which there may be no places: then it gives up some.
    void takeIn(Pool<?, ?> pool) {
        join(pool);
        places.add(pool.size());
        publish(0);
    }

    /// A pool goes with its servers.
    void letGo(Pool<?, ?> pool, long now) {
        part(pool);
        latest = now;
        for (int i = pool.size(); i > 0; i--) {
            handOn(places.giveBack(), now);
        }
    }

    boolean isEmpty() {
        return pools.isEmpty();
    }

    // ---- what a pool asks

    /// Whether there is a place, or one that an idle server of another pool leaves. Another loop
    /// may be faster to take it.
    boolean couldHavePlace(Pool<?, ?> pool, long now) {
        latest = now;
        return pool.equals(promised)
                || places.isFree()
                || richest(pool, starves(pool, now)) != null
                || !refuse(pool, now);
    }

    /// @return whether it got one; if not it hears [Pool#placeIsFree]
    boolean take(Pool<?, ?> pool, long now) {
        if (pool.equals(promised)) {
            promised = null;
            places.settle(pool);
        } else {
            while (!places.take(pool) && !evictFor(pool, now)) {
                if (refuse(pool, now)) {
                    return false;
                }
            }
        }
        publish(pool.takesPart() ? 0 : 1);
        return true;
    }

    /// A pool has lost a server, whose place it gives back next.
    void hasFewer(Pool<?, ?> pool) {
        places.resized(pool, pool.size());
    }

    void giveBack(Pool<?, ?> by, long now) {
        if (by.equals(evicted)) {
            evicted = null; // the place is spoken for
            return;
        }
        latest = now;
        publish(0);
        handOn(places.giveBack(), now);
    }

    private boolean refuse(Pool<?, ?> pool, long now) {
        publish(0);
        if (!places.refuse(new Refusal(this, pool, pool.size()))) {
            return false;
        }
        if (asking == Asking.NOBODY && now >= notBefore) {
            List<Ceiling> others = places.others(this);
            if (others.isEmpty()) {
                claim(pool, need(pool, now), now);
            } else {
                ask(others, now);
            }
        }
        return true;
    }

    /// Who opens its first server for nobody yet is among those that want some, too.
    private void publish(int more) {
        if (places.most() == 0) {
            return;
        }
        int wanting = more;
        int owed = 0;
        for (Pool<?, ?> pool : pools) {
            if (pool.takesPart()) {
                wanting++;
            }
            owed += pool.owed();
        }
        places.stands(this, new Stand(wanting, owed));
    }

    // ---- places on their way

    /// Until somebody has taken the place, or another loop has been told of it.
    private void handOn(@Nullable Refusal promise, long now) {
        Refusal next = promise;
        while (next != null) {
            Refusal to = next;
            boolean taken =
                    to.ceiling().equals(this)
                            ? accepts(to.pool(), now)
                            : to.ceiling().tell(() -> to.ceiling().hearPromise(to, now));
            next = taken ? null : places.giveBack();
        }
    }

    /// Other promises may be kept meanwhile: a pool that opens a server may evict another.
    private boolean accepts(Pool<?, ?> pool, long now) {
        Pool<?, ?> outer = promised;
        promised = pool;
        pool.placeIsFree(now);
        boolean taken = promised == null;
        promised = outer;
        return taken;
    }

    /// The place stays taken, so that nobody else gets it meanwhile; but those that are too many
    /// are given back first.
    private boolean evictFor(Pool<?, ?> pool, long now) {
        Pool<?, ?> outer = evicted;
        evicted = null;
        Pool<?, ?> from = richest(pool, starves(pool, now));
        while (from != null && places.isExceeded()) {
            from.giveUpOne(now);
            from = richest(pool, starves(pool, now));
        }
        if (from == null) {
            evicted = outer;
            return false;
        }
        evicted = from;
        from.giveUpOne(now);
        evicted = outer;
        places.settle(pool);
        return true;
    }

    private static boolean starves(Pool<?, ?> pool, long now) {
        return pool.size() == 0 && pool.wantedFor(now) >= PATIENCE;
    }

    /// Who has nothing at all and has waited for a while may even have what another pool keeps for
    /// its `min_pool_size`.
    private @Nullable Pool<?, ?> richest(Pool<?, ?> but, boolean starves) {
        Pool<?, ?> richest = null;
        for (Pool<?, ?> pool : pools) {
            boolean gives = pool.canGiveUpOne() || (starves && pool.idle() > 0);
            if (gives && !pool.equals(but) && (richest == null || pool.idle() > richest.idle())) {
                richest = pool;
            }
        }
        return richest;
    }

    // ---- shares

    private Need need(Pool<?, ?> pool, long now) {
        if (pool.wantedFor(now) < PATIENCE || pool.size() >= places.share()) {
            return Need.ONE_MORE;
        }
        return pool.size() == 0 ? Need.ITS_FIRST : Need.ITS_SHARE;
    }

    private boolean claim(Pool<?, ?> pool, Need need, long now) {
        Pool<?, ?> from = debtor(pool, need, now);
        if (from == null || !places.owe(this)) {
            return false;
        }
        from.owe();
        return true;
    }

    private @Nullable Pool<?, ?> debtor(Pool<?, ?> but, Need need, long now) {
        if (need == Need.ONE_MORE) {
            return null;
        }
        int share = places.share();
        Pool<?, ?> from = null;
        for (Pool<?, ?> pool : pools) {
            boolean hasMore =
                    pool.kept() > share
                            || (need == Need.ITS_FIRST
                                    && pool.kept() > 0
                                    && now - pool.openedAt() >= PATIENCE);
            if (!pool.equals(but) && hasMore && (from == null || pool.kept() > from.kept())) {
                from = pool;
            }
        }
        return from;
    }

    // ---- other loops

    /// Has this loop do something later; any thread may call it.
    ///
    /// @return whether it will: a loop that has ended does nothing
    boolean tell(Runnable message) {
        try {
            loop.execute(message);
            return true;
        } catch (RejectedExecutionException _) {
            return false;
        }
    }

    /// For that one of its pools that needs it most, of equal ones for the first refused.
    private void ask(List<Ceiling> others, long now) {
        publish(0);
        Pool<?, ?> neediest = null;
        Need most = Need.ONE_MORE;
        for (Pool<?, ?> pool : places.refusedOf(this)) {
            Need need = need(pool, now);
            if (neediest == null || need.compareTo(most) > 0) {
                neediest = pool;
                most = need;
            }
        }
        if (neediest == null) {
            return;
        }
        asking = Asking.THE_OTHERS;
        Inquiry inquiry = new Inquiry(this, neediest, most, now, others);
        Pool<?, ?> own = debtor(neediest, most, now);
        if (own != null) {
            inquiry.mayOwe(this, own.kept());
        }
        inquiry.goOn();
    }

    /// A message may be older than what this loop knows already: a login that failed, say.
    private long later(long sent) {
        return Math.max(sent, latest);
    }

    private void hearPromise(Refusal promise, long sent) {
        if (!pools.contains(promise.pool()) || !places.withdraw(promise)) {
            handOn(promise, later(sent));
        }
    }

    void hear(Inquiry inquiry) {
        long now = later(inquiry.now());
        publish(0);
        if (!places.isRefused(inquiry.pool())) {
            inquiry.end(Answer.DONE);
            return;
        }
        Pool<?, ?> idle = richest(inquiry.pool(), inquiry.need() == Need.ITS_FIRST);
        if (idle != null) {
            idle.giveUpOne(now);
            inquiry.end(Answer.DONE);
            return;
        }
        Pool<?, ?> owing = debtor(inquiry.pool(), inquiry.need(), now);
        if (owing != null) {
            inquiry.mayOwe(this, owing.kept());
        }
        inquiry.goOn();
    }

    void hearClaim(Inquiry inquiry) {
        publish(0);
        if (!places.isRefused(inquiry.pool())) {
            inquiry.end(Answer.DONE);
        } else if (claim(inquiry.pool(), inquiry.need(), later(inquiry.now()))) {
            inquiry.end(Answer.DONE);
        } else {
            inquiry.end(Answer.NOTHING);
        }
    }

    /// Others of its pools may wait, too.
    void hearAnswer(Answer answer, long sent) {
        asking = Asking.NOBODY;
        switch (answer) {
            case DONE -> ask(places.others(this), later(sent));
            case NOTHING -> notBefore = later(sent) + PAUSE;
        }
    }
}
