package io.toomai.agent.proxy;

import io.toomai.agent.store.StoreConnection;
import io.toomai.api.ApiException;
import io.toomai.api.peer.HttpCall;
import io.toomai.api.peer.PeerClient;
import io.toomai.api.tls.Contexts;
import io.toomai.api.tls.Identity;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.Member;
import io.toomai.core.model.Secret;
import io.toomai.dcs.DcsException;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.net.Proxy;
import io.toomai.proxy.net.Routing;
import io.toomai.proxy.net.Steward;
import io.toomai.proxy.net.Transport;
import io.toomai.settings.CtlSettings;
import io.toomai.settings.LoneProxySettings;
import io.toomai.settings.OperatorSettings;
import io.toomai.settings.Problem;
import io.toomai.settings.SettingsFile;
import io.toomai.settings.StorePlace;
import io.toomai.settings.Warning;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A proxy of a cluster that runs beside applications, without PostgreSQL and without a vote. It
/// knows the cluster from the store or from members, and takes part in the hold before a switchover
/// (decision 0032).
public final class LoneProxy implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LoneProxy.class);
    private static final Duration SESSION = Duration.ofSeconds(30);

    private final LoneProxySettings started;
    private final Routing routing;
    private final PeerClient client;
    private final Proxy proxy;
    private final MemberWatch members;
    private volatile LoneProxySettings current;
    private Optional<Store> store = Optional.empty();

    private record Store(StoreConnection connection, StoreWatch watch, Path files) {}

    /// What reading the file gave.
    public sealed interface Loading {
        record Loaded(
                LoneProxySettings settings, Configuration configuration, List<Warning> warnings)
                implements Loading {}

        /// Each names file, line and key where it has them.
        record Rejected(List<Problem> problems) implements Loading {}
    }

    /// Reads a settings file and the files that its section `toomai: proxy:` names.
    ///
    /// @throws IOException if one of these cannot be read
    public static Loading load(Path file, Map<String, String> environment) throws IOException {
        return switch (SettingsFile.loadLoneProxy(file, environment)) {
            case LoneProxySettings.Loading.Refused(var why) -> new Loading.Rejected(why.problems());
            case LoneProxySettings.Loading.Loaded(var settings, var warnings) ->
                    switch (Section.read(
                            settings.proxy(), settings.superuser(), settings.written())) {
                        case Configuration.Loading.Rejected(var problems) ->
                                new Loading.Rejected(problems);
                        case Configuration.Loading.Loaded(var configuration, var more) -> {
                            List<Warning> all = new ArrayList<>(warnings);
                            all.addAll(more);
                            yield new Loading.Loaded(settings, configuration, List.copyOf(all));
                        }
                    };
        };
    }

    /// Starts one.
    ///
    /// @param steward who runs it; calls [#take] with what it has read again
    /// @throws IOException if it cannot listen, or the files of `ctl` cannot be used
    /// @throws InterruptedException if told to stop meanwhile
    public static LoneProxy start(Loading.Loaded loaded, Steward steward)
            throws IOException, InterruptedException {
        PeerClient client = client(loaded.settings().cluster());
        Routing routing = Section.routing(loaded.settings().proxy());
        Proxy proxy =
                Proxy.start(
                        loaded.configuration(),
                        Transport.of(loaded.configuration().settings().values()),
                        routing,
                        steward);
        LoneProxy lone = new LoneProxy(loaded.settings(), routing, client, proxy);
        try {
            lone.watch();
            return lone;
        } catch (IOException | RuntimeException e) {
            lone.close();
            throw e;
        }
    }

    private LoneProxy(LoneProxySettings settings, Routing routing, PeerClient client, Proxy proxy) {
        this.started = settings;
        this.current = settings;
        this.routing = routing;
        this.client = client;
        this.proxy = proxy;
        this.members =
                new MemberWatch(
                        new MemberWatch.Access(
                                client,
                                name(settings, proxy),
                                settings.cluster().scope(),
                                this::authorization),
                        routing,
                        proxy::hold);
    }

    /// Two proxies of one name would speak for each other.
    private static String name(LoneProxySettings settings, Proxy proxy) {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (java.net.UnknownHostException _) {
            host = "?";
        }
        return settings.name().map(name -> name + "@").orElse("")
                + host
                + ":"
                + proxy.address().getPort()
                + "/"
                + ProcessHandle.current().pid();
    }

    private Optional<Secret> authorization() {
        return current.cluster()
                .ctl()
                .authentication()
                .map(c -> HttpCall.basic(c.username(), c.password()));
    }

    /// As commands call members: certificates are verified unless `ctl.insecure` says otherwise.
    private static PeerClient client(OperatorSettings cluster) throws IOException {
        CtlSettings ctl = cluster.ctl();
        Optional<Identity> identity =
                ctl.certfile().map(c -> new Identity(c, ctl.keyfile(), ctl.keyfilePassword()));
        Optional<Path> authorities = ctl.cacert().or(cluster::authorities);
        try {
            if (ctl.insecure()) {
                SSLContext context = Contexts.client(Optional.empty(), identity);
                return new PeerClient(() -> context);
            }
            if (authorities.isEmpty() && identity.isEmpty()) {
                return PeerClient.byName(Usual::context);
            }
            SSLContext context = Contexts.clientByName(authorities, identity);
            Supplier<SSLContext> ready = () -> context;
            return PeerClient.byName(ready);
        } catch (ApiException e) {
            throw new IOException("the files of ctl cannot be used: " + e.getMessage(), e);
        }
    }

    /// A cluster without TLS does not load TLS.
    private static final class Usual {
        private static final SSLContext CONTEXT =
                Contexts.clientByName(Optional.empty(), Optional.empty());

        static SSLContext context() {
            return CONTEXT;
        }
    }

    // ---- who tells of the cluster

    private void watch() throws IOException {
        members.start();
        if (!started.members().isEmpty()) {
            members.follow(started.members());
            return;
        }
        OperatorSettings cluster = started.cluster();
        Path files = Files.createTempDirectory("toomai-proxy");
        StorePlace place =
                cluster.place(cluster.scope().orElseThrow(), cluster.group(), files).orElseThrow();
        StoreConnection connection = visit(place);
        StoreWatch watch =
                new StoreWatch(connection.dcs(), view -> members.follow(urls(view)), routing::take);
        store = Optional.of(new Store(connection, watch, files));
        watch.start();
    }

    private static StoreConnection visit(StorePlace place) throws IOException {
        try {
            return StoreConnection.visit(place, SESSION);
        } catch (DcsException e) {
            throw new IOException("the store cannot be used", e);
        }
    }

    private static List<String> urls(ClusterView view) {
        return view.members().stream()
                .map(Member::apiUrl)
                .flatMap(url -> address(url).stream())
                .toList();
    }

    /// A member may publish nonsense.
    private static Optional<String> address(String apiUrl) {
        try {
            URI url = URI.create(apiUrl);
            return url.getHost() == null || url.getScheme() == null
                    ? Optional.empty()
                    : Optional.of(url.getScheme() + "://" + url.getRawAuthority());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    public Proxy proxy() {
        return proxy;
    }

    /// Takes over what was read again, but for the configuration, which the proxy takes itself.
    public void take(LoneProxySettings next) {
        List<String> kept = new ArrayList<>(started.changesForRestart(next));
        kept.remove("toomai.proxy.listen"); // the proxy says that itself, with both values
        if (started.cluster().ctl().insecure() != next.cluster().ctl().insecure()) {
            kept.add("ctl.insecure");
        }
        current = next;
        if (started.members().isEmpty() != next.members().isEmpty()) {
            kept.add("toomai.proxy.members instead of the store, or the store instead of them");
        } else if (!next.members().isEmpty()) {
            members.follow(next.members());
        }
        routing.rules(Section.rules(next.proxy().reads()));
        if (!kept.isEmpty()) {
            log.warn("changed, but in force only after a restart: {}", String.join(", ", kept));
        }
    }

    @Override
    public void close() {
        members.close();
        store.ifPresent(running -> {
            running.watch().close();
            running.connection().close();
            delete(running.files());
        });
        client.close();
        proxy.close();
    }

    private static void delete(Path folder) {
        try (Stream<Path> content = Files.list(folder)) {
            for (Path file : content.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException _) {
            // What is left is of no use to anybody: its password is gone.
        }
    }
}
