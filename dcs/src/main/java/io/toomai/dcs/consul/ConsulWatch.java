package io.toomai.dcs.consul;

import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.Deadline;
import io.toomai.dcs.RenewalSightings;
import io.toomai.dcs.consul.ConsulReply.KeyValue;
import io.toomai.dcs.document.ScopeKeys;
import io.toomai.dcs.http.HttpConnection;
import io.toomai.dcs.http.Refusal;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The watch on the scope: blocking queries, each of which shows all keys, so what changed between
/// two of them is found by comparing. A query is answered after a while also when nothing moves; an
/// agent that does not do so hangs, and is asked on a new connection. One thread of its own, on
/// which listeners run.
final class ConsulWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ConsulWatch.class);
    private static final Duration MIN_WAIT = Duration.ofSeconds(1);
    private static final int JITTER = 16;
    private static final long ANYTHING = 0;

    private final ScopeKeys scope;
    private final ConsulCalls calls;
    private final RenewalSightings renewals;
    private final Duration wait;
    private final List<Consumer<DcsEvent>> listeners = new CopyOnWriteArrayList<>();

    private volatile Optional<HttpConnection> connection = Optional.empty();
    private volatile Life life = Life.OPEN;
    private Health health = Health.BROKEN; // the first answer tells the listeners to read
    private Map<String, Long> known = new TreeMap<>();
    private long index = ANYTHING;

    private enum Life {
        OPEN,
        CLOSED
    }

    /// Whether the listeners know that events may have been late or lost.
    private enum Health {
        SOUND,
        BROKEN
    }

    ConsulWatch(ScopeKeys scope, ConsulCalls calls, RenewalSightings renewals, Duration ttl) {
        this.scope = scope;
        this.calls = calls;
        this.renewals = renewals;
        Duration sixth = ttl.dividedBy(6);
        this.wait = sixth.compareTo(MIN_WAIT) < 0 ? MIN_WAIT : sixth;
    }

    void listen(Consumer<DcsEvent> listener) {
        listeners.add(listener);
    }

    /// The agent failed somebody: what is waited for on it may never come.
    void failed() {
        connection.ifPresent(HttpConnection::close);
    }

    /// Until [#close]. Between two tries that failed it waits as `pause` does, and also after an
    /// answer that came without a reason.
    void run(Runnable pause) {
        while (life == Life.OPEN) {
            try (HttpConnection opened = calls.openForLong(Deadline.in(calls.hop()))) {
                connection = Optional.of(opened);
                while (life == Life.OPEN) {
                    if (ask(opened) == Answer.EARLY) {
                        pause.run();
                    }
                }
            } catch (IOException | Refusal | RuntimeException e) {
                broken(e);
                pause.run();
            } finally {
                connection = Optional.empty();
            }
        }
    }

    private enum Answer {
        DUE,
        /// The index had not moved, and the time was not over.
        EARLY
    }

    private void broken(Exception e) {
        LOG.debug("{}: the watch broke: {}", calls.who(), e.getMessage());
        if (health == Health.SOUND) {
            health = Health.BROKEN;
            tell(DcsEvent.CONNECTION_CHANGED);
        }
    }

    private Answer ask(HttpConnection opened) throws IOException, Refusal {
        String query = "recurse&index=" + index + "&wait=" + wait.toMillis() + "ms";
        Deadline early = Deadline.in(wait.dividedBy(2));
        // Consul adds up to a sixteenth to what was asked for.
        Deadline latest = Deadline.in(wait.plus(wait.dividedBy(JITTER)).plus(calls.hop()));
        ConsulReply reply =
                ConsulReply.of(opened.exchange(calls.read(scope.prefix(), query), latest));
        List<KeyValue> keys = reply.keys();
        boolean due = reply.index() != index || early.isOver();
        // An index that goes back was counted by another store, or forgotten: begin anew.
        index = reply.index() < index ? ANYTHING : reply.index();
        List<DcsEvent> moved = new ArrayList<>(moved(keys));
        if (health == Health.BROKEN) {
            health = Health.SOUND;
            moved.add(DcsEvent.CONNECTION_CHANGED);
        }
        moved.forEach(this::tell);
        return due ? Answer.DUE : Answer.EARLY;
    }

    private Set<DcsEvent> moved(List<KeyValue> keys) {
        Map<String, Long> now = new TreeMap<>();
        keys.forEach(key -> now.put(key.key(), key.revision()));
        Set<String> paths = new TreeSet<>(known.keySet());
        paths.addAll(now.keySet());
        Set<DcsEvent> events = EnumSet.noneOf(DcsEvent.class);
        for (String path : paths) {
            if (!Optional.ofNullable(now.get(path)).equals(Optional.ofNullable(known.get(path)))) {
                scope.eventOf(path).ifPresent(events::add);
            }
        }
        Optional.ofNullable(now.get(scope.heartbeat())).ifPresent(renewals::heard);
        known = now;
        return events;
    }

    /// On the watch's thread, or on that of whoever knows more.
    void tell(DcsEvent event) {
        for (Consumer<DcsEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException e) {
                // A listener's fault must not end the watch.
                LOG.error("{}: a listener of {} failed", calls.who(), event, e);
            }
        }
    }

    void close() {
        life = Life.CLOSED;
        connection.ifPresent(HttpConnection::close);
    }
}
