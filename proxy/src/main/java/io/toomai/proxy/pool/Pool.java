package io.toomai.proxy.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The server connections of one user to one database, and the clients that want one. Who has
/// waited longest is served first, and nobody is served past the queue: a server that becomes free
/// goes to its head, not to whoever asks next. Only a client that was told to give its server back
/// has its place before them.
///
/// Pure: `now` is a monotonic time in nanoseconds, and what must be done is told to [PoolActions].
/// Not thread safe: a pool belongs to one event loop.
///
/// @param <S> a server connection
/// @param <C> a client
public final class Pool<S extends Server, C extends Waiter> {
    /// Lifetimes differ by up to a fifth, so that a pool that was filled at once is not emptied at
    /// once.
    private static final int SPREAD = 5;

    /// For so large a part of their lifetime servers that are kept warm are replaced beforehand.
    private static final int AGEING = 20;

    /// Logins under way at one time: a server that has just come back is not overrun.
    private static final int MOST_OPENING = 4;

    /// How the latest opening has ended.
    private enum Opening {
        SUCCEEDS,
        /// One at a time is tried until one succeeds.
        FAILS
    }

    /// Of the idle servers so many are looked at for one that is as a client wants it.
    private static final int LOOKED_AT = 16;

    private final PoolActions<S, C> actions;
    private final Shared shared;
    private final ArrayDeque<S> idle = new ArrayDeque<>();
    private final WaitingLine<C> waiting = new WaitingLine<>();
    private PoolLimits limits;
    private Order order = Order.LAST_USED;
    private Gate gate = Gate.OPEN;
    private Flow flow = Flow.FLOWING;
    private int generation;
    private int opening;
    private int tested;
    private int active;
    private int clients;

    /// Since when somebody waits to be let in, which takes a first server.
    private OptionalLong guestSince = OptionalLong.empty();

    private long notBefore = Long.MIN_VALUE;
    private int opened;
    private Opening latest = Opening.SUCCEEDS;
    private int owed;
    private long openedAt;

    /// Which idle server is taken.
    public enum Order {
        /// The one that was used last: its caches are warm, and the others may idle out.
        LAST_USED,
        /// `server_round_robin`
        ROUND_ROBIN
    }

    private static final String SWITCHOVER = "clients wait for a switchover";

    /// Whether clients get servers.
    private enum Gate {
        OPEN,
        /// They wait until it opens again; servers are closed as they become free.
        PAUSED,
        /// It is nobody's any more: nothing is opened, and whatever comes is closed.
        ENDED
    }

    /// Whether the cluster lets clients begin anything.
    private enum Flow {
        FLOWING,
        /// They wait for a switchover; servers are closed as they become free.
        HELD
    }

    public Pool(PoolLimits limits, Shared shared, PoolActions<S, C> actions) {
        this.limits = limits;
        this.shared = shared;
        this.actions = actions;
    }

    // ---- clients

    /// An idle server for a client, or nothing: then the client waits, and is served later by
    /// [PoolActions#serve].
    public @Nullable S take(C client, long now) {
        S server = mayServe() && waiting.isFor(client, free(now)) ? fresh(client, now) : null;
        if (server != null) {
            waiting.giveUpPlace(client);
            server.stay().isInUse();
            active++;
            return server;
        }
        client.waitsSince(now);
        waiting.add(client);
        openMore(now);
        return null;
    }

    /// Servers that it has or may open beside those in use.
    private int free(long now) {
        return limits.size() + (isUrgent(now) ? limits.reserve() : 0) - active;
    }

    private boolean mayServe() {
        return gate == Gate.OPEN && flow == Flow.FLOWING;
    }

    /// Idle, and known to live; if need not be, not one on which something must be set first.
    private @Nullable S fresh(C client, long now) {
        S server = idle.peekLast();
        if (server == null || isDoubtful(server, now)) {
            return null;
        }
        if (suits(server, client)) {
            return idle.pollLast();
        }
        Iterator<S> others = idle.descendingIterator();
        for (int i = 0; i < LOOKED_AT && others.hasNext(); i++) {
            S other = others.next();
            if (suits(other, client) && !isDoubtful(other, now)) {
                others.remove();
                return other;
            }
        }
        return idle.pollLast();
    }

    @SuppressWarnings("ReferenceEquality") // so it is promised, and for each query it is asked
    private boolean suits(S server, C client) {
        return server.state() == client.state();
    }

    private boolean isDoubtful(S server, long now) {
        return limits.checkAfter() > 0 && now - server.stay().freeSince >= limits.checkAfter();
    }

    /// A client does not wait any more.
    public void leave(C client) {
        waiting.remove(client);
    }

    /// A client has given its server back only because of a switchover, and wants one again: nobody
    /// who has waited since then takes its place. It is kept until the client is served.
    public void keepPlace(C client) {
        waiting.keepPlace(client);
    }

    /// A client that does not come back.
    public void giveUpPlace(C client) {
        waiting.giveUpPlace(client);
    }

    public boolean keepsPlace(C client) {
        return waiting.hasPlace(client);
    }

    /// A client of this pool has come, or gone; while there is one `min_pool_size` is kept.
    public void clientsAre(int count, long now) {
        clients = count;
        openMore(now);
    }

    /// Somebody waits to be let in, and is not in the queue yet: it takes a first server to know
    /// what to tell. Also while clients wait for a switchover.
    ///
    /// @param since when the first of them came; empty where nobody waits, or not any more
    public void guestsWait(OptionalLong since, long now) {
        guestSince = since;
        if (since.isPresent()) {
            openMore(now);
        }
    }

    // ---- servers

    /// A server has let the pool in, and what is ordered from now on holds for it, too; [#opened]
    /// follows when it can be used.
    public void reached(S server) {
        server.stay().generation = generation;
    }

    /// An opening has ended well.
    public void opened(S server, long now) {
        opening--;
        guestSince = OptionalLong.empty(); // they are let in
        latest = Opening.SUCCEEDS;
        openedAt = now;
        server.stay().openedAt = now;
        server.stay().number = opened++;
        admit(server, now); // however old it may become: once it is used
        openMore(now);
    }

    private boolean isOld(S server, long now) {
        return limits.lifetime() == 0 ? server.stay().isUsed : left(server, now) <= 0;
    }

    /// Whether it should be replaced before it is too old.
    private boolean isAgeing(S server, long now) {
        return limits.lifetime() > 0 && left(server, now) <= limits.lifetime() / AGEING;
    }

    /// Until it is too old.
    private long left(S server, long now) {
        long spread = limits.lifetime() / SPREAD;
        long less =
                spread == 0 ? 0 : Math.floorMod(server.stay().number * 7919L * 1_000_003L, spread);
        return server.stay().openedAt + limits.lifetime() - less - now;
    }

    /// An opening has failed. The next is tried after `server_login_retry`.
    public void openingFailed(long now) {
        opening--;
        latest = Opening.FAILS;
        notBefore = now + limits.retry();
        shared.closed(this, now);
    }

    /// An opening was called off, which says nothing of the server.
    public void openingCalledOff(long now) {
        opening--;
        shared.closed(this, now);
    }

    /// An opening has come to nothing, and it is known when the next one may do better.
    public void openingPostponed(long notBeforeThen, long now) {
        opening--;
        latest = Opening.FAILS;
        notBefore = notBeforeThen;
        shared.closed(this, now);
    }

    /// What failed before may work now.
    public void tryAgain(long now) {
        notBefore = now;
        openMore(now);
    }

    /// A server is not wanted any more: it goes when it is free.
    public void dismiss(S server, String reason, long now) {
        if (server.stay().state == Stay.State.IDLE) {
            idle.remove(server);
            discard(server, reason, now);
            openMore(now);
        } else {
            server.stay().generation = Stay.DISMISSED;
        }
    }

    /// A client has done with its server, which can be used again.
    public void release(S server, long now) {
        active--;
        readmit(server, now);
    }

    /// A server that was asked lives.
    public void checked(S server, long now) {
        tested--;
        readmit(server, now);
    }

    /// Also while clients wait, or a busy pool would keep its servers for ever.
    private void readmit(S server, long now) {
        if (mayServe() && isOld(server, now)) {
            discard(server, "server lifetime over", now);
            openMore(now);
        } else {
            admit(server, now);
        }
    }

    /// A server is gone, whatever it did.
    public void lost(S server, long now) {
        switch (server.stay().state) {
            case ACTIVE -> active--;
            case TESTED -> tested--;
            case IDLE -> idle.remove(server);
            case LOGIN -> {
                opening--;
                notBefore = now + limits.retry();
            }
            case GONE -> {
                return;
            }
        }
        forget(server, now);
        openMore(now);
    }

    /// A server that nobody uses: to the client that waits longest, or among the idle.
    private void admit(S server, long now) {
        if (gate == Gate.ENDED) {
            discard(server, "database removed", now);
        } else if (gate == Gate.PAUSED) {
            discard(server, "pause mode", now);
        } else if (flow == Flow.HELD) {
            discard(server, SWITCHOVER, now);
        } else if (isStale(server)) {
            discard(server, "database configuration changed", now);
            openMore(now);
        } else if (owed > 0) {
            discard(server, "evicted", now);
            openMore(now);
        } else {
            C next = waiting.next(free(now));
            if (next == null) {
                server.stay().state = Stay.State.IDLE;
                server.stay().freeSince = now;
                if (order == Order.LAST_USED) {
                    idle.addLast(server);
                } else {
                    idle.addFirst(server);
                }
            } else {
                waiting.served(next);
                server.stay().isInUse();
                active++;
                actions.serve(next, server);
            }
        }
    }

    private void discard(S server, String reason, long now) {
        actions.close(server, reason);
        forget(server, now);
    }

    private void forget(S server, long now) {
        server.stay().state = Stay.State.GONE;
        owed = Math.max(0, owed - 1);
        shared.closed(this, now);
    }

    // ---- what time brings

    /// To be called a few times each second.
    public void tick(long now) {
        retire(now);
        shrink(now);
        openMore(now);
    }

    /// There may be fewer than there are.
    private void shrink(long now) {
        while (limits.size() > 0 && size() > limits.size() + limits.reserve() && !idle.isEmpty()) {
            discard(idle.removeFirst(), "too many servers in the pool", now);
        }
    }

    private void retire(long now) {
        List<S> leaving = new ArrayList<>();
        int kept = idle.size();
        for (S server : idle) { // the longest unused first
            boolean unused = limits.idle() > 0 && now - server.stay().freeSince >= limits.idle();
            boolean old = isOld(server, now);
            if (old || (unused && active + tested + kept > limits.least())) {
                leaving.add(server);
                kept--;
            }
        }
        for (S server : leaving) {
            idle.remove(server);
            discard(
                    server,
                    isOld(server, now) ? "server lifetime over" : "server idle timeout",
                    now);
        }
    }

    /// Clients wait though servers are idle: for a long time, so they may be dead.
    private void checkIfWanted(long now) {
        while (mayServe() && waiting.wanted(free(now)) > tested) {
            S server = idle.pollLast();
            if (server == null) {
                return;
            }
            server.stay().state = Stay.State.TESTED;
            tested++;
            actions.check(server);
        }
    }

    private void openMore(long now) {
        checkIfWanted(now);
        boolean goesOn = true;
        while (goesOn && wantsOneMore(now) && shared.mayOpen(this, now)) {
            int before = opening++;
            actions.open();
            goesOn = opening > before; // else it has failed at once, and may be tried at once
        }
    }

    private boolean wantsOneMore(long now) {
        if (gate != Gate.OPEN || now < notBefore || opening >= mostOpening()) {
            return false;
        }
        int all = size();
        if (all == 0 && guestSince.isPresent()) {
            return true;
        }
        if (flow == Flow.HELD) {
            return false;
        }
        if (waiting.wanted(free(now)) > opening + tested) {
            return all < limits.size() || (all < limits.size() + limits.reserve() && isUrgent(now));
        }
        return clients > 0 && all < limits.size() && all - ageing(now) < limits.least();
    }

    /// Of those that are kept warm, so many have not long to live.
    private int ageing(long now) {
        int ageing = 0;
        if (limits.least() > 0) {
            for (S server : idle) {
                ageing += isAgeing(server, now) ? 1 : 0;
            }
        }
        return ageing;
    }

    private int mostOpening() {
        return latest == Opening.FAILS ? 1 : MOST_OPENING;
    }

    private boolean isUrgent(long now) {
        return limits.reserveAfter() > 0
                && !waiting.isEmpty()
                && longestWait(now) >= limits.reserveAfter();
    }

    // ---- orders

    /// Servers go as they become free, and clients wait until [#resume].
    public void pause(long now) {
        if (gate == Gate.OPEN) {
            gate = Gate.PAUSED;
            closeIdle("pause mode", now);
        }
    }

    private void closeIdle(String reason, long now) {
        for (S server = idle.poll(); server != null; server = idle.poll()) {
            discard(server, reason, now);
        }
    }

    public void resume(long now) {
        if (gate == Gate.PAUSED) {
            gate = Gate.OPEN;
            openMore(now);
        }
    }

    /// Nobody can reach it any more, so it must not begin anything.
    public void end(long now) {
        gate = Gate.ENDED;
        closeIdle("database removed", now);
    }

    /// Each server that is there is closed when it becomes free, and a new one opened in its place
    /// if it is wanted.
    public void reconnect(long now) {
        generation++;
        notBefore = now; // what failed before may work now
        closeIdle("database configuration changed", now);
        openMore(now);
    }

    public void configure(PoolLimits next, Order nextOrder, long now) {
        limits = next;
        order = nextOrder;
        openMore(now);
    }

    /// Before a switchover: clients wait until [#letGo]. A server that nobody uses goes at once:
    /// the primary would have to end it before it stops, one after the other, while everybody
    /// waits.
    public void hold(long now) {
        flow = Flow.HELD;
        closeIdle(SWITCHOVER, now);
    }

    /// Those that wait are served in their order.
    public void letGo(long now) {
        flow = Flow.FLOWING;
        for (C next = waiting.next(free(now)); next != null; next = waiting.next(free(now))) {
            S server = fresh(next, now);
            if (server == null) {
                break;
            }
            admit(server, now);
        }
        openMore(now);
    }

    // ---- beside other pools

    /// Whether an idle server could go to another pool: `min_pool_size` stays.
    boolean canGiveUpOne() {
        return !idle.isEmpty() && size() > limits.least();
    }

    void giveUpOne(long now) {
        discard(idle.removeFirst(), "evicted", now);
    }

    /// The next server that becomes free goes, for a pool that is below its share.
    void owe() {
        owed++;
    }

    /// Of what it has, what it need not give up.
    int kept() {
        return size() - owed;
    }

    int owed() {
        return owed;
    }

    /// When it last got one more.
    long openedAt() {
        return openedAt;
    }

    /// Whether it has servers, or somebody who wants one.
    boolean takesPart() {
        return size() > 0 || !waiting.isEmpty() || guestSince.isPresent();
    }

    /// How long somebody has waited for a server, in the queue or before the door.
    long wantedFor(long now) {
        long atTheDoor = guestSince.isPresent() ? now - guestSince.getAsLong() : 0;
        return Math.max(atTheDoor, longestWait(now));
    }

    /// A place that was refused to it is free.
    void placeIsFree(long now) {
        openMore(now);
    }

    // ---- what is seen of it

    public boolean isPaused() {
        return gate == Gate.PAUSED;
    }

    /// Whether it was opened before an order after which all are to be new.
    public boolean isStale(S server) {
        return server.stay().generation != generation;
    }

    public int size() {
        return active + idle.size() + tested + opening;
    }

    public int active() {
        return active;
    }

    public int idle() {
        return idle.size();
    }

    public int tested() {
        return tested;
    }

    public int opening() {
        return opening;
    }

    public int waiting() {
        return waiting.size();
    }

    /// How long the first in the queue has waited, in nanoseconds.
    public long longestWait(long now) {
        return waiting.longestWait(now);
    }
}
