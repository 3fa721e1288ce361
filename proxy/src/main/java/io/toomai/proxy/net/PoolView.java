package io.toomai.proxy.net;

import io.toomai.proxy.config.Database;
import io.toomai.proxy.config.PoolMode;
import io.toomai.proxy.console.Overview.ListenNumbers;
import io.toomai.proxy.console.Overview.StopNumbers;
import io.toomai.proxy.pool.Latencies;
import io.toomai.proxy.pool.Pool;
import io.toomai.proxy.pool.Statistics;
import io.toomai.proxy.pool.Statistics.Totals;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A pool as it was at one moment: what other loops may know of it.
///
/// @param underWay what clients that are to wait for a switchover have not finished on the primary
/// @param cancels that are under way to its servers
/// @param targets its connections, by the target's name
/// @param listening only where times were asked for, as they
/// @param times only where they were asked for
record PoolView(
        Pools.Name name,
        Database database,
        PoolMode mode,
        Servers servers,
        Clients clients,
        int underWay,
        Totals totals,
        List<CancelView> cancels,
        Map<String, StopNumbers> targets,
        ListenNumbers listening,
        Optional<Times> times) {

    /// How many are where.
    ///
    /// @param all that are there or on their way
    record Servers(int all, int active, int idle, int tested, int opening, int beingCanceled) {}

    /// @param longestWait of one that waits now, in nanoseconds
    record Clients(int all, int waiting, long longestWait) {}

    /// Since the start.
    record Times(Latencies ofQueries, Latencies ofTransactions, Latencies ofWaits) {}

    /// A request to cancel.
    record CancelView(ServerCancel.State state, int askers) {
        static CancelView of(ServerCancel cancel) {
            return new CancelView(cancel.state(), cancel.askers());
        }
    }

    /// To be called on the pool's loop.
    static PoolView of(ServerPool pool, long now, boolean withTimes) {
        Pool<?, ?> numbers = pool.numbers();
        return new PoolView(
                pool.name(),
                pool.database(),
                pool.mode(),
                new Servers(
                        pool.servers(),
                        numbers.active(),
                        numbers.idle(),
                        numbers.tested(),
                        numbers.opening(),
                        (int)
                                pool.connections().stream()
                                        .filter(ServerConnection::isBeingCanceled)
                                        .count()),
                new Clients(pool.clients().size(), numbers.waiting(), numbers.longestWait(now)),
                pool.underWay(),
                pool.totals(),
                pool.connections().stream()
                        .flatMap(server -> server.runningCancel().stream())
                        .map(CancelView::of)
                        .toList(),
                targets(pool),
                withTimes ? pool.notifier().numbers() : ListenNumbers.NONE,
                withTimes ? Optional.of(times(pool.statistics())) : Optional.empty());
    }

    private static Map<String, StopNumbers> targets(ServerPool pool) {
        Map<String, StopNumbers> targets = new LinkedHashMap<>();
        pool.forEachServer((target, server) ->
                targets.merge(
                        target.name(),
                        new StopNumbers(1, server.client() == null ? 0 : 1),
                        PoolView::both));
        return targets;
    }

    static StopNumbers both(StopNumbers one, StopNumbers other) {
        return new StopNumbers(one.open() + other.open(), one.active() + other.active());
    }

    /// Copies: the pool goes on counting.
    private static Times times(Statistics of) {
        Latencies none = new Latencies();
        return new Times(
                of.queryTimes().plus(none),
                of.transactionTimes().plus(none),
                of.waitTimes().plus(none));
    }
}
