package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Clients that wait for a planned switchover: nobody begins anything on the primary, what is under
/// way may finish, and whoever gave the order hears how much of it is left. Nothing is sent
/// meanwhile, so nothing can be sent twice (I7). Belongs to the event loop.
final class Holding {
    private static final Logger log = LoggerFactory.getLogger(Holding.class);

    private static final int NOTHING = -1;

    /// Between two looks at what is under way, in milliseconds.
    private static final long LOOK = 5;

    /// Between two reports of what is still under way: the cluster waits for the last of them only.
    private static final long REPORT = TimeUnit.MILLISECONDS.toNanos(100);

    /// Nobody waits longer for the end of the order: whoever gave it may be gone.
    private static final long MOST = TimeUnit.SECONDS.toNanos(60);

    private final EventLoop loop;
    private final Pools pools;
    private OptionalLong request = OptionalLong.empty();

    /// Its minute is over; who still gives this order is not heard.
    private OptionalLong expired = OptionalLong.empty();

    private long since;
    private int told;
    private long toldAt;
    private Proxy.Held listener = (_, _) -> {};

    Holding(EventLoop loop, Pools pools) {
        this.loop = loop;
        this.pools = pools;
    }

    /// @param next the switchover that is waited for; empty: everybody goes on
    void order(OptionalLong next, Proxy.Held by) {
        boolean begins = request.isEmpty() && next.isPresent();
        boolean ends = request.isPresent() && next.isEmpty();
        if (next.equals(request) || (next.isPresent() && next.equals(expired))) {
            return;
        }
        request = next;
        listener = by;
        told = NOTHING;
        since = System.nanoTime();
        if (begins) {
            log.info("proxy: clients wait for a switchover request={}", next.getAsLong());
            pools.hold();
        } else if (ends) {
            log.info("proxy: clients go on");
            pools.letGo(since);
        }
        if (next.isPresent()) {
            look();
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // ends with the order
    private void look() {
        if (request.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        report(pools.all().stream().mapToInt(ServerPool::underWay).sum(), now);
        if (now - since > MOST) {
            log.warn(
                    "proxy: clients have waited for a minute for the switchover of request={} and"
                            + " heard nothing of its end; they go on with whoever is primary",
                    request.getAsLong());
            expired = request;
            order(OptionalLong.empty(), listener);
        } else {
            loop.schedule(this::look, LOOK, TimeUnit.MILLISECONDS);
        }
    }

    private void report(int open, long now) {
        boolean isDue = told == NOTHING || open == 0 || now - toldAt > REPORT;
        if (open != told && isDue) {
            told = open;
            toldAt = now;
            listener.left(request.orElseThrow(), open);
        }
    }
}
