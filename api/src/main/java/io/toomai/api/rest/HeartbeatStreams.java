package io.toomai.api.rest;

import com.sun.net.httpserver.HttpExchange;
import io.toomai.api.heartbeat.HeartbeatSource;
import io.toomai.api.heartbeat.HeartbeatSource.Next;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers `GET /heartbeats`: a line at once, one with each change, and repetitions in between,
/// until the caller goes away, takes nothing for seconds, or the HA loop shows no life. Each stream
/// has the thread that calls.
final class HeartbeatStreams {
    private static final Logger LOG = LoggerFactory.getLogger(HeartbeatStreams.class);

    /// A caller that takes nothing for so long would only fill buffers with what is past.
    private static final Duration WRITE_PATIENCE = Duration.ofSeconds(3);

    private final HeartbeatSource source;
    private final ScheduledExecutorService deadlines;
    private final Semaphore streams;
    private final Duration patience;

    HeartbeatStreams(
            HeartbeatSource source, ScheduledExecutorService deadlines, RestConfig.Limits limits) {
        this.source = source;
        this.deadlines = deadlines;
        this.streams = new Semaphore(limits.streams());
        this.patience =
                limits.transfer().compareTo(WRITE_PATIENCE) < 0
                        ? limits.transfer()
                        : WRITE_PATIENCE;
    }

    /// Streams until one side ends it.
    ///
    /// @return the answer to send instead, when there is no stream
    Optional<Reply> serve(HttpExchange exchange) {
        if (!streams.tryAcquire()) {
            return Optional.of(notNow("too many streams at the same time"));
        }
        try {
            return switch (source.await(HeartbeatSource.NOTHING_SEEN)) {
                case Next.Line first -> {
                    stream(exchange, first);
                    yield Optional.empty();
                }
                case Next.Silence _ ->
                        Optional.of(notNow("the HA loop of this node shows no life"));
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(notNow("this node is stopping"));
        } finally {
            streams.release();
        }
    }

    /// `Retry-After` tells a member that knows heartbeats from one that does not, and answers this
    /// path like any health check.
    private static Reply notNow(String why) {
        return Reply.text(503, why).withHeader("Retry-After", "1");
    }

    private void stream(HttpExchange exchange, Next.Line first) {
        try {
            exchange.getResponseHeaders().set("Content-Type", "application/x-ndjson");
            exchange.getResponseHeaders().set("Connection", "close");
            exchange.sendResponseHeaders(200, 0);
            OutputStream out = exchange.getResponseBody();
            Next next = first;
            while (next instanceof Next.Line line) {
                within(() -> write(out, line.text()));
                next = source.await(line.count());
            }
            within(exchange::close);
        } catch (IOException | InterruptedException | RejectedExecutionException e) {
            LOG.debug("rest: a stream of heartbeats ended: {}", e.getMessage());
        } finally {
            // Closing writes the last chunk, which must not wait either: interrupted, it does not.
            Thread.currentThread().interrupt();
            exchange.close();
        }
    }

    private interface Write {
        void run() throws IOException;
    }

    /// Interrupts a write that waits: that closes the connection. Closing the exchange from the
    /// timer instead would wait behind the same write, and hold up everybody's deadlines.
    private void within(Write write) throws IOException {
        Thread writer = Thread.currentThread();
        ScheduledFuture<?> deadline =
                deadlines.schedule(writer::interrupt, patience.toMillis(), TimeUnit.MILLISECONDS);
        try {
            write.run();
        } finally {
            deadline.cancel(false);
        }
    }

    private static void write(OutputStream out, String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
