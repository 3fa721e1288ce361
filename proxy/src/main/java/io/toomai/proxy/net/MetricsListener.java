package io.toomai.proxy.net;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.toomai.proxy.config.ValuesOf;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/// `GET /metrics` over HTTP, Whoever may reach the address may read it, so it is off unless
/// `metrics_port` is set, and on the loopback unless `metrics_addr` says otherwise.
public final class MetricsListener implements AutoCloseable {
    /// Scrapes at once; more are told to come again.
    private static final int MOST = 8;

    private static final int WAITING = 16;

    private final HttpServer server;
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("metrics-", 0).factory());
    private final Semaphore places = new Semaphore(MOST);
    private final Callable<String> page;

    private MetricsListener(HttpServer server, Callable<String> page) {
        this.server = server;
        this.page = page;
        server.setExecutor(threads);
        server.createContext("/metrics", this::answer);
    }

    /// One where `metrics_port` is set.
    ///
    /// @param page makes it; may block
    /// @throws IOException if it cannot listen there
    public static Optional<MetricsListener> of(ValuesOf values, Callable<String> page)
            throws IOException {
        int port = values.number("metrics_port");
        return port == 0
                ? Optional.empty()
                : Optional.of(
                        start(new InetSocketAddress(values.text("metrics_addr"), port), page));
    }

    /// @param page makes it; may block
    /// @throws IOException if it cannot listen there
    public static MetricsListener start(InetSocketAddress address, Callable<String> page)
            throws IOException {
        try {
            MetricsListener listener =
                    new MetricsListener(HttpServer.create(address, WAITING), page);
            listener.server.start();
            return listener;
        } catch (IOException e) {
            throw new IOException("cannot listen for metrics on " + address, e);
        }
    }

    public InetSocketAddress address() {
        return server.getAddress();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("GET")) {
                send(exchange, 405, "only GET\n");
            } else if (!places.tryAcquire()) {
                send(exchange, 503, "too many scrapes at once\n");
            } else {
                try {
                    send(exchange, 200, page.call());
                } catch (IOException e) {
                    throw e;
                } catch (Exception e) {
                    send(exchange, 503, "the proxy is busy or ends\n");
                } finally {
                    places.release();
                }
            }
        }
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders()
                .set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        exchange.sendResponseHeaders(status, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
