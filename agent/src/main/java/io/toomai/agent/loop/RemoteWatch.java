package io.toomai.agent.loop;

import io.toomai.core.ha.RemotePrimary;
import io.toomai.core.ha.RemoteReading;
import io.toomai.core.ha.Upstream;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;

/// Asks the server that a standby cluster follows, beside the loop: one question at a time, and the
/// loop takes what was answered last. For the loop's thread.
final class RemoteWatch implements AutoCloseable {
    private final Function<Upstream, RemoteReading> ask;
    private final Runnable news;
    private final Supplier<MonoTime> clock;
    private final ExecutorService asker =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("remote-", 0).factory());

    private Optional<MonoTime> asked = Optional.empty();

    private final Object lock = new Object();
    private Upstream of = new Upstream.None();
    private RemoteReading latest = RemoteReading.NOT_ASKED;
    private Asking asking = Asking.NO;

    private enum Asking {
        NO,
        UNDER_WAY
    }

    /// @param ask may block for seconds
    /// @param news called when an answer says another thing than the one before
    RemoteWatch(Function<Upstream, RemoteReading> ask, Runnable news, Supplier<MonoTime> clock) {
        this.ask = ask;
        this.news = news;
        this.clock = clock;
    }

    /// The latest answer of the server that is to be followed, and another question where that one
    /// grows old.
    ///
    /// @param remote absent where this node need not know
    RemoteReading look(Optional<RemotePrimary> remote, Duration loopWait) {
        Upstream wanted = remote.map(RemotePrimary::upstream).orElse(new Upstream.None());
        synchronized (lock) {
            if (!wanted.equals(of)) {
                of = wanted;
                asked = Optional.empty();
                latest = RemoteReading.NOT_ASKED;
            }
        }
        boolean due = asked.filter(at -> clock.get().since(at).compareTo(loopWait) < 0).isEmpty();
        if (due && !(wanted instanceof Upstream.None)) {
            begin(wanted);
        }
        synchronized (lock) {
            return latest;
        }
    }

    private void begin(Upstream wanted) {
        synchronized (lock) {
            if (asking == Asking.UNDER_WAY) {
                return;
            }
            asking = Asking.UNDER_WAY;
        }
        asked = Optional.of(clock.get());
        asker.execute(() -> answered(wanted, answer(wanted)));
    }

    /// What cannot be understood counts as silence: the question must end either way.
    private RemoteReading answer(Upstream wanted) {
        try {
            return ask.apply(wanted);
        } catch (RuntimeException e) {
            return new RemoteReading.Silent(String.valueOf(e.getMessage()), clock.get());
        }
    }

    private void answered(Upstream wanted, RemoteReading answer) {
        boolean changed;
        synchronized (lock) {
            asking = Asking.NO;
            changed = wanted.equals(of) && !saysTheSame(latest, answer);
            latest = wanted.equals(of) ? answer : latest;
        }
        if (changed) {
            news.run();
        }
    }

    private static boolean saysTheSame(RemoteReading before, RemoteReading now) {
        return switch (now) {
            case RemoteReading.NotAsked _ -> before instanceof RemoteReading.NotAsked;
            case RemoteReading.Silent _ -> before instanceof RemoteReading.Silent;
            case RemoteReading.Answered a ->
                    before instanceof RemoteReading.Answered b
                            && a.system().equals(b.system())
                            && a.standing() == b.standing()
                            && a.timeline().equals(b.timeline());
        };
    }

    @Override
    public void close() {
        asker.shutdownNow();
    }
}
