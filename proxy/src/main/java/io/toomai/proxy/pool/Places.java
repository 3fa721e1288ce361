package io.toomai.proxy.pool;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How many servers there may be under one limit of a database or a user, over all event loops.
/// Each loop has a [Ceiling] of its own for it; what they all must agree on is kept here: how many
/// places are taken, and who was refused one.
///
/// A place is never free while somebody waits for one: in the same step in which it is given back
/// it is promised to one of those, and counts as taken on its way there. So nobody misses that a
/// place became free, and nobody who comes later is faster.
///
/// Thread safe. It is asked when a server is opened, refused or closed, never for a query, and
/// calls nobody while it is locked.
public final class Places {
    private final Map<Ceiling, Stand> loops = new LinkedHashMap<>();
    private final Map<Pool<?, ?>, Refusal> refused = new LinkedHashMap<>();
    private int most;
    private int used;

    /// Who waits for a place.
    ///
    /// @param size servers that it has
    record Refusal(Ceiling ceiling, Pool<?, ?> pool, int size) {}

    /// What one loop told last of its pools.
    ///
    /// @param wanting those that have servers or somebody who waits for one
    /// @param owed servers that they give up as soon as they can
    record Stand(int wanting, int owed) {
        static final Stand NOTHING = new Stand(0, 0);
    }

    /// @param most servers; 0 = no limit
    public Places(int most) {
        this.most = most;
    }

    public synchronized int most() {
        return most;
    }

    /// Servers of all loops, and places that are promised.
    public synchronized int used() {
        return used;
    }

    /// Whether no loop has pools under this limit, nor servers.
    public synchronized boolean isEmpty() {
        return loops.isEmpty() && used == 0;
    }

    // ---- loops

    synchronized void join(Ceiling ceiling) {
        loops.put(ceiling, Stand.NOTHING);
    }

    synchronized void part(Ceiling ceiling) {
        loops.remove(ceiling);
    }

    /// The loops that have pools beside this one, in a circle: not all ask the same one first.
    synchronized List<Ceiling> others(Ceiling than) {
        List<Ceiling> others = new ArrayList<>(loops.keySet());
        int own = others.indexOf(than);
        if (own >= 0) {
            Collections.rotate(others, -own);
            others.removeFirst();
        }
        return others;
    }

    synchronized void stands(Ceiling ceiling, Stand stand) {
        loops.replace(ceiling, stand);
    }

    // ---- places

    /// What becomes free by this is for those that wait: see [#promise].
    synchronized void most(int next) {
        most = next;
    }

    synchronized boolean isFree() {
        return most == 0 || used < most;
    }

    /// Whether there are more than there may be: there may be fewer than before.
    synchronized boolean isExceeded() {
        return most > 0 && used > most;
    }

    synchronized boolean take(Pool<?, ?> by) {
        if (!isFree()) {
            return false;
        }
        used++;
        refused.remove(by);
        return true;
    }

    /// Servers come from under another limit: perhaps there are more than there may be then.
    synchronized void add(int servers) {
        used += servers;
    }

    /// Makes a pool wait, unless there is a place by now.
    synchronized boolean refuse(Refusal refusal) {
        if (isFree()) {
            return false;
        }
        refused.put(refusal.pool(), refusal); // keeps its turn if it waits already
        return true;
    }

    synchronized boolean isRefused(Pool<?, ?> pool) {
        return refused.containsKey(pool);
    }

    /// The pools of one loop that wait.
    synchronized List<Pool<?, ?>> refusedOf(Ceiling ceiling) {
        List<Pool<?, ?>> pools = new ArrayList<>();
        for (Refusal refusal : refused.values()) {
            if (refusal.ceiling().equals(ceiling)) {
                pools.add(refusal.pool());
            }
        }
        return pools;
    }

    synchronized int waiting() {
        return refused.size();
    }

    /// A pool waits no more: it has what it wanted, or is gone.
    synchronized void settle(Pool<?, ?> pool) {
        refused.remove(pool);
    }

    synchronized void resized(Pool<?, ?> pool, int size) {
        refused.computeIfPresent(
                pool, (_, before) -> new Refusal(before.ceiling(), before.pool(), size));
    }

    /// A place is not needed any more.
    ///
    /// @return to whom it is promised now
    synchronized @Nullable Refusal giveBack() {
        used--;
        return promise();
    }

    /// Takes a free place for somebody who waits. Those that have less than a share come first,
    /// each in the order in which it was refused. Who gets it must take it or give it back.
    synchronized @Nullable Refusal promise() {
        if (refused.isEmpty() || !isFree()) {
            return null;
        }
        Refusal next = refused.values().iterator().next();
        int share = share();
        for (Refusal each : refused.values()) {
            if (each.size() < share) {
                next = each;
                break;
            }
        }
        refused.remove(next.pool());
        used++;
        return next;
    }

    /// There may be fewer servers than when a place was promised: who should have got it waits
    /// again.
    synchronized boolean withdraw(Refusal promise) {
        if (most == 0 || used <= most) {
            return false;
        }
        used--;
        refused.putIfAbsent(promise.pool(), promise);
        return true;
    }

    // ---- shares

    /// What each pool of all loops may have if all have the same.
    synchronized int share() {
        int wanting = 0;
        for (Stand stand : loops.values()) {
            wanting += stand.wanting();
        }
        return Math.max(1, most / Math.max(1, wanting));
    }

    /// Counts one more server that a pool of this loop will give up, unless there are enough for
    /// those that have less than a share.
    synchronized boolean owe(Ceiling ceiling) {
        int owed = 0;
        for (Stand stand : loops.values()) {
            owed += stand.owed();
        }
        if (owed >= poor()) {
            return false;
        }
        loops.computeIfPresent(ceiling, (_, stand) -> new Stand(stand.wanting(), stand.owed() + 1));
        return true;
    }

    private int poor() {
        int share = share();
        int poor = 0;
        for (Refusal refusal : refused.values()) {
            if (refusal.size() < share) {
                poor++;
            }
        }
        return poor;
    }
}
