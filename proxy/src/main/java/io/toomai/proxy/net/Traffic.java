package io.toomai.proxy.net;

import io.toomai.proxy.console.Overview.TrafficLine;
import io.toomai.proxy.pool.Statistics.Totals;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What has gone through each database's pools, and on average over the last whole `stats_period`.
/// Not thread safe.
final class Traffic {
    private final Map<String, Period> periods = new LinkedHashMap<>();

    /// To be called a few times each second.
    ///
    /// @param length of a period, in nanoseconds
    void look(Survey survey, long now, long length) {
        Map<String, Totals> totals = totals(survey);
        periods.keySet().retainAll(totals.keySet());
        totals.forEach((database, total) ->
                periods.computeIfAbsent(database, _ -> new Period(now)).look(total, now, length));
    }

    private static Map<String, Totals> totals(Survey survey) {
        Map<String, Totals> totals = new TreeMap<>(survey.past().ofDatabases());
        for (PoolView pool : survey.pools()) {
            totals.merge(pool.name().database(), pool.totals(), Totals::plus);
        }
        return totals;
    }

    /// By database.
    List<TrafficLine> lines(Survey survey) {
        return totals(survey).entrySet().stream()
                .map(total ->
                        new TrafficLine(total.getKey(), total.getValue(), average(total.getKey())))
                .toList();
    }

    private Totals average(String database) {
        Period period = periods.get(database);
        return period == null ? Totals.NONE : period.average();
    }
}
