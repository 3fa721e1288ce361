package io.toomai.proxy.net;

import io.toomai.proxy.pool.Statistics.Totals;

/// What a database did on average over the last whole `stats_period`. Not thread safe.
final class Period {
    private Totals then = Totals.NONE;
    private Totals average = Totals.NONE;
    private long since;

    Period(long now) {
        since = now;
    }

    /// To be called a few times each second.
    ///
    /// @param length of a period, in nanoseconds
    void look(Totals total, long now, long length) {
        if (now - since >= length) {
            average = total.averageSince(then, now - since);
            then = total;
            since = now;
        }
    }

    Totals average() {
        return average;
    }
}
