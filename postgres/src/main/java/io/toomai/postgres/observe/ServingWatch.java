package io.toomai.postgres.observe;

import io.toomai.core.ha.Serving;
import io.toomai.core.ha.Serving.Trouble;
import io.toomai.core.model.MonoTime;
import io.toomai.postgres.os.DiskRoom;
import io.toomai.postgres.sql.ServingCheck;
import io.toomai.postgres.sql.SqlAccess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Checks again and again whether the local primary serves, on a platform thread of its own, and
/// keeps the answer for whoever asks without waiting. One check at a time: a server that answers
/// none of them costs one connection per deadline. Thread-safe.
public final class ServingWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ServingWatch.class);

    private final SqlAccess access;
    private final Path dataDirectory;
    private final Supplier<MonoTime> clock;
    private final Object lock = new Object();
    private Runnable changed = () -> {};
    private Pace pace = Pace.of(Duration.ofSeconds(10), Duration.ofSeconds(10));
    private @Nullable Watched watched;
    private Serving latest = new Serving.NotProbed();
    private boolean closed;

    /// @param access its application name shows in `pg_stat_activity`
    /// @param dataDirectory whose file system must have room
    public ServingWatch(SqlAccess access, Path dataDirectory, Supplier<MonoTime> clock) {
        this.access = access;
        this.dataDirectory = dataDirectory;
        this.clock = clock;
    }

    /// The primary that is checked now.
    private record Watched(long postmaster, ServingCheck check) {}

    /// How often and how patiently. Within `probe_timeout` a server that does not answer fails
    /// twice, see [Serving#isHung].
    ///
    /// @param pause between an answer and the next check
    /// @param deadline of a check
    /// @param retry between a failure that hits everybody and the next check
    public record Pace(Duration pause, Duration deadline, Duration retry) {
        private static final Duration SHORTEST = Duration.ofMillis(500);

        public static Pace of(Duration probeTimeout, Duration loopWait) {
            Duration fifth = probeTimeout.dividedBy(5);
            Duration calm = fifth.compareTo(SHORTEST) < 0 ? SHORTEST : fifth;
            return new Pace(
                    calm.compareTo(loopWait) < 0 ? calm : loopWait,
                    probeTimeout.multipliedBy(2).dividedBy(5),
                    probeTimeout.dividedBy(20));
        }
    }

    /// Called, on the watch's thread, when PostgreSQL ceases to serve, or serves again.
    public void onChange(Runnable listener) {
        synchronized (lock) {
            changed = listener;
        }
    }

    public void pace(Pace next) {
        synchronized (lock) {
            pace = next;
        }
    }

    /// What the latest checks say.
    public Serving latest() {
        synchronized (lock) {
            return latest;
        }
    }

    /// From now on this postmaster's primary is checked; empty = none. What was known of another
    /// one is forgotten.
    public void watch(Optional<Long> postmaster) {
        Watched before;
        synchronized (lock) {
            before = watched;
            long now = before == null ? 0 : before.postmaster();
            if (postmaster.orElse(0L) == now || closed) {
                return;
            }
            latest = new Serving.NotProbed();
            watched = postmaster.map(this::begin).orElse(null);
            lock.notifyAll();
        }
        if (before != null) {
            before.check().close();
        }
    }

    private Watched begin(long postmaster) {
        Watched fresh =
                new Watched(postmaster, new ServingCheck(access, new DiskRoom(dataDirectory)));
        Thread.ofPlatform().daemon().name("postgres-probe").start(() -> run(fresh));
        return fresh;
    }

    private void run(Watched mine) {
        try {
            while (true) {
                MonoTime begun = clock.get();
                ServingCheck.Answer answer = check(mine);
                Optional<Runnable> news = take(mine, begun, answer);
                news.ifPresent(Runnable::run);
                if (!awaitNext(mine, answer)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            mine.check().close();
        }
    }

    /// A probe that breaks is no proof of anything, and must not leave an old answer standing.
    private ServingCheck.Answer check(Watched mine) {
        try {
            return mine.check().check(pace().deadline());
        } catch (RuntimeException e) {
            log.error("the probe of PostgreSQL failed", e);
            return new ServingCheck.Answer.Failed(Trouble.ERROR, e.toString());
        }
    }

    private Pace pace() {
        synchronized (lock) {
            return pace;
        }
    }

    /// @return who wants to hear of it
    private Optional<Runnable> take(Watched mine, MonoTime begun, ServingCheck.Answer answer) {
        synchronized (lock) {
            if (!mine.equals(watched)) {
                return Optional.empty();
            }
            Serving before = latest;
            latest =
                    switch (answer) {
                        case ServingCheck.Answer.Served _ -> new Serving.Serves();
                        case ServingCheck.Answer.Failed(var trouble, var why) ->
                                before.failed(trouble, begun, why);
                    };
            tell(before, latest);
            return before.isDoubtful() == latest.isDoubtful()
                    ? Optional.empty()
                    : Optional.of(changed);
        }
    }

    /// One line for each trouble, and one for its end.
    private static void tell(Serving before, Serving now) {
        Optional<Trouble> last = trouble(before);
        if (now instanceof Serving.Troubled troubled) {
            if (!last.equals(Optional.of(troubled.trouble()))) {
                log.warn(
                        "PostgreSQL: {}: {}. {}",
                        troubled.trouble().text(),
                        troubled.why(),
                        advice(troubled.trouble()));
            }
        } else if (last.isPresent()) {
            log.warn("PostgreSQL serves again after: {}", last.get().text());
        }
    }

    private static Optional<Trouble> trouble(Serving serving) {
        return serving instanceof Serving.Troubled troubled
                ? Optional.of(troubled.trouble())
                : Optional.empty();
    }

    private static String advice(Trouble trouble) {
        return switch (trouble) {
            case FROZEN ->
                    "After toomai.probe_timeout the lead is given to a standby that is fit. Look at"
                            + " the load of the machine, and for stopped processes";
            case STALLED_DISK ->
                    "After toomai.probe_timeout the lead is given to a standby that is fit. Look at"
                            + " the disk of pg_wal and at the kernel's log";
            case FULL_DISK ->
                    "After toomai.probe_timeout the lead is given to a standby that is fit. Make room"
                            + " on the disk, then this node comes back by itself";
            case TOO_MANY_CONNECTIONS ->
                    "The lead stays here, as those who are connected are served. Raise"
                            + " max_connections or superuser_reserved_connections, or end sessions";
            case ERROR ->
                    "The lead stays here. Check postgresql.authentication and PostgreSQL's log";
        };
    }

    /// @return whether there is a next time
    private boolean awaitNext(Watched mine, ServingCheck.Answer answer)
            throws InterruptedException {
        synchronized (lock) {
            boolean urgent =
                    answer instanceof ServingCheck.Answer.Failed(var trouble, _)
                            && trouble.hitsEverybody();
            Duration wait = urgent ? pace.retry() : pace.pause();
            long end = System.nanoTime() + wait.toNanos();
            long left = wait.toNanos();
            while (left > 0 && mine.equals(watched)) {
                lock.wait(left / 1_000_000 + 1);
                left = end - System.nanoTime();
            }
            return mine.equals(watched);
        }
    }

    @Override
    public void close() {
        watch(Optional.empty());
        synchronized (lock) {
            closed = true;
        }
    }
}
