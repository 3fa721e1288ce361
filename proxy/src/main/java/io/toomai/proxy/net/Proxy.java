package io.toomai.proxy.net;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.console.Command;
import io.toomai.proxy.console.Lookout.Detail;
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
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A proxy at work: it listens, and has one event loop or several, to which its connections and
/// pools belong. Methods may be called by any thread but an event loop's.
public final class Proxy implements AutoCloseable, MetricsListener.Pages {
    private static final Logger log = LoggerFactory.getLogger(Proxy.class);

    /// Bytes of one read.
    static final int READ = 8192;

    /// Between two looks at what time brings, in milliseconds.
    private static final long TICK = 333;

    /// Loops of a proxy whose file does not say how many.
    private static final int MOST_BY_CORES = 4;

    /// For what other threads want to know of the event loop.
    private static final long PATIENCE_SECONDS = 5;

    /// How long its loops go on at least when it is closed, and at most, in milliseconds.
    private static final long QUIET = 200;

    private static final long AT_MOST = 5000;

    private final MultiThreadIoEventLoopGroup loops;
    private final EventLoop loop;
    private final Premises premises;
    private final Listeners listeners;

    private Proxy(
            MultiThreadIoEventLoopGroup loops,
            EventLoop loop,
            Premises premises,
            Listeners listeners) {
        this.loops = loops;
        this.loop = loop;
        this.premises = premises;
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
        var loops =
                new MultiThreadIoEventLoopGroup(eventLoops(configuration), transport.handlers());
        List<EventLoop> all = new ArrayList<>();
        loops.forEach(loop -> all.add((EventLoop) loop));
        EventLoop first = all.getFirst();
        Listeners listeners = new Listeners(first, transport, steward.beginning());
        Premises premises =
                new Premises(
                        configuration,
                        all,
                        transport,
                        directions,
                        new Steering.Means(steward, listeners::close, first));
        try {
            directions.begin(first, premises::review);
            Map<Route, Integer> ports = new EnumMap<>(Route.class);
            ports.putAll(directions.morePorts());
            ports.put(Route.WRITE, configuration.settings().values().number("listen_port"));
            listeners.open(premises, ports);
            Proxy proxy = new Proxy(loops, first, premises, listeners);
            proxy.startTicking();
            return proxy;
        } catch (IOException | InterruptedException | RuntimeException e) {
            listeners.close();
            end(loops);
            throw e;
        }
    }

    /// Of few cores PostgreSQL needs them all, and one loop wakes up least often; of many the loops
    /// get a quarter (proxy.md §3.2).
    private static int eventLoops(Configuration configuration) {
        int wanted = configuration.settings().values().number("event_loops");
        int cores = Runtime.getRuntime().availableProcessors();
        return wanted > 0 ? wanted : Math.clamp((cores + 3) / 4, 1, MOST_BY_CORES);
    }

    private void startTicking() {
        loop.execute(() -> {
            premises.wings().tell(wing -> tick(wing.loop(), wing::tick));
            tick(loop, premises::tick);
        });
    }

    @SuppressWarnings("FutureReturnValueIgnored") // ends with the loop
    private static void tick(EventLoop on, LongConsumer what) {
        on.scheduleWithFixedDelay(
                Faults.outlive(() -> what.accept(System.nanoTime())),
                TICK,
                TICK,
                TimeUnit.MILLISECONDS);
    }

    /// Where it takes over from another process, its Unix sockets get the names of that one's: from
    /// now on local clients come here. To be called when nothing of the start can fail any more.
    ///
    /// @throws IOException if they cannot have their names
    public void takeOver() throws IOException {
        listeners.takeNames();
    }

    /// Each port and Unix socket that it listens on.
    public List<String> places() {
        return listeners.names();
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
        /// @param open transactions and statements on the primary; more than none, too, once
        ///   clients have waited for a minute and go on
        void left(long request, int open);
    }

    /// From now on nobody begins anything on the primary, until an order without a request; or for
    /// a minute.
    ///
    /// @param request names the switchover ([io.toomai.core.ha.Hold]); empty: clients go on
    public void hold(OptionalLong request, Held listener) {
        loop.execute(() -> premises.holding().order(request, listener));
    }

    /// Everything from now on goes by these settings.
    public void configure(Configuration next) {
        loop.execute(() -> premises.configure(next, () -> {}));
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
        CompletableFuture<String> made = new CompletableFuture<>();
        try {
            loop.execute(() ->
                    premises.sights()
                            .look(Detail.LATENCIES, overview -> complete(made, page, overview)));
            return made.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | RejectedExecutionException e) {
            throw new ExecutionException("the event loop does not answer", e);
        }
    }

    private static void complete(
            CompletableFuture<String> made, Function<Overview, String> page, Overview overview) {
        try {
            made.complete(page.apply(overview));
        } catch (RuntimeException e) {
            made.completeExceptionally(e);
        }
    }

    /// Does what could be ordered at the console. A refusal is logged.
    ///
    /// @param by for the log, such as `SIGUSR1`
    public void order(Command.Order order, String by) {
        loop.execute(() ->
                premises.steering()
                        .carryOut(
                                order, new Owner(Owner.PROCESS, by), outcome -> tell(by, outcome)));
    }

    private static void tell(String by, Outcome outcome) {
        switch (outcome) {
            case Outcome.Refused(_, String why, _) -> log.warn("{}: {}", by, why);
            case Outcome.Noted(String notice) -> log.info("{}: {}", by, notice);
            case Outcome.Done _ -> log.debug("{}: done", by);
        }
    }

    /// What the first event loop knows, asked by another thread, which waits for it.
    <T> T ask(Function<Premises, T> question) {
        return loop.submit(() -> question.apply(premises)).syncUninterruptibly().getNow();
    }

    /// What each wing knows, asked by another thread, which waits for it.
    <T> List<T> askWings(Function<Wing, T> question) {
        CompletableFuture<List<T>> answers = new CompletableFuture<>();
        loop.execute(() -> premises.wings().ask(question, answers::complete));
        return answers.join();
    }

    @Override
    public void close() {
        listeners.close();
        end(loops);
    }

    /// An event loop of io_uring that ends at once may leave a socket open: its read, which is
    /// called off, may be answered only while the ring is torn down, when nothing more can be
    /// submitted, not even the closing. So the loops go on until they have been quiet for a while.
    @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for it
    private static void end(MultiThreadIoEventLoopGroup loops) {
        loops.shutdownGracefully(QUIET, AT_MOST, TimeUnit.MILLISECONDS);
    }
}
