package io.toomai.proxy.net;

import io.toomai.proxy.config.ValuesOf;
import io.toomai.proxy.console.Overview.TrafficLine;
import io.toomai.proxy.pool.Statistics.Totals;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the log says of connections and traffic, in PgBouncer's words, as far as `log_…` wants it.
/// What it says of a client any loop may ask of it; the rest belongs to the first wing's.
final class Journal {
    private static final Logger log = LoggerFactory.getLogger(Journal.class);

    private final Supplier<ValuesOf> values;
    private long lastStatistics;

    Journal(Supplier<ValuesOf> values, long now) {
        this.values = values;
        this.lastStatistics = now;
    }

    /// A client is gone.
    void closed(ClientConnection client, String why, long ageSeconds) {
        if (values.get().isOn("log_disconnections")) {
            log.info(
                    "{} closing because: {} (age={}s)",
                    client.identity().label(),
                    Printable.of(why),
                    ageSeconds);
        }
    }

    /// A client was told something in the proxy's own name.
    void poolerError(ClientConnection client, String text) {
        if (values.get().isOn("log_pooler_errors")) {
            log.warn("{} pooler error: {}", client.identity().label(), Printable.of(text));
        }
    }

    /// To be called a few times each second.
    ///
    /// @param traffic what to sum up once in each `stats_period`
    void tick(long now, Supplier<List<TrafficLine>> traffic) {
        if (now - lastStatistics < values.get().time("stats_period").toNanos()) {
            return;
        }
        lastStatistics = now;
        if (values.get().isOn("log_stats")) {
            log.info("{}", statistics(traffic.get().stream().map(TrafficLine::average).toList()));
        }
    }

    /// Counts and bytes are for each second, times in microseconds for each of what took them.
    static String statistics(List<Totals> averages) {
        long transactions = sum(averages, Totals::transactions);
        long queries = sum(averages, Totals::queries);
        return ("stats: %d xacts/s, %d queries/s, %d client parses/s, %d server parses/s,"
                        + " %d binds/s, in %d B/s, out %d B/s, xact %d us, query %d us, wait %d us")
                .formatted(
                        transactions,
                        queries,
                        sum(averages, Totals::clientParses),
                        sum(averages, Totals::serverParses),
                        sum(averages, Totals::binds),
                        sum(averages, Totals::received),
                        sum(averages, Totals::sent),
                        each(averages, Totals::transactionTime, Totals::transactions),
                        each(averages, Totals::queryTime, Totals::queries),
                        sum(averages, Totals::waitTime));
    }

    private static long sum(List<Totals> averages, ToLongFunction<Totals> of) {
        return averages.stream().mapToLong(of).sum();
    }

    private static long each(
            List<Totals> averages, ToLongFunction<Totals> time, ToLongFunction<Totals> count) {
        long all = sum(averages, count);
        long weighed = sum(averages, one -> time.applyAsLong(one) * count.applyAsLong(one));
        return all == 0 ? 0 : weighed / all;
    }
}
