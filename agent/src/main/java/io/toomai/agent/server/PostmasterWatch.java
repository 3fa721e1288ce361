package io.toomai.agent.server;

import io.toomai.core.ha.LocalPostgres;
import io.toomai.postgres.os.ProcessExit;
import io.toomai.postgres.server.Postmaster;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells at once when the postmaster ends, whoever started it. Any thread; the listener runs on a
/// thread of its own.
final class PostmasterWatch {
    private static final Logger log = LoggerFactory.getLogger(PostmasterWatch.class);

    private final Postmaster postmaster;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile Runnable listener = () -> {};
    private volatile Optional<Watched> watched = Optional.empty();

    private record Watched(long pid, ProcessExit.Watch watch) {}

    PostmasterWatch(Postmaster postmaster) {
        this.postmaster = postmaster;
    }

    void onExit(Runnable told) {
        listener = told;
    }

    /// An end that is asked for is no news: whoever asks looks when this is over.
    <T> T whileAskedToEnd(Supplier<T> end) {
        asked.incrementAndGet();
        try {
            return end.get();
        } finally {
            asked.decrementAndGet();
        }
    }

    /// The postmaster that is watched.
    Optional<Long> pid() {
        return watched.map(Watched::pid);
    }

    /// Watches the postmaster that runs now.
    synchronized void look() {
        Optional<Long> pid = postmaster.find().map(Postmaster.Running::pid);
        if (pid.equals(pid())) {
            return;
        }
        watched.ifPresent(w -> w.watch().close());
        watched =
                pid.map(p ->
                        new Watched(
                                p,
                                ProcessExit.await(
                                        p,
                                        () -> {
                                            log.info("postmaster ended pid={}", p);
                                            if (asked.get() == 0) {
                                                listener.run();
                                            }
                                        })));
    }

    /// A primary that ceases to answer goes on being checked.
    Optional<Long> pidOfPrimary(LocalPostgres seen) {
        return switch (seen) {
            case LocalPostgres.Primary _ -> pid();
            case LocalPostgres.Unresponsive(_, var last, _, _)
                    when last == LocalPostgres.LastRole.PRIMARY ->
                    pid();
            case LocalPostgres.Unresponsive _,
                    LocalPostgres.Standby _,
                    LocalPostgres.Starting _,
                    LocalPostgres.Stopped _,
                    LocalPostgres.WithoutData _ ->
                    Optional.empty();
        };
    }
}
