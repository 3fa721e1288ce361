package io.toomai.proxy.page;

import io.toomai.proxy.console.Overview;
import io.toomai.proxy.console.Overview.PauseLine;
import io.toomai.proxy.console.Overview.PoolLine;
import io.toomai.proxy.console.Overview.Stand;
import io.toomai.proxy.console.Overview.StopLine;
import io.toomai.proxy.console.Overview.WayLine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What an operator should see first: who waits and why, what is stopped, who is gone.
final class News {
    /// Longer than that nobody waits who only waits for his turn, in microseconds.
    private static final long LONG_WAIT = 1_000_000;

    /// Of one kind; the tables below have the others.
    private static final int MOST = 10;

    /// Whether somebody suffers.
    enum Weight {
        BAD,
        NOTE
    }

    record Item(Weight weight, String text) {}

    private News() {}

    /// The worst first.
    static List<Item> of(Overview overview) {
        List<Item> items = new ArrayList<>();
        overview.ways().stream().flatMap(way -> dead(way).stream()).forEach(items::add);
        overview.pauses().stream().limit(MOST).map(News::stopped).forEach(items::add);
        overview.pools().stream()
                .filter(pool -> pool.maxWait() >= LONG_WAIT)
                .sorted(Comparator.comparingLong(pool -> -pool.maxWait()))
                .limit(MOST)
                .map(News::waits)
                .forEach(items::add);
        members(overview).stream().limit(MOST).forEach(items::add);
        items.sort(Comparator.comparing(Item::weight));
        return items;
    }

    private static List<Item> dead(WayLine way) {
        if (way.standing().stand() == Stand.UP) {
            return List.of();
        }
        String who =
                way.clients().waiting() == 0
                        ? "its clients will wait"
                        : Words.count(way.clients().waiting(), "client")
                                + " waiting, the first for "
                                + Words.took(way.maxWait());
        return List.of(
                new Item(
                        Weight.BAD,
                        "The route "
                                + way.route()
                                + " has had no server for "
                                + Words.lasted(way.standing().seconds())
                                + ": "
                                + who));
    }

    private static Item stopped(PauseLine pause) {
        String what = pause.database().equals("*") ? "All databases" : pause.database();
        return new Item(
                Weight.NOTE,
                what
                        + ": "
                        + pause.state()
                        + " by "
                        + pause.owner()
                        + " for "
                        + Words.lasted(pause.seconds())
                        + ", "
                        + Words.count(pause.serversInUse(), "server connection")
                        + " in use; ends with "
                        + pause.ends());
    }

    private static Item waits(PoolLine pool) {
        return new Item(
                Weight.BAD,
                pool.database()
                        + " / "
                        + pool.user()
                        + ": "
                        + Words.count(pool.clients().waiting(), "client")
                        + " waiting for a server, the first for "
                        + Words.took(pool.maxWait())
                        + "; "
                        + Words.count(pool.servers().all(), "server connection")
                        + ", "
                        + pool.servers().active()
                        + " in use");
    }

    /// Each once, whichever routes miss it.
    private static List<Item> members(Overview overview) {
        Map<String, Item> members = new LinkedHashMap<>();
        for (WayLine way : overview.ways()) {
            for (StopLine stop : way.stops()) {
                switch (stop.standing().stand()) {
                    case DOWN, DRAIN, MAINTENANCE ->
                            members.putIfAbsent(
                                    stop.name(),
                                    new Item(Weight.NOTE, stop.name() + ": " + stop.why()));
                    case UP, PASSED_BY, UNTRIED -> {}
                }
            }
        }
        return List.copyOf(members.values());
    }
}
