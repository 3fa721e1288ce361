package io.toomai.proxy.net;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.netty.util.NetUtil;
import io.toomai.proxy.config.ValuesOf;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a proxy shows over HTTP: `GET /metrics` for Prometheus, `GET /` for people, `GET /;csv` for
/// what reads HAProxy's statistics. Nothing can be changed by it. Whoever may reach the address may
/// read all of it, so it is off unless `metrics_port` is set, and on the loopback unless
/// `metrics_addr` says otherwise.
public final class MetricsListener implements AutoCloseable {
    /// Scrapes at once; more are told to come again.
    private static final int MOST = 8;

    /// Who may take what they asked for at once, however slowly.
    private static final int MOST_TAKING = 64;

    private static final int WAITING = 16;

    /// For taking a page.
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /// The page brings all it needs, and runs nothing.
    private static final String NOTHING_FOREIGN =
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";

    private static final Logger log = LoggerFactory.getLogger(MetricsListener.class);

    private final HttpServer server;
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("metrics-", 0).factory());
    private final ScheduledExecutorService deadlines =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("metrics-deadlines").factory());
    private final Semaphore places = new Semaphore(MOST);
    private final Semaphore takers = new Semaphore(MOST_TAKING);
    private final Pages pages;
    private final Duration patience;

    /// What there is to see, made when it is asked for. May block.
    public interface Pages {
        /// @throws ExecutionException if the proxy is busy or ends
        /// @throws InterruptedException if told to stop meanwhile
        String metrics() throws ExecutionException, InterruptedException;

        /// HTML.
        ///
        /// @throws ExecutionException if the proxy is busy or ends
        /// @throws InterruptedException if told to stop meanwhile
        String statistics() throws ExecutionException, InterruptedException;

        /// In HAProxy's columns.
        ///
        /// @throws ExecutionException if the proxy is busy or ends
        /// @throws InterruptedException if told to stop meanwhile
        String csv() throws ExecutionException, InterruptedException;
    }

    private record Reply(int status, String type, String text) {
        static Reply plain(int status, String text) {
            return new Reply(status, "text/plain; charset=utf-8", text);
        }
    }

    private static final Reply TOO_MANY = Reply.plain(503, "too many look at once\n");

    private MetricsListener(HttpServer server, Pages pages, Duration patience) {
        this.server = server;
        this.pages = pages;
        this.patience = patience;
        server.setExecutor(threads);
        server.createContext("/", this::answer);
    }

    /// One where `metrics_port` is set.
    ///
    /// @throws IOException if it cannot listen there
    public static Optional<MetricsListener> of(ValuesOf values, Pages pages) throws IOException {
        int port = values.number("metrics_port");
        return port == 0
                ? Optional.empty()
                : Optional.of(
                        start(new InetSocketAddress(values.text("metrics_addr"), port), pages));
    }

    /// @throws IOException if it cannot listen there
    public static MetricsListener start(InetSocketAddress address, Pages pages) throws IOException {
        return start(address, pages, PATIENCE);
    }

    /// @param patience with who takes a page
    static MetricsListener start(InetSocketAddress address, Pages pages, Duration patience)
            throws IOException {
        try {
            MetricsListener listener =
                    new MetricsListener(HttpServer.create(address, WAITING), pages, patience);
            listener.server.start();
            return listener;
        } catch (IOException e) {
            throw new IOException(
                    "cannot listen for metrics on " + NetUtil.toSocketAddressString(address), e);
        }
    }

    public InetSocketAddress address() {
        return server.getAddress();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("GET")) {
                sendInTime(exchange, Reply.plain(405, "only GET\n"));
            } else if (!takers.tryAcquire()) {
                sendInTime(exchange, TOO_MANY);
            } else {
                try {
                    sendInTime(exchange, page(exchange.getRequestURI().getPath()));
                } finally {
                    takers.release();
                }
            }
        }
    }

    /// A place is needed to make a page only: who takes it slowly keeps nobody out.
    private Reply page(String path) {
        if (!places.tryAcquire()) {
            return TOO_MANY;
        }
        try {
            return reply(path);
        } finally {
            places.release();
        }
    }

    /// The paths are HAProxy's, where it has them, with options behind each `;`. As there, those
    /// that are not known here change nothing.
    private Reply reply(String path) {
        List<String> words = List.of(path.split(";", -1));
        try {
            return switch (words.getFirst()) {
                case "/metrics" ->
                        new Reply(200, "text/plain; version=0.0.4; charset=utf-8", pages.metrics());
                case "/", "/stats" ->
                        words.contains("csv")
                                ? Reply.plain(200, pages.csv())
                                : new Reply(200, "text/html; charset=utf-8", pages.statistics());
                default -> Reply.plain(404, "there are /, /;csv and /metrics\n");
            };
        } catch (ExecutionException e) {
            log.debug("no page was made", e);
            return Reply.plain(503, "the proxy is busy or ends\n");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Reply.plain(503, "the proxy ends\n");
        }
    }

    /// Closing the exchange ends the wait for whoever does not take it.
    private void sendInTime(HttpExchange exchange, Reply reply) throws IOException {
        ScheduledFuture<?> deadline =
                deadlines.schedule(exchange::close, patience.toMillis(), TimeUnit.MILLISECONDS);
        try {
            send(exchange, reply);
        } finally {
            deadline.cancel(false);
        }
    }

    private static void send(HttpExchange exchange, Reply reply) throws IOException {
        byte[] body = reply.text().getBytes(StandardCharsets.UTF_8);
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", reply.type());
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Content-Security-Policy", NOTHING_FOREIGN);
        exchange.sendResponseHeaders(reply.status(), body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        deadlines.shutdownNow();
    }
}
