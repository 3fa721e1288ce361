package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Edges 28 and 42: peers that send without reading. What they send stays with them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PressureIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MEGABYTE = 1 << 20;

    /// A quarter of what PostgreSQL can make; the rest takes only time.
    private static final int LONG = 256 * MEGABYTE;

    private Ground ground;
    private Front front;

    @BeforeAll
    void open(@TempDir Path home) throws Exception {
        ground = Ground.open(home);
        front = ground.front("default_pool_size = 2\nquery_wait_timeout = 0");
    }

    @AfterAll
    void close() throws Exception {
        front.close();
        ground.close();
    }

    /// Bytes of buffers in use.
    private static long memory() {
        var metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
        return metric.usedDirectMemory() + metric.usedHeapMemory();
    }

    /// Waits until nothing moves any more: the bytes that went through stay the same.
    private void awaitStandstill() {
        AtomicLong before = new AtomicLong(-1);
        ServerPool pool = front.pool("postgres");
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(700))
                .until(() -> {
                    long now =
                            front.proxy().ask(_ -> pool.totals().received() + pool.totals().sent());
                    return before.getAndSet(now) == now;
                });
    }

    /// Edge 42: 64 MB of queries before the first answer is read; then all answers come.
    @Test
    void aClientMaySendMuchBeforeItReads() throws Exception {
        byte[] one = RawClient.query("SELECT 1 -- " + "x".repeat(4000));
        int queries = 64 * MEGABYTE / one.length;
        try (RawClient client = front.client();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long before = memory();
            Future<?> sending =
                    threads.submit(() -> {
                        for (int i = 0; i < queries; i++) {
                            client.send(one);
                        }
                        return null;
                    });
            awaitStandstill();
            assertThat(memory() - before).isLessThan(16L * MEGABYTE);
            for (int i = 0; i < queries; i++) {
                assertThat(client.answer().types()).isEqualTo("TDCZ");
            }
            sending.get();
        }
    }

    /// Edge 28: a long result for a client that does not read it.
    @Test
    void aLongResultWaitsForItsReader() throws Exception {
        try (RawClient client = front.client()) {
            long before = memory();
            client.send(
                    RawClient.query(
                            "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 64000))"
                                    + " TO STDOUT"));
            awaitStandstill();
            assertThat(memory() - before).isLessThan(16L * MEGABYTE);
            int rows = 0;
            for (var heard = client.read(); heard.type() != 'Z'; heard = client.read()) {
                assertThat(heard.type()).isIn('H', 'd', 'c', 'C');
                rows += heard.type() == 'd' ? 1 : 0;
            }
            assertThat(rows).isEqualTo(64000);
        }
    }

    /// Answers that are the proxy's own: no server slows this client down.
    @Test
    void ownAnswersDoNotPileUp() throws Exception {
        byte[] pair = FakeServer.message('C', FakeServer.text("Ss1"));
        byte[] parse = RawClient.parse("s1", "SELECT 1");
        int pairs = 200_000;
        try (RawClient client = front.client();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            client.ask("BEGIN");
            client.send(parse, RawClient.sync()).answer();
            long before = memory();
            byte[][] many = new byte[200][];
            for (int i = 0; i < many.length; i++) {
                many[i] = i % 2 == 0 ? pair : parse;
            }
            Future<?> sending =
                    threads.submit(() -> {
                        for (int i = 0; i < pairs / 100; i++) {
                            client.send(many);
                        }
                        client.send(RawClient.sync());
                        return null;
                    });
            awaitStandstill();
            assertThat(memory() - before).isLessThan(16L * MEGABYTE);
            long answers = 0;
            for (var heard = client.read(); heard.type() != 'Z'; heard = client.read()) {
                assertThat(heard.type()).isIn('1', '3');
                answers++;
            }
            assertThat(answers).isEqualTo(2L * pairs);
            sending.get();
        }
    }

    /// What clients have sent that wait for a server is bounded for each.
    @Test
    void whoWaitsIsNotReadFrom() throws Exception {
        try (RawClient first = front.client();
                RawClient second = front.client();
                RawClient waiting = front.client();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            first.ask("BEGIN");
            second.ask("BEGIN");
            byte[] one = RawClient.query("SELECT 1 -- " + "x".repeat(4000));
            long before = memory();
            Future<?> sending =
                    threads.submit(() -> {
                        for (int i = 0; i < 5000; i++) {
                            waiting.send(one);
                        }
                        return null;
                    });
            awaitStandstill();
            assertThat(memory() - before).isLessThan(4L * MEGABYTE);
            first.ask("COMMIT");
            for (int i = 0; i < 5000; i++) {
                assertThat(waiting.answer().types()).endsWith("TDCZ");
            }
            sending.get();
            second.ask("COMMIT");
        }
    }

    /// Edge 23: either way, one message that is longer than all of the memory that it may take.
    @Test
    void aMessageOfAnyLengthPassesPieceByPiece() throws Exception {
        try (RawClient client = front.client()) {
            long before = memory();
            client.send(RawClient.parse("", "SELECT octet_length($1::bytea)"));
            client.send(
                    ByteBuffer.allocate(17)
                            .put((byte) 'B')
                            .putInt(LONG + 18)
                            .putShort((short) 0)
                            .putInt(1 << 16 | 1)
                            .putShort((short) 1)
                            .putInt(LONG)
                            .array());
            long most = 0;
            for (int sent = 0; sent < LONG; sent += MEGABYTE) {
                client.send(new byte[MEGABYTE]);
                most = Math.max(most, memory());
            }
            client.send(new byte[2], RawClient.execute(), RawClient.sync());
            assertThat(client.answer().value()).isEqualTo(String.valueOf(LONG));
            client.send(RawClient.query("SELECT repeat('x', " + LONG + ")"));
            assertThat(client.read().type()).isEqualTo('T');
            InputStream in = client.socket().getInputStream();
            byte[] header = in.readNBytes(11);
            assertThat(header[0]).isEqualTo((byte) 'D');
            assertThat(ByteBuffer.wrap(header).getInt(7)).isEqualTo(LONG);
            for (int heard = 0; heard < LONG; heard += MEGABYTE) {
                assertThat(in.readNBytes(MEGABYTE)).hasSize(MEGABYTE);
                most = Math.max(most, memory());
            }
            assertThat(client.answer().types()).isEqualTo("CZ");
            assertThat(most - before).isLessThan(16L * MEGABYTE);
        }
    }
}
