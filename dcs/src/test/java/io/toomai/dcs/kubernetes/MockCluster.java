package io.toomai.dcs.kubernetes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;

/// fabric8's mock API server with what it lacks, before it as HTTPS servers of our own: watches
/// over plain HTTP with bookmarks and 410, merge patches that follow RFC 7386 (the mock keeps nulls
/// and empty lists), tokens, rights, and faults. Objects, versions and conflicts are the mock's.
final class MockCluster implements AutoCloseable {
    private static final long BOOKMARK_MILLIS = 300;

    /// It tells of every request.
    private static final Logger TALK = Logger.getLogger("io.fabric8.mockwebserver");

    private final RecordingDispatcher dispatcher = new RecordingDispatcher();
    private final KubernetesMockServer mock =
            new KubernetesMockServer(
                    new Context(), new MockWebServer(), new HashMap<>(), dispatcher, false);
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<HttpsServer> servers = new ArrayList<>();
    private final Set<Integer> frozen = ConcurrentHashMap.newKeySet();
    private final Set<String> denied = ConcurrentHashMap.newKeySet();
    private final List<Fault> faults = new CopyOnWriteArrayList<>();
    private final AtomicInteger patches = new AtomicInteger();
    private final AtomicReference<Optional<Runnable>> meanwhile =
            new AtomicReference<>(Optional.empty());
    private volatile String token = "first-token";
    private volatile boolean closed;

    /// Answers a request instead of the API, or after it.
    ///
    /// @param left how many times more
    record Fault(
            String method,
            String pathPart,
            int status,
            Optional<Integer> retryAfter,
            When when,
            AtomicInteger left) {}

    /// Whether the request that is answered with a fault is carried out.
    enum When {
        INSTEAD,
        AFTER
    }

    record Reply(int status, String body) {
        Json json() {
            return Json.parse(body);
        }
    }

    MockCluster(int count) {
        TALK.setLevel(Level.WARNING);
        mock.start();
        try {
            for (int i = 0; i < count; i++) {
                HttpsServer server =
                        HttpsServer.create(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
                server.setHttpsConfigurator(new HttpsConfigurator(TestTls.SERVER));
                server.setExecutor(threads);
                int port = server.getAddress().getPort();
                server.createContext("/", exchange -> serve(port, exchange));
                server.start();
                servers.add(server);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    int port(int server) {
        return servers.get(server).getAddress().getPort();
    }

    String token() {
        return token;
    }

    /// From now on only that token is accepted.
    void acceptOnly(String accepted) {
        token = accepted;
    }

    /// Accepts connections, answers nothing and tells no event.
    void freeze(int server) {
        frozen.add(port(server));
    }

    void thaw(int server) {
        frozen.remove(port(server));
        synchronized (frozen) {
            frozen.notifyAll();
        }
    }

    /// @param right such as `patch endpoints`
    void deny(String right) {
        denied.add(right);
    }

    void allow(String right) {
        denied.remove(right);
    }

    void fault(Fault fault) {
        faults.add(fault);
    }

    void noFaults() {
        faults.clear();
    }

    void forgetEvents() {
        dispatcher.forget();
    }

    /// What happens right before the next change of an object is carried out.
    void beforeTheNextPatch(Runnable what) {
        meanwhile.set(Optional.of(what));
    }

    int patches() {
        return patches.get();
    }

    private void serve(int port, HttpExchange exchange) throws IOException {
        try (exchange) {
            String body =
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            awaitThaw(port);
            String method = exchange.getRequestMethod();
            String target = exchange.getRequestURI().toString();
            String shown = exchange.getRequestHeaders().getFirst("Authorization");
            if (!("Bearer " + token).equals(shown)) {
                send(exchange, status(401, "Unauthorized"));
                return;
            }
            String right = right(method, target);
            if (denied.contains(right)) {
                send(exchange, status(403, "User \"u\" cannot " + right));
                return;
            }
            if (method.equals("PATCH")) {
                meanwhile.getAndSet(Optional.empty()).ifPresent(Runnable::run);
            }
            Optional<Fault> fault = fault(method, target);
            if (fault.isPresent()) {
                if (fault.get().when() == When.AFTER) {
                    ask(method, target, body);
                }
                fault.get()
                        .retryAfter()
                        .ifPresent(after ->
                                exchange.getResponseHeaders().set("Retry-After", "" + after));
                send(exchange, status(fault.get().status(), "a fault"));
            } else if (target.contains("watch=true")) {
                watch(port, exchange, target);
            } else {
                send(exchange, ask(method, target, body));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitThaw(int port) throws InterruptedException {
        synchronized (frozen) {
            while (frozen.contains(port) && !closed) {
                frozen.wait(1000);
            }
        }
    }

    private static String right(String method, String target) {
        String[] parts = target.split("\\?", 2)[0].split("/", -1);
        String verb =
                switch (method) {
                    case "GET" ->
                            target.contains("watch=true")
                                    ? "watch"
                                    : parts.length > 6 ? "get" : "list";
                    case "POST" -> "create";
                    default -> method.toLowerCase(Locale.ROOT);
                };
        return verb + " " + parts[5];
    }

    private Optional<Fault> fault(String method, String target) {
        return faults.stream()
                .filter(f -> f.method().equals(method) && target.contains(f.pathPart()))
                .filter(f -> f.left().getAndDecrement() > 0)
                .findFirst();
    }

    private static Reply status(int code, String message) {
        return new Reply(
                code,
                Json.object()
                        .put("kind", "Status")
                        .put("message", message)
                        .put("code", code)
                        .done()
                        .compact());
    }

    private static void send(HttpExchange exchange, Reply reply) throws IOException {
        byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    /// As an operator whom nothing stops.
    Reply ask(String method, String target, String body) {
        return method.equals("PATCH") ? patch(target, body) : forward(method, target, body);
    }

    private Reply forward(String method, String target, String body) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://localhost:" + mock.getPort() + target))
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build();
        try {
            HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
            return new Reply(answer.statusCode(), answer.body());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// The whole object with the change in it, under the version of the change, or of the object
    /// where the change names none.
    private Reply patch(String target, String body) {
        patches.incrementAndGet();
        Json change = Json.parse(body);
        boolean conditional = !change.at("metadata").at("resourceVersion").isNull();
        while (true) {
            Reply now = forward("GET", target, "");
            if (now.status() != 200) {
                return now;
            }
            Reply answer = forward("PUT", target, merged(now.json(), change).compact());
            if (answer.status() != 409 || conditional) {
                return answer;
            }
        }
    }

    private static Json merged(Json before, Json change) {
        if (!(change instanceof Json.Obj)) {
            return change;
        }
        Map<String, Json> fields = new LinkedHashMap<>(before.entries());
        change.entries()
                .forEach((name, value) -> {
                    if (value.isNull()) {
                        fields.remove(name);
                    } else {
                        fields.put(name, merged(before.at(name), value));
                    }
                });
        var object = Json.object();
        fields.forEach(object::put);
        return object.done();
    }

    private void watch(int port, HttpExchange exchange, String target)
            throws IOException, InterruptedException {
        Map<String, String> query = new HashMap<>();
        for (String parameter : target.split("\\?", 2)[1].split("&", -1)) {
            String[] parts = parameter.split("=", 2);
            query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        String[] path = target.split("\\?", 2)[0].split("/", -1);
        String kind =
                Set.of(ApiRequest.Resource.values()).stream()
                        .filter(r -> r.plural().equals(path[5]))
                        .findFirst()
                        .orElseThrow()
                        .kind();
        long after = Long.parseLong(query.getOrDefault("resourceVersion", "0"));
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        while (!closed) {
            awaitThaw(port);
            if (dispatcher.hasForgotten(after)) {
                line(out, "ERROR", status(410, "too old resource version").json());
                return;
            }
            for (RecordingDispatcher.Event event : dispatcher.after(after)) {
                after = event.version();
                if (event.isOf(kind, path[4], query.getOrDefault("labelSelector", ""))) {
                    line(out, event.type(), event.object());
                }
            }
            Json version = Json.object().put("resourceVersion", Long.toString(after)).done();
            line(out, "BOOKMARK", Json.object().put("metadata", version).done());
            dispatcher.awaitAfter(after, BOOKMARK_MILLIS);
        }
    }

    private static void line(OutputStream out, String type, Json object) throws IOException {
        String text = Json.object().put("type", type).put("object", object).done().compact();
        out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    static String path(String namespace, String plural, String name) {
        return "/api/v1/namespaces/" + namespace + "/" + plural + "/" + name;
    }

    /// Empty where there is none.
    Optional<StoredObject> object(String namespace, String plural, String name) {
        Reply reply = ask("GET", path(namespace, plural, name), "");
        return reply.status() == 200
                ? Optional.of(StoredObject.of(reply.json()))
                : Optional.empty();
    }

    /// Creates or changes an object of that scope.
    void put(String namespace, ApiRequest.Resource kind, String name, Json.Obj body) {
        String target = path(namespace, kind.plural(), name);
        Json metadata =
                Json.object()
                        .put("name", name)
                        .put("namespace", namespace)
                        .put("labels", Json.object().put("cluster-name", "demo").done())
                        .done();
        Json fresh =
                Json.object()
                        .put("apiVersion", "v1")
                        .put("kind", kind.kind())
                        .put("metadata", metadata)
                        .done();
        if (ask("GET", target, "").status() == 200) {
            ask("PATCH", target, body.compact());
        } else {
            ask(
                    "POST",
                    "/api/v1/namespaces/" + namespace + "/" + kind.plural(),
                    merged(fresh, body).compact());
        }
    }

    void annotate(
            String namespace,
            ApiRequest.Resource kind,
            String name,
            Map<String, Json> annotations) {
        var texts = Json.object();
        annotations.forEach(texts::put);
        Json metadata = Json.object().put("annotations", texts.done()).done();
        put(namespace, kind, name, Json.object().put("metadata", metadata).done());
    }

    void remove(String namespace, ApiRequest.Resource kind, String name) {
        ask("DELETE", path(namespace, kind.plural(), name), "");
    }

    @Override
    public void close() {
        closed = true;
        new HashSet<>(frozen).forEach(frozen::remove);
        synchronized (frozen) {
            frozen.notifyAll();
        }
        servers.forEach(server -> server.stop(0));
        threads.shutdownNow();
        client.close();
        mock.shutdown();
    }
}
