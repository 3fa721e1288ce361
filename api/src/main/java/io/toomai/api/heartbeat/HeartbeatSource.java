package io.toomai.api.heartbeat;

import io.toomai.core.ha.Heartbeat;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/// This node's heartbeat, for all streams that tell it to peers. The HA loop changes it and proves
/// with each cycle that it lives: a heartbeat is never repeated on behalf of a loop that hangs.
public final class HeartbeatSource {
    /// A count that no line has: the present heartbeat is news to who has seen nothing.
    public static final long NOTHING_SEEN = 0;

    private final HeartbeatLine.Sender sender;
    private final Supplier<MonoTime> clock;

    private Optional<Heartbeat> told = Optional.empty();
    private List<ProxyStanding> proxies = List.of();
    private long count = NOTHING_SEEN;
    private String text = "";
    private Duration interval = Duration.ofMillis(240);
    private MonoTime aliveUntil;

    public HeartbeatSource(HeartbeatLine.Sender sender, Supplier<MonoTime> clock) {
        this.sender = sender;
        this.clock = clock;
        this.aliveUntil = clock.get();
    }

    /// What a stream sends next.
    public sealed interface Next {
        /// @param text a whole line without its end
        record Line(long count, String text) implements Next {}

        /// The loop has shown no life within its bound: the stream ends.
        record Silence() implements Next {}
    }

    /// The heartbeat of the latest view; all streams send it at once if it is another one. Of
    /// proxies it says what they have told last, which may be later than the view.
    ///
    /// @param repeatEvery after which it is sent again though nothing changed
    public synchronized void tell(Heartbeat heartbeat, Duration repeatEvery) {
        interval = repeatEvery;
        say(heartbeat.with(new Heartbeat.Clients(heartbeat.clients().hold(), proxies)));
    }

    private void say(Heartbeat heartbeat) {
        if (!told.equals(Optional.of(heartbeat))) {
            told = Optional.of(heartbeat);
            count++;
            text = new HeartbeatLine(sender, count, heartbeat).write();
            notifyAll();
        }
    }

    /// A proxy says something else than before: a switchover may wait for it.
    ///
    /// @param all that are connected to this node, called in the order of their words
    public synchronized void tell(List<ProxyStanding> all) {
        proxies = List.copyOf(all);
        told.ifPresent(heartbeat -> tell(heartbeat, interval));
    }

    /// The request for which this node, as the leader, has the clients of all proxies wait.
    public synchronized OptionalLong hold() {
        return told.map(heartbeat -> heartbeat.clients().hold()).orElse(OptionalLong.empty());
    }

    /// The loop lives.
    ///
    /// @param bound how long that may be believed
    public synchronized void loopIsAlive(Duration bound) {
        aliveUntil = clock.get().plus(bound);
    }

    /// Whether the loop has shown life within its bound.
    public synchronized boolean isLoopAlive() {
        return clock.get().isBefore(aliveUntil);
    }

    /// The heartbeat told last.
    public synchronized Optional<Heartbeat> present() {
        return told;
    }

    /// Waits for another heartbeat than the one seen, at most until it is time to repeat it.
    ///
    /// @param seen the latest line's count, or [#NOTHING_SEEN]
    public synchronized Next await(long seen) throws InterruptedException {
        MonoTime repeatAt = clock.get().plus(interval);
        while (true) {
            MonoTime now = clock.get();
            if (told.isEmpty() || !now.isBefore(aliveUntil)) {
                return new Next.Silence();
            }
            if (count != seen || !now.isBefore(repeatAt)) {
                return new Next.Line(count, text);
            }
            Duration left = MonoTime.earliest(repeatAt, aliveUntil).since(now);
            wait(left.toMillis() + 1);
        }
    }
}
