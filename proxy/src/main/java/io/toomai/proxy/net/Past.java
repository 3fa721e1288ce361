package io.toomai.proxy.net;

import io.toomai.proxy.pool.Statistics.Totals;
import io.toomai.proxy.route.Route;
import java.util.HashMap;
import java.util.Map;

/// What pools had counted that are there no more: sums never fall while what they are of is there.
///
/// @param ofDatabases by name
record Past(Map<String, Totals> ofDatabases, Map<Route, Totals> ofRoutes) {
    static final Past NONE = new Past(Map.of(), Map.of());

    Past {
        ofDatabases = Map.copyOf(ofDatabases);
        ofRoutes = Map.copyOf(ofRoutes);
    }

    static Past of(Pools.Name pool, Totals counted) {
        return new Past(Map.of(pool.database(), counted), Map.of(pool.route(), counted));
    }

    Past plus(Past more) {
        return new Past(sum(ofDatabases, more.ofDatabases()), sum(ofRoutes, more.ofRoutes()));
    }

    private static <K> Map<K, Totals> sum(Map<K, Totals> one, Map<K, Totals> other) {
        Map<K, Totals> sum = new HashMap<>(one);
        other.forEach((key, totals) -> sum.merge(key, totals, Totals::plus));
        return sum;
    }
}
