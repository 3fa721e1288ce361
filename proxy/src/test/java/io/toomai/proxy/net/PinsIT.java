package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.console.Lookout.Detail;
import io.toomai.proxy.console.Overview.Pin;
import io.toomai.proxy.console.Overview.PinLine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Which clients keep a server of a real PostgreSQL, and why. Edge case 34.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PinsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Ground ground;
    private Front shared;
    private Front kept;

    @BeforeAll
    void open(@TempDir Path directory, @TempDir Path other) throws Exception {
        ground = Ground.trusting(directory, "");
        ground.sql("CREATE TABLE t (n int)");
        String database = ground.database("*", "");
        shared = Front.open(directory, database, "default_pool_size = 3");
        kept = Front.open(other, database, "default_pool_size = 3\npool_mode = session");
    }

    @AfterAll
    void close() throws Exception {
        shared.close();
        kept.close();
        ground.close();
    }

    private static List<PinLine> pins(Front front) {
        return front.overview(Detail.LATENCIES).pins();
    }

    private static PinLine only(Front front, Pin reason) {
        await().atMost(PATIENCE)
                .until(() ->
                        pins(front).stream().map(PinLine::reason).toList().equals(List.of(reason)));
        return pins(front).getFirst();
    }

    private static void noneIn(Front front) {
        await().atMost(PATIENCE).until(() -> pins(front).isEmpty());
    }

    @Test
    void aTransactionKeepsItsServerWhileItIsOpen() throws Exception {
        try (RawClient client = shared.client()) {
            client.ask("SELECT 1");
            noneIn(shared);
            int process = Integer.parseInt(inBlock(client));
            PinLine idle = only(shared, Pin.IDLE_TRANSACTION);
            assertThat(idle.process()).isEqualTo(process);
            assertThat(idle.remote().port()).isEqualTo(client.socket().getLocalPort());
            assertThat(idle.database()).isEqualTo("postgres");
            assertThat(idle.user()).isEqualTo("postgres");
            assertThat(idle.member()).isEqualTo("127.0.0.1:" + ground.port());
            client.send(RawClient.query("SELECT pg_sleep(1000)"));
            only(shared, Pin.ACTIVE_TRANSACTION);
            RawClient.cancel(shared.port(), client.cancelRequest());
            assertThat(client.answer().types()).isEqualTo("TEZ");
            only(shared, Pin.FAILED_TRANSACTION);
            client.ask("ROLLBACK");
            noneIn(shared);
        }
    }

    private static String inBlock(RawClient client) throws Exception {
        client.ask("BEGIN");
        return client.ask("SELECT pg_backend_pid()").value();
    }

    @Test
    void aCopyKeepsItsServer() throws Exception {
        try (RawClient client = shared.client()) {
            client.send(RawClient.query("COPY t FROM STDIN"));
            only(shared, Pin.COPY);
            assertThat(client.send(Parts.copies("1\n"), Parts.COPY_DONE).answer().types())
                    .isEqualTo("GCZ");
            noneIn(shared);
            // More than the client's and the proxy's buffers take.
            client.send(RawClient.query("COPY (SELECT generate_series(1, 9000000)) TO STDOUT"));
            only(shared, Pin.COPY);
        }
        noneIn(shared);
    }

    @Test
    void whatIsUnderWayKeepsItsServer() throws Exception {
        try (RawClient client = shared.client()) {
            client.send(RawClient.query("SELECT pg_sleep(1000)"));
            only(shared, Pin.QUERY);
            RawClient.cancel(shared.port(), client.cancelRequest());
            client.answer();
            noneIn(shared);
            client.send(Parts.unnamed("SELECT 1"), Parts.FLUSH);
            only(shared, Pin.PIPELINE);
            client.send(Parts.SYNC).answer();
            noneIn(shared);
        }
    }

    @Test
    void aSessionKeepsItsServer() throws Exception {
        try (RawClient client = kept.client()) {
            client.ask("SELECT 1");
            assertThat(only(kept, Pin.SESSION).why()).isEqualTo("session pooling");
            client.ask("BEGIN");
            await().atMost(PATIENCE)
                    .until(() ->
                            pins(kept)
                                    .getFirst()
                                    .why()
                                    .equals(
                                            "session pooling; a transaction is open, and its"
                                                    + " server waits for the client"));
        }
        noneIn(kept);
    }
}
