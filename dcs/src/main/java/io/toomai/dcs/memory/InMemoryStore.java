package io.toomai.dcs.memory;

import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.MonoTime;
import io.toomai.dcs.DcsEvent;
import io.toomai.dcs.DcsException;
import io.toomai.dcs.document.ClusterDocuments;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/// One shared store of one scope, with sessions that end when their clock runs out. Members reach
/// it through [InMemoryDcs]. Every change has a revision that only grows, so no A-B-A is possible.
///
/// Time comes from the given clock alone. Sessions end when any call or [#tick] finds them overdue.
/// Thread-safe; listeners are called one after the other on a thread of the store.
public final class InMemoryStore {
    private final Supplier<MonoTime> clock;

    private final NavigableMap<String, Entry> keys = new TreeMap<>();
    private final Map<Long, Session> sessions = new HashMap<>();
    private final Set<MemberName> cut = new HashSet<>();
    private final List<Listener> listeners = new ArrayList<>();
    private final Map<MemberName, List<LongConsumer>> heartbeats = new HashMap<>();
    private final List<DcsEvent> pending = new ArrayList<>();
    private final Executor delivery =
            Executors.newSingleThreadExecutor(
                    Thread.ofVirtual().name("in-memory-store-events").factory());
    private long revision;
    private long lastSession;

    public InMemoryStore(Supplier<MonoTime> clock) {
        this.clock = clock;
    }

    /// A store on the machine's own clock.
    public static InMemoryStore onSystemClock() {
        return new InMemoryStore(() -> new MonoTime(System.nanoTime()));
    }

    /// A clock that stands still until it is told to move.
    public static final class ManualClock implements Supplier<MonoTime> {
        private final AtomicLong nanos = new AtomicLong();

        @Override
        public MonoTime get() {
            return new MonoTime(nanos.get());
        }

        public void advance(Duration step) {
            nanos.addAndGet(step.toNanos());
        }
    }

    record Entry(String value, long revision, long session) {}

    private record Session(Duration ttl, MonoTime lastSeen) {}

    private record Listener(MemberName member, Consumer<DcsEvent> consumer) {}

    /// Ends the sessions that are overdue and tells the watchers.
    public void tick() {
        synchronized (this) {
            expire();
        }
        deliver();
    }

    /// From now on the member's calls fail and it hears no events; its session runs out.
    public synchronized void cut(MemberName member) {
        cut.add(member);
    }

    public synchronized void heal(MemberName member) {
        cut.remove(member);
    }

    /// Puts any text under any path relative to the scope, without a lease; for tests of readers.
    public void plant(String path, String value) {
        synchronized (this) {
            put(path, value, 0);
        }
        deliver();
    }

    public synchronized Optional<String> value(String path) {
        expire();
        return Optional.ofNullable(keys.get(path)).map(Entry::value);
    }

    MonoTime now() {
        return clock.get();
    }

    /// Work inside one atomic step, for a member that reaches the store.
    <T> T atomically(MemberName member, Supplier<T> step) {
        T result;
        synchronized (this) {
            if (cut.contains(member)) {
                throw new DcsException(
                        DcsException.Code.DCS_TIMEOUT,
                        "member " + member + " is cut off from the in-memory store");
            }
            expire();
            result = step.get();
        }
        deliver();
        return result;
    }

    /// The session with that number kept alive, or a new one when it is over.
    long session(long number, Duration ttl) {
        long kept = sessions.containsKey(number) ? number : ++lastSession;
        sessions.put(kept, new Session(ttl, clock.get()));
        return kept;
    }

    void endSession(long number) {
        synchronized (this) {
            sessions.remove(number);
            dropKeysOf(number);
        }
        deliver();
    }

    Optional<Entry> entry(String path) {
        return Optional.ofNullable(keys.get(path));
    }

    Map<String, Entry> entries() {
        return new TreeMap<>(keys);
    }

    /// The revision that the leader key had when a member with a session last took it.
    long lastTerm() {
        return entry(ClusterDocuments.TERM).map(Entry::revision).orElse(LeaderKey.UNKNOWN_TERM);
    }

    long put(String path, String value, long session) {
        keys.put(path, new Entry(value, ++revision, session));
        if (path.equals(ClusterDocuments.LEADER) && session != 0) {
            keys.put(ClusterDocuments.TERM, new Entry(value, revision, 0));
        }
        changed(path);
        return revision;
    }

    void remove(String path) {
        if (keys.remove(path) != null) {
            revision++;
            changed(path);
        }
    }

    synchronized void listen(MemberName member, Consumer<DcsEvent> consumer) {
        listeners.add(new Listener(member, consumer));
    }

    /// Writes the leader's heartbeat. Who is not cut off hears its revision at once.
    void beat(String value) {
        long beat = put(ClusterDocuments.HEARTBEAT, value, 0);
        heartbeats.forEach((member, hearing) -> {
            if (!cut.contains(member)) {
                hearing.forEach(h -> h.accept(beat));
            }
        });
    }

    synchronized void hearHeartbeats(MemberName member, LongConsumer consumer) {
        heartbeats.computeIfAbsent(member, _ -> new ArrayList<>()).add(consumer);
    }

    private void expire() {
        MonoTime now = clock.get();
        List<Long> over =
                sessions.entrySet().stream()
                        .filter(s ->
                                !now.isBefore(s.getValue().lastSeen().plus(s.getValue().ttl())))
                        .map(Map.Entry::getKey)
                        .sorted()
                        .toList();
        for (long number : over) {
            sessions.remove(number);
            dropKeysOf(number);
        }
    }

    private void dropKeysOf(long session) {
        entries()
                .forEach((path, entry) -> {
                    if (entry.session() == session && session != 0) {
                        remove(path);
                    }
                });
    }

    private void changed(String path) {
        ClusterDocuments.event(path).ifPresent(pending::add);
    }

    private void deliver() {
        List<DcsEvent> events;
        List<Consumer<DcsEvent>> hearing;
        synchronized (this) {
            events = List.copyOf(pending);
            pending.clear();
            hearing =
                    listeners.stream()
                            .filter(l -> !cut.contains(l.member()))
                            .map(Listener::consumer)
                            .toList();
        }
        if (!events.isEmpty() && !hearing.isEmpty()) {
            delivery.execute(() -> events.forEach(e -> hearing.forEach(h -> h.accept(e))));
        }
    }
}
