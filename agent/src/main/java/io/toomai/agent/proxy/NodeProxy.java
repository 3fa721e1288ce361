package io.toomai.agent.proxy;

import io.toomai.api.proxy.ProxyRoll;
import io.toomai.core.model.Secret;
import io.toomai.dcs.Dcs;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.config.Configuration.Loading;
import io.toomai.proxy.net.Proxy;
import io.toomai.proxy.net.Routing;
import io.toomai.proxy.net.Steward;
import io.toomai.proxy.net.Transport;
import io.toomai.proxy.route.Route;
import io.toomai.proxy.route.RouteRules;
import io.toomai.proxy.route.RouteRules.Balance;
import io.toomai.proxy.route.RouteRules.Fallback;
import io.toomai.settings.PostgresSettings.Login;
import io.toomai.settings.ProxySection;
import io.toomai.settings.Settings;
import io.toomai.settings.Warning;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The proxy of a node that has the section `toomai: proxy:`. It ends with the agent; that it
/// cannot start is an error in the log and nothing more: PostgreSQL is worth more than the way to
/// it.
public final class NodeProxy implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeProxy.class);
    private static final String SOURCE = "toomai.proxy";

    private final Optional<Parts> parts;

    private record Parts(Proxy proxy, StoreWatch watch, HoldLink holds) {}

    private NodeProxy(Optional<Parts> parts) {
        this.parts = parts;
    }

    /// One where the settings want it.
    ///
    /// @param dcs tells who is what; stays the caller's
    /// @param roll tells when clients are to wait for a switchover
    /// @throws InterruptedException if told to stop meanwhile
    public static NodeProxy start(Settings settings, Dcs dcs, ProxyRoll roll)
            throws InterruptedException {
        Optional<ProxySection> section = settings.toomai().proxy();
        if (section.isEmpty()) {
            return new NodeProxy(Optional.empty());
        }
        try {
            return new NodeProxy(start(settings, section.get(), dcs, roll));
        } catch (IOException e) {
            log.error(
                    "{} proxy: does not run, PostgreSQL is reached only directly: {}. Correct"
                            + " toomai.proxy and restart the agent",
                    settings.name(),
                    said(e));
            return new NodeProxy(Optional.empty());
        }
    }

    private static String said(IOException e) {
        Throwable cause = e.getCause();
        return e.getMessage() + (cause == null ? "" : " (" + cause.getMessage() + ")");
    }

    private static Optional<Parts> start(
            Settings settings, ProxySection section, Dcs dcs, ProxyRoll roll)
            throws IOException, InterruptedException {
        Optional<Configuration> configuration = configuration(settings, section);
        if (configuration.isEmpty()) {
            return Optional.empty();
        }
        Map<Route, Integer> ports = new TreeMap<>();
        section.readPort().ifPresent(port -> ports.put(Route.READ, port));
        Routing routing = new Routing(rules(section.reads()), ports);
        Proxy proxy =
                Proxy.start(
                        configuration.get(),
                        Transport.of(configuration.get().settings().values()),
                        routing,
                        new Fixed(settings));
        StoreWatch watch = new StoreWatch(dcs, routing::take);
        watch.start();
        HoldLink holds = new HoldLink(settings.name().value(), roll, proxy::hold);
        holds.start();
        log.info(
                "{} proxy: started listen={}{}",
                settings.name(),
                proxy.address(),
                section.readPort().map(_ -> " read=" + proxy.address(Route.READ)).orElse(""));
        return Optional.of(new Parts(proxy, watch, holds));
    }

    private static Optional<Configuration> configuration(Settings settings, ProxySection section)
            throws IOException {
        return switch (Configuration.of(sections(settings, section), SOURCE, known(settings))) {
            case Loading.Loaded(Configuration loaded, List<Warning> warnings) -> {
                warnings.forEach(warning -> log.warn("{} proxy: {}", settings.name(), warning));
                yield Optional.of(loaded);
            }
            case Loading.Rejected(var problems) -> {
                problems.forEach(problem ->
                        log.error(
                                "{} proxy: does not run, PostgreSQL is reached only directly: {}",
                                settings.name(),
                                problem));
                yield Optional.empty();
            }
        };
    }

    private static Configuration.Sections sections(Settings settings, ProxySection section) {
        Map<String, String> pgbouncer = new TreeMap<>();
        pgbouncer.put("unix_socket_dir", "");
        superuser(settings).username().ifPresent(name -> pgbouncer.put("auth_user", name));
        pgbouncer.putAll(section.pgbouncer());
        pgbouncer.put("listen_addr", section.listen().host());
        pgbouncer.put("listen_port", String.valueOf(section.listen().port()));
        Map<String, String> databases =
                section.databases().isEmpty() ? Map.of("*", "") : section.databases();
        return new Configuration.Sections(pgbouncer, databases, section.users());
    }

    private static Login superuser(Settings settings) {
        return settings.postgresql().authentication().superuser();
    }

    /// The agent's own superuser asks PostgreSQL for the passwords of the others.
    private static Map<String, Secret> known(Settings settings) {
        Map<String, Secret> known = new TreeMap<>();
        Login login = superuser(settings);
        login.username()
                .ifPresent(
                        name -> login.password().ifPresent(password -> known.put(name, password)));
        return known;
    }

    private static RouteRules rules(ProxySection.Reads reads) {
        return new RouteRules(
                reads.maximumLag(),
                reads.tags(),
                switch (reads.fromPrimary()) {
                    case ALLOWED -> Fallback.PRIMARY;
                    case NEVER -> Fallback.NONE;
                },
                switch (reads.balance()) {
                    case LEAST_CONNECTIONS -> Balance.LEAST_CONNECTIONS;
                    case ROUND_ROBIN -> Balance.ROUND_ROBIN;
                },
                reads.slowStart());
    }

    /// An agent runs it: its settings change with a restart, and it ends with the agent.
    private record Fixed(Settings settings) implements Steward {
        @Override
        public Reread reread() {
            return new Reread.Failed(
                    List.of("the proxy of a node has new settings after a restart of the agent"));
        }

        @Override
        public void end() {
            log.warn(
                    "{} proxy: was told to end; it is started again with the agent",
                    settings.name());
        }
    }

    @Override
    public void close() {
        parts.ifPresent(running -> {
            running.holds().close();
            running.watch().close();
            running.proxy().close();
        });
    }
}
