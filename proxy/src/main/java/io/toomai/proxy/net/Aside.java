package io.toomai.proxy.net;

import io.netty.util.concurrent.EventExecutor;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Work that would hold up an event loop: it is done by other threads, and its result comes back to
/// the loop. Threads end when nothing is to be done. Safe for any thread.
final class Aside {
    private static final Logger LOG = LoggerFactory.getLogger(Aside.class);

    /// What waits to be computed; more is refused, since whoever waits longer than a login may take
    /// is gone.
    private static final int WAITING = 1000;

    private final ThreadPoolExecutor computing;

    Aside() {
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        computing =
                new ThreadPoolExecutor(
                        threads,
                        threads,
                        5,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(WAITING),
                        Thread.ofPlatform().daemon().name("proxy-computing-", 0).factory());
        computing.allowCoreThreadTimeOut(true);
    }

    /// Computes, such as the rounds of a SCRAM key.
    ///
    /// @param then gets nothing when there is too much to do, or it failed
    <T> void compute(EventExecutor loop, Callable<T> work, Consumer<Optional<T>> then) {
        try {
            computing.execute(() -> {
                Optional<T> result = attempt(work);
                deliver(loop, () -> then.accept(result));
            });
        } catch (RejectedExecutionException _) {
            then.accept(Optional.empty());
        }
    }

    /// Waits for somebody else, such as a name server.
    ///
    /// @param then gets nothing when it failed
    static <T> void await(EventExecutor loop, Callable<T> work, Consumer<Optional<T>> then) {
        Thread.ofVirtual()
                .name("proxy-aside")
                .start(() -> {
                    Optional<T> result = attempt(work);
                    deliver(loop, () -> then.accept(result));
                });
    }

    private static void deliver(EventExecutor loop, Runnable result) {
        try {
            loop.execute(result);
        } catch (RejectedExecutionException _) {
            LOG.debug("the loop has ended, and with it who waited");
        }
    }

    @SuppressWarnings("CatchingUnchecked") // whoever waits must be told in any case
    private static <T> Optional<T> attempt(Callable<T> work) {
        try {
            return Optional.of(work.call());
        } catch (Exception e) {
            LOG.warn("work beside the event loop failed: {}", e.toString());
            return Optional.empty();
        }
    }
}
