package io.toomai.api.peer;

import io.toomai.api.heartbeat.Beats;
import io.toomai.api.tls.Contexts;
import io.toomai.core.ha.Hearing;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// A [PeerHeartbeats] that hears pg2, with a bell that counts.
public final class Listening implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Semaphore rung = new Semaphore(0);
    private final PeerHeartbeats heartbeats;

    public Listening(Duration suspectAfter) {
        heartbeats =
                new PeerHeartbeats(
                        new PeerHeartbeats.Ears(
                                "batman",
                                Contexts::anonymousClient,
                                Listening::now,
                                () -> suspectAfter,
                                rung::release));
    }

    static MonoTime now() {
        return new MonoTime(System.nanoTime());
    }

    public void follow(String url) {
        heartbeats.follow(Map.of(Beats.PG2, url));
    }

    public Hearing hearing() {
        return heartbeats.hearing().getFirst();
    }

    /// Waits for the bell, half a minute at most.
    public boolean rings() throws InterruptedException {
        return rung.tryAcquire(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Waits until this is heard, half a minute at most.
    ///
    /// @return what was heard last
    public Hearing until(Predicate<Hearing> wanted) throws InterruptedException {
        MonoTime end = now().plus(LIMIT);
        Semaphore nothing = new Semaphore(0);
        while (!wanted.test(hearing()) && now().isBefore(end)) {
            nothing.tryAcquire(2, TimeUnit.MILLISECONDS);
        }
        return hearing();
    }

    /// Waits until pg2 is heard at this position.
    public Hearing.Heard untilAt(long position) throws InterruptedException {
        Hearing hearing =
                until(h ->
                        h instanceof Hearing.Heard(var latest, _)
                                && latest.position().bytes() == position);
        return hearing instanceof Hearing.Heard heard
                ? heard
                : new Hearing.Heard(Beats.at(0), new MonoTime(0));
    }

    @Override
    public void close() {
        heartbeats.close();
    }
}
