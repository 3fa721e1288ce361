package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.console.Command;
import io.toomai.proxy.console.Orders.Outcome;
import io.toomai.proxy.console.Orders.Owner;
import io.toomai.proxy.console.Overview;
import io.toomai.proxy.metrics.MetricsPage;
import io.toomai.proxy.page.HaproxyCsv;
import io.toomai.proxy.page.StatisticsPage;
import io.toomai.proxy.route.Route;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A proxy at work: it listens, and has one event loop, to which all its connections and pools
/// belong. Methods may be called by any thread but the event loop's.
public final class Proxy implements AutoCloseable, MetricsListener.Pages {
    private static final Logger log = LoggerFactory.getLogger(Proxy.class);

    /// Bytes of one read.
    static final int READ = 8192;

    /// Between two looks at what time brings, in milliseconds.
    private static final long TICK = 333;

    /// For what other threads want to know of the event loop.
    private static final long PATIENCE_SECONDS = 5;

    private final MultiThreadIoEventLoopGroup loops;
    private final EventLoop loop;
    private final Premises premises;
    private final Holding holding;
    private final Listeners listeners;

    private Proxy(
            MultiThreadIoEventLoopGroup loops,
            EventLoop loop,
            Premises premises,
            Listeners listeners) {
        this.loops = loops;
        this.loop = loop;
        this.premises = premises;
        this.holding = new Holding(loop, premises.pools());
        this.listeners = listeners;
    }

    /// Starts one that reaches the hosts that its file names.
    ///
    /// @throws IOException if it cannot listen
    /// @throws InterruptedException if told to stop meanwhile
    public static Proxy start(Configuration configuration, Transport transport)
            throws IOException, InterruptedException {
        return start(configuration, transport, Directions.BY_HOST);
    }

    /// Starts one that is a part of something else.
    ///
    /// @param directions where the servers of a database are
    /// @throws IOException if it cannot listen
    /// @throws InterruptedException if told to stop meanwhile
    public static Proxy start(
            Configuration configuration, Transport transport, Directions directions)
            throws IOException, InterruptedException {
        return start(configuration, transport, directions, new NoSteward());
    }

    /// @param directions where the servers of a database are
    /// @param steward who runs it
    /// @throws IOException if it cannot listen
    /// @throws InterruptedException if told to stop meanwhile
    public static Proxy start(
            Configuration configuration,
            Transport transport,
            Directions directions,
            Steward steward)
            throws IOException, InterruptedException {
        var loops = new MultiThreadIoEventLoopGroup(1, transport.handlers());
        EventLoop loop = loops.next();
        Listeners listeners = new Listeners(loops, transport);
        Premises premises =
                new Premises(
                        configuration,
                        loop,
                        transport,
                        directions,
                        new Steering.Means(steward, listeners::close, loop));
        try {
            directions.begin(loop, () -> premises.pools().review(System.nanoTime()));
            Map<Route, Integer> ports = new EnumMap<>(Route.class);
            ports.putAll(directions.morePorts());
            ports.put(Route.WRITE, configuration.settings().values().number("listen_port"));
            listeners.open(premises, ports);
            Proxy proxy = new Proxy(loops, loop, premises, listeners);
            proxy.startTicking();
            return proxy;
        } catch (IOException | InterruptedException | RuntimeException e) {
            listeners.close();
            end(loops);
            throw e;
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // ends with the loop
    private void startTicking() {
        loop.scheduleWithFixedDelay(
                Faults.outlive(() -> premises.tick(System.nanoTime())),
                TICK,
                TICK,
                TimeUnit.MILLISECONDS);
    }

    /// Where it listens first of all by TCP; with port 0 in its settings, the port that it got.
    public InetSocketAddress address() {
        return address(Route.WRITE);
    }

    /// Where it listens for clients that are led so.
    ///
    /// @throws IllegalArgumentException if there is no such port
    public InetSocketAddress address(Route route) {
        return listeners.address(route);
    }

    /// Who has clients wait for a switchover, and hears what they still have under way. Called on
    /// the event loop; returns at once.
    public interface Held {
        /// @param request as ordered
        /// @param open transactions and statements on the primary
        void left(long request, int open);
    }

    /// From now on nobody begins anything on the primary, until an order without a request; or for
    /// a minute.
    ///
    /// @param request names the switchover ([io.toomai.core.ha.Hold]); empty: clients go on
    public void hold(OptionalLong request, Held listener) {
        loop.execute(() -> holding.order(request, listener));
    }

    /// Everything from now on goes by these settings.
    public void configure(Configuration next) {
        loop.execute(() -> premises.configure(next));
    }

    @Override
    public String metrics() throws InterruptedException, ExecutionException {
        return shown(MetricsPage::of);
    }

    @Override
    public String statistics() throws InterruptedException, ExecutionException {
        Instant now = Instant.now();
        return shown(overview -> StatisticsPage.of(overview, now));
    }

    @Override
    public String csv() throws InterruptedException, ExecutionException {
        return shown(HaproxyCsv::of);
    }

    /// @throws ExecutionException if the event loop is busy for too long, or has ended
    private String shown(Function<Overview, String> page)
            throws InterruptedException, ExecutionException {
        try {
            return loop.submit(() -> page.apply(premises.consoles().overview()))
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | RejectedExecutionException e) {
            throw new ExecutionException("the event loop does not answer", e);
        }
    }

    /// Does what could be ordered at the console. A refusal is logged.
    ///
    /// @param by for the log, such as `SIGUSR1`
    public void order(Command.Order order, String by) {
        loop.execute(() ->
                premises.steering()
                        .carryOut(order, new Owner(0, by), outcome -> tell(by, outcome)));
    }

    private static void tell(String by, Outcome outcome) {
        switch (outcome) {
            case Outcome.Refused(_, String why) -> log.warn("{}: {}", by, why);
            case Outcome.Noted(String notice) -> log.info("{}: {}", by, notice);
            case Outcome.Done _ -> log.debug("{}: done", by);
        }
    }

    /// What the event loop knows, asked by another thread, which waits for it.
    <T> T ask(Function<Premises, T> question) {
        return loop.submit(() -> question.apply(premises)).syncUninterruptibly().getNow();
    }

    @Override
    public void close() {
        listeners.close();
        end(loops);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for it
    private static void end(MultiThreadIoEventLoopGroup loops) {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    }
}
