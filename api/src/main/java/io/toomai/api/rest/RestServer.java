package io.toomai.api.rest;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.toomai.api.ApiException;
import io.toomai.api.ApiException.Code;
import io.toomai.api.Node;
import io.toomai.api.Query;
import io.toomai.api.rest.AccessControl.Reach;
import io.toomai.api.rest.Dispatcher.Access;
import io.toomai.api.rest.Request.BodyReading;
import io.toomai.api.rest.Request.Caller;
import io.toomai.api.rest.Request.ClientCertificate;
import io.toomai.api.tls.ServerTls;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The REST server of one node, on `jdk.httpserver` with a virtual thread per call. Keeps callers
/// within bounds: how many at once, how long a body, how long it may take to send it or to take the
/// answer. What is answered is decided in [Dispatcher].
///
/// Calls that only read never wait for the store or SQL, except those documented to read the store.
public final class RestServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RestServer.class);

    private static final int DRAINED_BYTES = 64 << 10;
    private static final int PROXY_CALLS = 128;

    static {
        // Read once by the JDK's server when its classes are loaded; an operator's value wins.
        preset("sun.net.httpserver.nodelay", "true"); // else answers wait for delayed ACKs
        preset("sun.net.httpserver.idleInterval", "60");
        preset("sun.net.httpserver.maxReqTime", "30"); // headers that trickle in
        preset("sun.net.httpserver.drainAmount", "0"); // we drain, with a deadline
        preset("jdk.httpserver.maxConnections", "1000");
    }

    private final Node node;
    private final String version;
    private final HttpServer server;
    private final Optional<ServerTls> tls;
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("rest-", 0).factory());
    private final ScheduledExecutorService deadlines =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("rest-deadlines").factory());
    private final Semaphore reads;
    private final Semaphore changes;

    /// Apart, so that proxies take nothing from operators and health checks, nor these from them:
    /// calls that wait, and calls that tell.
    private final Semaphore awaiting = new Semaphore(PROXY_CALLS);

    private final Semaphore attending = new Semaphore(PROXY_CALLS);
    private final HeartbeatStreams heartbeats;
    private volatile Serving serving;

    /// What a reload replaces as a whole.
    private record Serving(RestConfig config, Dispatcher dispatcher) {}

    private RestServer(RestConfig config, Node node) {
        this.node = node;
        this.version = node.status().identity().version();
        this.tls =
                config.tls().map(settings -> new ServerTls(settings.identity(), settings.cafile()));
        this.server = listen(config);
        this.reads = new Semaphore(config.limits().reads());
        this.changes = new Semaphore(config.limits().changes());
        this.heartbeats = new HeartbeatStreams(node.heartbeats(), deadlines, config.limits());
        this.serving = serving(config);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
    }

    private static void preset(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /// Listens and serves from now on.
    ///
    /// @throws ApiException when the address cannot be listened on or a PEM file cannot be used
    public static RestServer start(RestConfig config, Node node) {
        RestServer rest = new RestServer(config, node);
        rest.server.start();
        LOG.info(
                "{} rest: listening address={} scheme={}",
                node.status().identity().name(),
                rest.address(),
                config.tls().isPresent() ? "https" : "http");
        return rest;
    }

    private HttpServer listen(RestConfig config) {
        InetSocketAddress address = bindAddress(config);
        try {
            if (tls.isEmpty()) {
                return HttpServer.create(address, config.limits().waiting());
            }
            HttpsServer secured = HttpsServer.create(address, config.limits().waiting());
            secured.setHttpsConfigurator(new Configurator(tls.get(), () -> serving.config()));
            return secured;
        } catch (IOException e) {
            throw new ApiException(
                    Code.API_LISTEN_FAILED,
                    "the REST API cannot listen on "
                            + config.host()
                            + ":"
                            + config.port()
                            + " ("
                            + e.getMessage()
                            + "); free the port or change restapi.listen",
                    e);
        }
    }

    private static InetSocketAddress bindAddress(RestConfig config) {
        return config.host().isEmpty() || config.host().equals("*")
                ? new InetSocketAddress(config.port())
                : new InetSocketAddress(config.host().replaceAll("[\\[\\]]", ""), config.port());
    }

    private Serving serving(RestConfig config) {
        for (String entry : AccessControl.unusableEntries(config.allowlist())) {
            LOG.warn(
                    "{} rest: restapi.allowlist holds an entry that matches nobody; write it as"
                            + " address/bits entry={}",
                    node.status().identity().name(),
                    entry);
        }
        InetAddress bound = address().getAddress();
        Reach reach = bound.isLoopbackAddress() ? Reach.THIS_HOST : Reach.OTHER_HOSTS;
        return new Serving(
                config, new Dispatcher(node, new AccessControl(config, reach, node::neighbours)));
    }

    /// The address that is really listened on.
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /// What a reload came to.
    public sealed interface Reloaded {
        /// Everything holds from the next call on; certificates from the next handshake on.
        record Applied() implements Reloaded {}

        /// The address or the kind of TLS changed: close this server and start another. Nothing was
        /// taken over.
        record NeedsNewServer() implements Reloaded {}

        /// A file cannot be used; the old settings hold.
        record Refused(String why) implements Reloaded {}
    }

    /// Takes over changed settings and reads the certificates again, while calls go on. The numbers
    /// of calls at the same time stay as they were at start.
    public Reloaded reload(RestConfig next) {
        RestConfig old = serving.config();
        if (!next.host().equals(old.host())
                || next.port() != old.port()
                || !next.tls()
                        .map(RestConfig.Tls::verifyClient)
                        .equals(old.tls().map(RestConfig.Tls::verifyClient))) {
            return new Reloaded.NeedsNewServer();
        }
        try {
            next.tls()
                    .ifPresent(settings ->
                            tls.orElseThrow().reload(settings.identity(), settings.cafile()));
        } catch (ApiException e) {
            return new Reloaded.Refused(String.valueOf(e.getMessage()));
        }
        serving = serving(next);
        return new Reloaded.Applied();
    }

    /// Stops listening; calls under way are cut off.
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        deadlines.shutdownNow();
    }

    private void handle(HttpExchange exchange) {
        Serving current = serving;
        switch (effect(exchange)) {
            case READS -> answer(exchange, current, reads);
            case CHANGES -> answer(exchange, current, changes);
            case AWAITS -> answer(exchange, current, awaiting);
            case ATTENDS -> answer(exchange, current, attending);
            case STREAMS -> {
                addConfiguredHeaders(exchange, current.config());
                heartbeats
                        .serve(exchange)
                        .ifPresent(instead -> send(exchange, instead, current.config()));
            }
        }
    }

    private void answer(HttpExchange exchange, Serving current, Semaphore permits) {
        Request request = request(exchange, current.config());
        Reply reply = guarded(request, () -> reply(request, current, permits));
        if (effect(exchange) == Route.Effect.CHANGES) {
            log(request, reply);
        }
        send(exchange, reply, current.config());
    }

    /// Who is refused takes no permit, and a permit is back before the answer is sent: else those
    /// who may not, many at once or with a body that trickles in, would keep out those who may.
    private static Reply reply(Request request, Serving current, Semaphore permits) {
        Dispatcher dispatcher = current.dispatcher();
        return switch (dispatcher.access(request)) {
            case Access.Refused(Reply reply) -> reply;
            case Access.Granted granted -> permitted(() -> dispatcher.answer(granted), permits);
        };
    }

    private static Reply permitted(Supplier<Reply> answer, Semaphore permits) {
        if (!permits.tryAcquire()) {
            return Reply.text(503, "too many calls at the same time");
        }
        try {
            return answer.get();
        } finally {
            permits.release();
        }
    }

    /// The one place where a bug behind a call must not take the server along.
    private Reply guarded(Request request, Supplier<Reply> answer) {
        try {
            return answer.get();
        } catch (RuntimeException e) {
            LOG.error(
                    "{} rest: call failed unexpectedly method={} path={}",
                    node.status().identity().name(),
                    request.method(),
                    printable(request.path()),
                    e);
            return Reply.text(500, "internal error; the log of this node tells more");
        }
    }

    private void log(Request request, Reply reply) {
        LOG.info(
                "{} rest: call method={} path={} from={} code={} answer={}",
                node.status().identity().name(),
                request.method(),
                printable(request.path()),
                request.caller().address().getHostAddress(),
                reply.code(),
                reply.kind() == Reply.Kind.JSON ? "json" : printable(reply.body()));
    }

    private static Route.Effect effect(HttpExchange exchange) {
        return Route.match(exchange.getRequestMethod(), path(exchange))
                .map(Route::effect)
                .orElse(Route.Effect.READS);
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    private static String path(HttpExchange exchange) {
        String path = exchange.getRequestURI().getPath();
        return path == null || path.isEmpty() ? "/" : path;
    }

    private Request request(HttpExchange exchange, RestConfig config) {
        String rawQuery = exchange.getRequestURI().getRawQuery();
        return new Request(
                exchange.getRequestMethod(),
                path(exchange),
                rawQuery == null ? Query.NONE : Query.parse(rawQuery),
                new Caller(
                        exchange.getRemoteAddress().getAddress(),
                        certificate(exchange),
                        Optional.ofNullable(
                                exchange.getRequestHeaders().getFirst("Authorization"))),
                () -> readBody(exchange, config.limits()));
    }

    private static ClientCertificate certificate(HttpExchange exchange) {
        if (!(exchange instanceof HttpsExchange secured)) {
            return ClientCertificate.NOT_SHOWN;
        }
        try {
            return secured.getSSLSession().getPeerCertificates().length > 0
                    ? ClientCertificate.SHOWN
                    : ClientCertificate.NOT_SHOWN;
        } catch (SSLPeerUnverifiedException e) {
            return ClientCertificate.NOT_SHOWN;
        }
    }

    private BodyReading readBody(HttpExchange exchange, RestConfig.Limits limits) {
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        if (length == null && exchange.getRequestHeaders().getFirst("Transfer-Encoding") == null) {
            return new BodyReading.NoLength();
        }
        if (length != null && isLonger(length, limits.bodyBytes())) {
            return new BodyReading.TooLong(limits.bodyBytes());
        }
        ScheduledFuture<?> deadline = closeLater(exchange, limits);
        try {
            InputStream in = exchange.getRequestBody();
            byte[] body = in.readNBytes(limits.bodyBytes() + 1);
            return body.length > limits.bodyBytes()
                    ? new BodyReading.TooLong(limits.bodyBytes())
                    : new BodyReading.Text(new String(body, StandardCharsets.UTF_8));
        } catch (IOException e) {
            return new BodyReading.Incomplete();
        } finally {
            deadline.cancel(false);
        }
    }

    private static boolean isLonger(String length, int limit) {
        return length.length() > 10 || Long.parseLong(length.strip()) > limit;
    }

    /// Closing the exchange ends any wait for its caller.
    private ScheduledFuture<?> closeLater(HttpExchange exchange, RestConfig.Limits limits) {
        return deadlines.schedule(
                exchange::close, limits.transfer().toMillis(), TimeUnit.MILLISECONDS);
    }

    private void send(HttpExchange exchange, Reply reply, RestConfig config) {
        ScheduledFuture<?> deadline = closeLater(exchange, config.limits());
        try (exchange) {
            addConfiguredHeaders(exchange, config);
            for (Map.Entry<String, String> header : reply.headers().entrySet()) {
                exchange.getResponseHeaders().set(header.getKey(), header.getValue());
            }
            byte[] body = config.manner().body(reply).getBytes(StandardCharsets.UTF_8);
            if (body.length == 0 || exchange.getRequestMethod().equals("HEAD")) {
                exchange.sendResponseHeaders(reply.code(), -1);
                return;
            }
            exchange.getResponseHeaders()
                    .set("Content-Type", config.manner().contentType(reply.kind()));
            exchange.sendResponseHeaders(reply.code(), body.length);
            exchange.getResponseBody().write(body);
            exchange.getResponseBody().flush();
            // A refused caller's body is still on its way: closing over it would reset the
            // connection and the answer might be lost.
            exchange.getRequestBody().readNBytes(DRAINED_BYTES);
            exchange.getResponseBody().close();
        } catch (IOException e) {
            LOG.debug("rest: caller went away before the answer: {}", e.getMessage());
        } finally {
            deadline.cancel(false);
        }
    }

    private void addConfiguredHeaders(HttpExchange exchange, RestConfig config) {
        config.manner()
                .server()
                .ifPresent(header ->
                        exchange.getResponseHeaders().set("Server", header.text(version)));
        config.httpExtraHeaders().forEach(exchange.getResponseHeaders()::set);
        if (config.tls().isPresent()) {
            config.httpsExtraHeaders().forEach(exchange.getResponseHeaders()::set);
        }
    }

    /// Asks clients for certificates and offers cipher suites as configured at the moment.
    private static final class Configurator extends HttpsConfigurator {
        private final Supplier<RestConfig> current;

        Configurator(ServerTls tls, Supplier<RestConfig> current) {
            super(tls.context());
            this.current = current;
        }

        @Override
        public void configure(HttpsParameters parameters) {
            SSLParameters ssl = getSSLContext().getDefaultSSLParameters();
            RestConfig.Tls tls = current.get().tls().orElseThrow();
            if (!tls.cipherSuites().isEmpty()) {
                ssl.setCipherSuites(tls.cipherSuites().toArray(String[]::new));
                ssl.setUseCipherSuitesOrder(true);
            }
            switch (tls.verifyClient()) {
                case NONE -> {}
                case OPTIONAL -> ssl.setWantClientAuth(true);
                case REQUIRED -> ssl.setNeedClientAuth(true);
            }
            parameters.setSSLParameters(ssl);
        }
    }
}
