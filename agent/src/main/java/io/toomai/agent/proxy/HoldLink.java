package io.toomai.agent.proxy;

import io.toomai.api.proxy.ProxyRoll;
import io.toomai.api.proxy.ProxyRoll.Numbered;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.proxy.net.Proxy;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.BiConsumer;

/// Tells a node's proxy when its clients are to wait for a switchover, and the HA loop that the
/// proxy is there and what its clients still have under way (decision 0031). Has a virtual thread
/// of its own until it is closed.
final class HoldLink implements AutoCloseable {
    /// Often enough that the proxy does not count as gone.
    private static final Duration PAUSE = ProxyRoll.PATIENCE.dividedBy(3);

    private final ProxyRoll roll;
    private final BiConsumer<OptionalLong, Proxy.Held> proxy;
    private final Thread thread;
    private ProxyStanding standing;

    /// @param proxy takes orders to hold its clients, and returns at once
    HoldLink(String name, ProxyRoll roll, BiConsumer<OptionalLong, Proxy.Held> proxy) {
        this.roll = roll;
        this.proxy = proxy;
        this.standing = new ProxyStanding(name, OptionalLong.empty(), 0);
        this.thread = Thread.ofVirtual().name("proxy-hold-link").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            long seen = 0;
            while (!Thread.interrupted()) {
                tell();
                Numbered told = roll.await(seen, PAUSE);
                seen = told.count();
                pass(told.picture().hold());
            }
        } catch (InterruptedException _) {
            // Closed.
        }
    }

    private synchronized void tell() {
        roll.report(standing);
    }

    private synchronized void pass(OptionalLong hold) {
        if (hold.isEmpty()) {
            standing = new ProxyStanding(standing.name(), hold, 0);
        }
        proxy.accept(hold, this::left);
    }

    private synchronized void left(long request, int open) {
        standing = new ProxyStanding(standing.name(), OptionalLong.of(request), open);
        roll.report(standing);
    }

    @Override
    public synchronized void close() {
        thread.interrupt();
        roll.leave(standing.name());
    }
}
