package io.toomai.cli;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// A member's REST interface with prepared answers; remembers what it was asked to change.
public final class FakeMember implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Map<String, Runnable> events = new ConcurrentHashMap<>();
    private final List<String> changes = new CopyOnWriteArrayList<>();

    record Answer(int status, String body) {}

    public FakeMember() {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext(
                "/",
                exchange -> {
                    String call =
                            exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
                    String body =
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    if (!exchange.getRequestMethod().equals("GET")) {
                        changes.add((call + " " + body).strip());
                    }
                    events.getOrDefault(call, () -> {}).run();
                    Answer answer = answers.getOrDefault(call, new Answer(501, "no " + call));
                    byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(
                            answer.status(), bytes.length == 0 ? -1 : bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
        server.start();
        answer("GET /cluster", 200, cluster(""));
        answer(
                "GET /patroni",
                200,
                "{\"state\": \"running\", \"server_version\": 160004, \"pause\": true,"
                        + " \"database_system_identifier\": \"123\", \"patroni\": {\"version\":"
                        + " \"4.1.4\"}}");
        answer("GET /config", 200, "{\"ttl\": 30, \"loop_wait\": 10}");
    }

    /// A leader and two replicas, all of them here.
    public String cluster(String more) {
        String url = "http://" + address() + "/patroni";
        return """
        {"members": [{"name": "pg1", "role": "leader", "state": "running", "api_url": "%1$s",
          "host": "127.0.0.1", "port": 5433, "timeline": 1},
         {"name": "pg2", "role": "sync_standby", "state": "streaming", "api_url": "%1$s",
          "host": "127.0.0.1", "port": 5434, "timeline": 1, "receive_lsn": "0/4000000",
          "receive_lag": 0, "replay_lsn": "0/4000000", "replay_lag": 0},
         {"name": "pg3", "role": "replica", "state": "streaming", "api_url": "%1$s",
          "host": "127.0.0.1", "port": 5435, "timeline": 1, "receive_lsn": "0/4000000",
          "receive_lag": 0, "replay_lsn": "0/4000000", "replay_lag": 0, "pending_restart": true}],
         "scope": "demo"%2$s}\
        """
                .formatted(url, more);
    }

    public FakeMember answer(String call, int status, String body) {
        answers.put(call, new Answer(status, body));
        return this;
    }

    /// Something happens at this member before that call is answered, each time.
    public FakeMember whenAsked(String call, Runnable event) {
        events.put(call, event);
        return this;
    }

    public String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /// `METHOD /path body` of everything but GET, in order.
    public List<String> changes() {
        return changes;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
