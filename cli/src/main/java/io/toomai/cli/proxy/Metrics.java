package io.toomai.cli.proxy;

import io.toomai.proxy.config.ValuesOf;
import io.toomai.proxy.net.MetricsListener;
import java.io.IOException;
import java.net.BindException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The metrics of a run. A port that the process has which is taken over from is waited for: two
/// cannot listen there, and clients need not wait for that.
final class Metrics implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Metrics.class);

    private final ValuesOf values;
    private final MetricsListener.Pages pages;
    private Optional<MetricsListener> listener = Optional.empty();
    private State state = State.WANTED;

    private enum State {
        WANTED,
        CLOSED
    }

    private Metrics(ValuesOf values, MetricsListener.Pages pages) {
        this.values = values;
        this.pages = pages;
    }

    /// @param other that is taken over from
    /// @throws IOException if it cannot listen for a reason that does not end with the other
    static Metrics start(
            ValuesOf values, MetricsListener.Pages pages, Optional<ProcessHandle> other)
            throws IOException {
        Metrics metrics = new Metrics(values, pages);
        try {
            metrics.open();
        } catch (IOException e) {
            if (other.isEmpty() || !isInUse(e)) {
                throw e;
            }
            log.info("{}: metrics wait for the end of process {}", why(e), other.get().pid());
            var _ = other.get().onExit().thenRunAsync(metrics::openLate, Metrics::aside);
        }
        return metrics;
    }

    private static void aside(Runnable what) {
        Thread.ofVirtual().name("metrics").start(what);
    }

    private static boolean isInUse(IOException e) {
        return e.getCause() instanceof BindException bind
                && String.valueOf(bind.getMessage()).contains("in use");
    }

    static String why(IOException e) {
        Throwable cause = e.getCause();
        return e.getMessage() + (cause == null ? "" : ": " + cause.getMessage());
    }

    private synchronized void open() throws IOException {
        if (state == State.WANTED) {
            listener = MetricsListener.of(values, pages);
            listener.ifPresent(
                    on -> log.info("metrics on http:/{}/metrics, statistics on /", on.address()));
        }
    }

    private void openLate() {
        try {
            open();
        } catch (IOException e) {
            log.error("{}", why(e));
        }
    }

    @Override
    public synchronized void close() {
        state = State.CLOSED;
        listener.ifPresent(MetricsListener::close);
    }
}
