package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.console.Lookout.Detail;
import io.toomai.proxy.pool.Statistics.Totals;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What comes into a log from those who log in.
final class JournalIT {
    /// PROXY protocol, version 2: the balancer's own connection.
    private static final byte[] OWN_HEADER =
            HexFormat.of().parseHex("0d0a0d0a000d0a515549540a20000000");

    private static final String FORGED = "\n2026-11-23 LOG all is well";

    /// Neither before it is known who they are nor afterwards.
    @Test
    void whatClientsSendMakesNoLineOfItsOwn(@TempDir Path directory) throws Exception {
        try (Ground ground = Ground.trusting(directory, "");
                LogLines log = new LogLines();
                Front front = ground.front("auth_type = any")) {
            refused(front, "user", "eve" + FORGED, "database", "postgres");
            refused(front, "user", "postgres", "database", "none" + FORGED);
            refused(front, "user", "postgres", "database", "postgres", "toomai.route", FORGED);
            refused(front, "user", "postgres", "replication", FORGED);
            assertThat(log.having("login failed")).hasSizeGreaterThanOrEqualTo(3);
            assertThat(log.having("all is well")).isNotEmpty();
            assertThat(log.having("\n")).isEmpty();
        }
    }

    /// Balancers do so, twice a second.
    @Test
    void whoOnlyLooksWhetherSomebodyListensIsNotMentioned(@TempDir Path directory)
            throws Exception {
        try (Ground ground = Ground.trusting(directory, "");
                LogLines log = new LogLines();
                Front plain = ground.front("auth_type = any");
                Front balanced =
                        ground.front("auth_type = any\nproxy_protocol_networks = 127.0.0.0/8")) {
            look(plain, new byte[0]);
            look(balanced, new byte[0]);
            look(balanced, OWN_HEADER);
            assertThat(log.having("login failed")).isEmpty();
        }
    }

    /// The same that the console shows.
    @Test
    void theTrafficOfEachPeriodIsSaid(@TempDir Path directory) throws Exception {
        try (Ground ground = Ground.trusting(directory, "");
                LogLines log = new LogLines();
                Front front = ground.front("stats_period = 1");
                RawClient client = front.client()) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> {
                        client.ask("BEGIN");
                        client.send(
                                RawClient.parse("", "SELECT pg_sleep(0.01)"),
                                RawClient.bind(""),
                                RawClient.execute(),
                                RawClient.sync());
                        client.answer();
                        client.ask("COMMIT");
                        return !log.having(traffic(front)).isEmpty();
                    });
            front.reload(ground.database("*", ""), "stats_period = 1\nlog_stats = 0");
            int lines = log.having("stats: ").size();
            Totals before = average(front);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> {
                        client.ask("SELECT 1");
                        return !average(front).equals(before);
                    });
            assertThat(log.having("stats: ")).hasSize(lines);
        }
    }

    private static Totals average(Front front) {
        return front.overview(Detail.NUMBERS).traffic().getFirst().average();
    }

    private static String traffic(Front front) {
        Totals average = average(front);
        return average.queries() == 0
                ? "not yet"
                : ("stats: %d xacts/s, %d queries/s, %d client parses/s, %d server parses/s,"
                                + " %d binds/s, in %d B/s, out %d B/s, xact %d us, query %d us,"
                                + " wait %d us")
                        .formatted(
                                average.transactions(),
                                average.queries(),
                                average.clientParses(),
                                average.serverParses(),
                                average.binds(),
                                average.received(),
                                average.sent(),
                                average.transactionTime(),
                                average.queryTime(),
                                average.waitTime());
    }

    /// Leaves by a reset, when the proxy has seen it.
    private static void look(Front front, byte[] first) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), front.port())) {
            socket.setSoLinger(true, 0);
            socket.getOutputStream().write(first);
            awaitNewcomers(front, 1);
        }
        awaitNewcomers(front, 0);
    }

    private static void awaitNewcomers(Front front, int count) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() ->
                        front.proxy().<Integer>ask(premises -> premises.newcomers().count())
                                == count);
    }

    private static void refused(Front front, String... words) throws Exception {
        try (RawClient client = new RawClient(front.port())) {
            client.send(RawClient.packet(3, 0, String.join("\0", words) + "\0\0"));
            assertThat(client.refusal()).isNotEmpty();
        }
    }
}
