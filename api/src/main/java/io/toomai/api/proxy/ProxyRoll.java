package io.toomai.api.proxy;

import io.toomai.core.cluster.ClusterView;
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

    private final Supplier<MonoTime> clock;
    private final Consumer<List<ProxyStanding>> news;
    private final Map<String, Entry> entries = new TreeMap<>();
    private Picture told = new Picture(ClusterView.EMPTY, OptionalLong.empty());
    private long count;

    private record Entry(ProxyStanding standing, MonoTime at) {}

    /// What proxies are told.
    ///
    /// @param hold the request ([io.toomai.core.ha.Hold]) for which clients are to wait
    public record Picture(ClusterView cluster, OptionalLong hold) {}

    /// @param count grows with each picture that is another one
    public record Numbered(long count, Picture picture) {}

    /// @param news called with all that are connected when one has told what a switchover may wait
    ///   for; returns at once
    public ProxyRoll(Supplier<MonoTime> clock, Consumer<List<ProxyStanding>> news) {
        this.clock = clock;
        this.news = news;
    }

    /// A proxy tells of itself; counts for [#PATIENCE].
    ///
    /// @return whether there is room for it
    public synchronized boolean report(ProxyStanding standing) {
        MonoTime now = clock.get();
        entries.values().removeIf(entry -> isOver(entry, now));
        Entry before = entries.get(standing.name());
        if (before == null && entries.size() >= MOST) {
            return false;
        }
        entries.put(standing.name(), new Entry(standing, now));
        if (before == null || !before.standing().equals(standing)) {
            news.accept(standings());
        }
        return true;
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
    public synchronized void tell(Picture picture) {
        if (!picture.equals(told)) {
            told = picture;
            count++;
            notifyAll();
        }
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
