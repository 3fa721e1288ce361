package io.toomai.proxy.net;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Clients that wait for a planned switchover: nobody begins anything on the primary, what is under
/// way may finish, and whoever gave the order hears how much of it is left. Nothing is sent
/// meanwhile, so nothing can be sent twice (I7). A wing is asked what it has left only after it was
/// told to hold, and only the sum of all is reported: so "nothing is left" is true of every wing.
/// Belongs to the first wing's event loop.
final class Holding {
    private static final Logger log = LoggerFactory.getLogger(Holding.class);

    private static final int NOTHING = -1;

    /// Between two looks at what is under way, in milliseconds.
    private static final long LOOK = 5;

    /// Between two reports of what is still under way: the cluster waits for the last of them only.
    private static final long REPORT = TimeUnit.MILLISECONDS.toNanos(100);

    /// Nobody waits longer for the end of the order: whoever gave it may be gone. Longer than the
    /// most of `toomai.switchover_drain`.
    private static final long MOST = TimeUnit.SECONDS.toNanos(60);

    private final Wings wings;
    private @Nullable Order order;

    /// Nobody counts what those have under way who go on by themselves.
    private static final int SOME = 1;

    /// Its minute is over; who still gives this order is not heard.
    private OptionalLong expired = OptionalLong.empty();

    /// What is in force. An answer to a question of another one counts for nothing: between two
    /// orders for the same switchover clients may have begun something.
    private static final class Order {
        private final long request;
        private final Proxy.Held listener;
        private final long since = System.nanoTime();
        private int told = NOTHING;
        private long toldAt;
        private boolean isAsked;

        Order(long request, Proxy.Held listener) {
            this.request = request;
            this.listener = listener;
        }

        void report(int open, long now) {
            boolean isDue = told == NOTHING || open == 0 || now - toldAt > REPORT;
            if (open != told && isDue) {
                told = open;
                toldAt = now;
                listener.left(request, open);
            }
        }
    }

    Holding(Wings wings) {
        this.wings = wings;
    }

    /// @param next the switchover that is waited for; empty: everybody goes on
    void order(OptionalLong next, Proxy.Held by) {
        Order before = order;
        if (next.isEmpty()) {
            order = null;
            if (before != null) {
                log.info("proxy: clients go on");
                wings.tell(wing -> wing.pools().letGo(System.nanoTime()));
            }
        } else if (!next.equals(expired)
                && (before == null || before.request != next.getAsLong())) {
            Order now = new Order(next.getAsLong(), by);
            order = now;
            if (before == null) {
                log.info("proxy: clients wait for a switchover request={}", now.request);
                wings.tell(wing -> wing.pools().hold());
            }
            look(now);
        }
    }

    /// How long clients have waited, in nanoseconds; nothing while they do not.
    OptionalLong lasts(long now) {
        Order current = order;
        return current == null ? OptionalLong.empty() : OptionalLong.of(now - current.since);
    }

    @SuppressWarnings({"FutureReturnValueIgnored", "ReferenceEquality"}) // ends with the order
    private void look(Order about) {
        if (about != order) {
            return;
        }
        if (System.nanoTime() - about.since > MOST) {
            log.warn(
                    "proxy: clients have waited for a minute for the switchover of request={} and"
                            + " heard nothing of its end; they go on with whoever is primary",
                    about.request);
            expired = OptionalLong.of(about.request);
            about.listener.left(about.request, SOME);
            order(OptionalLong.empty(), about.listener);
            return;
        }
        // First, so that the minute ends whatever becomes of the question.
        wings.first().loop().schedule(() -> look(about), LOOK, TimeUnit.MILLISECONDS);
        if (!about.isAsked) {
            about.isAsked = true;
            wings.ask(
                    wing -> wing.pools().all().stream().mapToInt(ServerPool::underWay).sum(),
                    left -> {
                        about.isAsked = false;
                        if (about == order) {
                            about.report(
                                    left.stream().mapToInt(Integer::intValue).sum(),
                                    System.nanoTime());
                        }
                    });
        }
    }
}
