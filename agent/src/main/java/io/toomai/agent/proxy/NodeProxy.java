package io.toomai.agent.proxy;

import io.toomai.api.proxy.ProxyRoll;
import io.toomai.dcs.Dcs;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Configuration.Loading;
import io.toomai.proxy.net.MetricsListener;
import io.toomai.proxy.net.Proxy;
import io.toomai.proxy.net.Routing;
import io.toomai.proxy.net.Steward;
import io.toomai.proxy.net.Steward.Reread;
import io.toomai.proxy.net.Transport;
import io.toomai.proxy.route.Route;
import io.toomai.settings.ProxySection;
import io.toomai.settings.Settings;
import io.toomai.settings.Warning;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The proxy of a node that has the section `toomai: proxy:`. It ends with the agent; that it
/// cannot start is an error in the log and nothing more: PostgreSQL is worth more than the way to
/// it.
public final class NodeProxy implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeProxy.class);

    /// What PgBouncer does as a program of its own.
    private static final List<String> OF_A_PROGRAM =
            List.of(
                    "logfile",
                    "syslog",
                    "syslog_ident",
                    "syslog_facility",
                    "verbose",
                    "pidfile",
                    "user");

    private final Settings started;
    private final Set<String> told = new HashSet<>();
    private Optional<Parts> parts = Optional.empty();

    /// What reading gave last.
    private Reread latest = new Reread.Failed(List.of("the agent's settings were not read"));

    private record Parts(
            Proxy proxy,
            Routing routing,
            StoreWatch watch,
            HoldLink holds,
            Optional<MetricsListener> metrics) {}

    private NodeProxy(Settings started) {
        this.started = started;
    }

    /// One where the settings want it.
    ///
    /// @param dcs tells who is what; stays the caller's
    /// @param roll tells when clients are to wait for a switchover
    /// @param reread has the agent read all of its settings again, and says whether it took them;
    ///   it calls [#reload]
    /// @throws InterruptedException if told to stop meanwhile
    public static NodeProxy start(
            Settings settings, Dcs dcs, ProxyRoll roll, BooleanSupplier reread)
            throws InterruptedException {
        NodeProxy node = new NodeProxy(settings);
        Optional<ProxySection> section = settings.toomai().proxy();
        if (section.isPresent()) {
            node.start(section.get(), dcs, roll, reread);
        }
        return node;
    }

    private synchronized void start(
            ProxySection section, Dcs dcs, ProxyRoll roll, BooleanSupplier reread)
            throws InterruptedException {
        String without = "does not run, PostgreSQL is reached only directly";
        try {
            Optional<Configuration> configuration = configuration(started, section, without);
            if (configuration.isPresent()) {
                parts = Optional.of(parts(configuration.get(), section, dcs, roll, reread));
            }
        } catch (IOException e) {
            log.error(
                    "{} proxy: {}: {}. Correct toomai.proxy and restart the agent",
                    started.name(),
                    without,
                    said(e));
        }
    }

    private static String said(IOException e) {
        Throwable cause = e.getCause();
        return e.getMessage() + (cause == null ? "" : " (" + cause.getMessage() + ")");
    }

    private Parts parts(
            Configuration configuration,
            ProxySection section,
            Dcs dcs,
            ProxyRoll roll,
            BooleanSupplier reread)
            throws IOException, InterruptedException {
        Routing routing = Section.routing(section);
        Proxy proxy =
                Proxy.start(
                        configuration,
                        Transport.of(configuration.settings().values()),
                        routing,
                        new Own(reread));
        StoreWatch watch = new StoreWatch(dcs, _ -> {}, routing::take);
        watch.start();
        HoldLink holds = new HoldLink(started.name().value(), roll, proxy::hold);
        holds.start();
        log.info(
                "{} proxy: started listen={}{}",
                started.name(),
                proxy.address(),
                section.readPort().map(_ -> " read=" + proxy.address(Route.READ)).orElse(""));
        return new Parts(proxy, routing, watch, holds, metrics(configuration, proxy));
    }

    /// Clients are worth more than what is told of them.
    private Optional<MetricsListener> metrics(Configuration configuration, Proxy proxy) {
        try {
            Optional<MetricsListener> listener =
                    MetricsListener.of(configuration.settings().values(), proxy);
            listener.ifPresent(
                    on -> log.info("{} proxy: metrics address={}", started.name(), on.address()));
            return listener;
        } catch (IOException e) {
            log.error(
                    "{} proxy: goes on without metrics: {}. Correct metrics_addr and metrics_port"
                            + " in toomai.proxy.pgbouncer and restart the agent",
                    started.name(),
                    said(e));
            return Optional.empty();
        }
    }

    /// @param otherwise what a problem leads to
    private Optional<Configuration> configuration(
            Settings settings, ProxySection section, String otherwise) throws IOException {
        Loading loading =
                Section.read(
                        section,
                        settings.postgresql().authentication().superuser(),
                        settings.written());
        return switch (loading) {
            case Loading.Loaded(Configuration loaded, List<Warning> warnings) -> {
                warnings.forEach(warning -> log.warn("{} proxy: {}", started.name(), warning));
                OF_A_PROGRAM.stream()
                        .filter(key -> section.pgbouncer().containsKey(key) && told.add(key))
                        .forEach(key ->
                                log.warn(
                                        "{} proxy: toomai.proxy.pgbouncer.{} has no effect here:"
                                                + " the proxy is a part of the agent",
                                        started.name(),
                                        key));
                yield Optional.of(loaded);
            }
            case Loading.Rejected(var problems) -> {
                problems.forEach(problem ->
                        log.error("{} proxy: {}: {}", started.name(), otherwise, problem));
                yield Optional.empty();
            }
        };
    }

    /// Takes over what the agent has read: all of it or nothing. Where it listens stays as it was,
    /// and so does whether it runs.
    public synchronized void reload(Settings next) {
        Optional<ProxySection> section = next.toomai().proxy();
        if (parts.isEmpty() && section.isPresent()) {
            log.warn(
                    "{} proxy: does not run; it is started with the agent only: restart the agent",
                    started.name());
        }
        if (parts.isEmpty()) {
            return;
        }
        if (section.isEmpty()) {
            latest = new Reread.Failed(List.of("toomai.proxy is missing"));
            log.warn(
                    "{} proxy: goes on with the settings that it had: toomai.proxy is missing; it"
                            + " ends with the agent only: restart the agent",
                    started.name());
            return;
        }
        latest = new Reread.Failed(List.of("toomai.proxy cannot be used"));
        ProxySection here = section.get().listeningAs(started.toomai().proxy().orElseThrow());
        String otherwise = "goes on with the settings that it had";
        try {
            Optional<Configuration> configuration = configuration(next, here, otherwise);
            configuration.ifPresent(taken -> {
                parts.get().routing().rules(Section.rules(here.reads()));
                parts.get().proxy().configure(taken);
                latest = new Reread.Read(taken);
            });
        } catch (IOException e) {
            log.error(
                    "{} proxy: {}: {}. Correct toomai.proxy and reload again",
                    started.name(),
                    otherwise,
                    said(e));
        }
    }

    synchronized Reread latest() {
        return latest;
    }

    /// An agent runs it: it reads its settings with the agent's, and ends with the agent.
    private final class Own implements Steward {
        private final BooleanSupplier rereading;

        Own(BooleanSupplier rereading) {
            this.rereading = rereading;
        }

        @Override
        public Reread reread() {
            return rereading.getAsBoolean()
                    ? latest()
                    : new Reread.Failed(List.of("the agent's settings cannot be used"));
        }

        @Override
        public void end() {
            log.warn(
                    "{} proxy: was told to end; it is started again with the agent",
                    started.name());
        }
    }

    @Override
    public synchronized void close() {
        parts.ifPresent(running -> {
            running.metrics().ifPresent(MetricsListener::close);
            running.holds().close();
            running.watch().close();
            running.proxy().close();
        });
    }
}
