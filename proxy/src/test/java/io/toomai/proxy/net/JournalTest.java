package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.pool.Statistics.Totals;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The line of `log_stats`, which programs read.
class JournalTest {
    @Test
    void statisticsAreSaidAsPgbouncerDoes() {
        Totals one = new Totals(1, 10, 20, 300, 400, 1000, 500, 7, 1, 2, 3, 0);
        Totals other = new Totals(1, 30, 20, 100, 100, 2000, 1500, 3, 1, 1, 1, 0);
        assertThat(Journal.statistics(List.of(one, other)))
                .isEqualTo(
                        "stats: 40 xacts/s, 40 queries/s, 2 client parses/s, 3 server parses/s,"
                                + " 4 binds/s, in 400 B/s, out 500 B/s, xact 1750 us,"
                                + " query 1000 us, wait 10 us");
        assertThat(Journal.statistics(List.of()))
                .contains("stats: 0 xacts/s")
                .contains("wait 0 us");
    }
}
