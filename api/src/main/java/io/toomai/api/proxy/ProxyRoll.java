package io.toomai.api.proxy;

import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.core.model.MonoTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The proxies that are connected to this member, what they have told last, and what they are told:
/// the cluster as the HA loop saw it in its latest cycle, and whether their clients are to wait.
/// Thread safe.
public final class ProxyRoll {
    /// A proxy that has told nothing for so long is gone: a switchover does not wait for it.
    public static final Duration PATIENCE = Duration.ofSeconds(3);

    /// More are not kept: each would cost the leader's heartbeat some bytes.
    private static final int MOST = 64;

    /// Every reader of JSON keeps it as it is.
    private static final long LARGEST_EXACT = (1L << 53) - 1;

    private static final long LOOK_MILLIS = PATIENCE.toMillis() / 6;

    private final Supplier<MonoTime> clock;
    private final Consumer<List<ProxyStanding>> news;
    private final Map<String, Entry> entries = new TreeMap<>();
    private Picture told = new Picture(ClusterView.EMPTY, OptionalLong.empty());
    private OptionalLong term = OptionalLong.empty();
    private Watch watch = Watch.NONE;

    /// Not from 0: a proxy may have one of this member's process before.
    private long count;

    /// Whether a thread waits for proxies that tell nothing any more.
    private enum Watch {
        NONE,
        RUNS
    }

    private record Entry(ProxyStanding standing, MonoTime at) {}

    /// What proxies are told.
    ///
    /// @param hold the request ([io.toomai.core.ha.Hold]) for which clients are to wait
    public record Picture(ClusterView cluster, OptionalLong hold) {}

    /// @param count grows with each picture that is another one
    public record Numbered(long count, Picture picture) {}

    /// @param news called with all that are connected when one has told what a switchover may wait
    ///   for, or is gone: one call after the other, so the last one knows all; returns at once
    public ProxyRoll(Supplier<MonoTime> clock, Consumer<List<ProxyStanding>> news) {
        this.clock = clock;
        this.news = news;
        this.count = clock.get().nanos() & LARGEST_EXACT;
    }

    /// A proxy tells of itself; counts for [#PATIENCE].
    ///
    /// @return whether there is room for it
    public synchronized boolean report(ProxyStanding standing) {
        MonoTime now = clock.get();
        boolean isAnyGone = entries.values().removeIf(entry -> isOver(entry, now));
        Entry before = entries.get(standing.name());
        if (before == null && entries.size() >= MOST) {
            return false;
        }
        entries.put(standing.name(), new Entry(standing, now));
        if (watch == Watch.NONE) {
            watch = Watch.RUNS;
            Thread.ofVirtual().name("proxy-roll").start(this::awaitSilence);
        }
        if (isAnyGone || before == null || !before.standing().equals(standing)) {
            news.accept(standings());
        }
        return true;
    }

    /// Nobody tells that a proxy died, and a leader that has clients wait must not wait for it.
    private synchronized void awaitSilence() {
        try {
            while (!entries.isEmpty()) {
                MonoTime now = clock.get();
                if (entries.values().removeIf(entry -> isOver(entry, now))) {
                    news.accept(standings());
                } else {
                    wait(LOOK_MILLIS);
                }
            }
        } catch (InterruptedException _) {
            // Nobody does that; the next report starts another.
        } finally {
            watch = Watch.NONE;
        }
    }

    /// A proxy ends.
    public synchronized void leave(String name) {
        if (entries.remove(name) != null) {
            news.accept(standings());
        }
    }

    /// Those that are connected, by name.
    public synchronized List<ProxyStanding> standings() {
        MonoTime now = clock.get();
        return entries.values().stream()
                .filter(entry -> !isOver(entry, now))
                .map(Entry::standing)
                .toList();
    }

    private static boolean isOver(Entry entry, MonoTime now) {
        return now.since(entry.at()).compareTo(PATIENCE) >= 0;
    }

    /// What the latest cycle saw.
    public synchronized void tell(Picture seen) {
        Picture picture = new Picture(withTerm(seen.cluster()), seen.hold());
        if (!picture.equals(told)) {
            told = picture;
            count++;
            notifyAll();
        }
    }

    /// Some stores forget the term of a leader that has left. This member has seen it: only so do
    /// proxies that ask several members know whose word is the newer one.
    private ClusterView withTerm(ClusterView view) {
        return switch (view.leader()) {
            case LeaderKey.HeldBy held -> {
                term = OptionalLong.of(held.revision());
                yield view;
            }
            case LeaderKey.Vacant vacant when vacant.lastTerm() != LeaderKey.UNKNOWN_TERM -> {
                term = OptionalLong.of(vacant.lastTerm());
                yield view;
            }
            case LeaderKey.Vacant vacant ->
                    term.isEmpty()
                            ? view
                            : view.with(
                                    new LeaderKey.Vacant(term.getAsLong(), vacant.lastHolder()));
        };
    }

    /// Waits for another picture than the one seen, at most so long.
    ///
    /// @param seen its count; 0 for one that has seen none
    /// @return the latest, also where it is not another one
    public synchronized Numbered await(long seen, Duration limit) throws InterruptedException {
        MonoTime end = clock.get().plus(limit);
        while (count == seen && clock.get().isBefore(end)) {
            wait(end.since(clock.get()).toMillis() + 1);
        }
        return new Numbered(count, told);
    }
}
