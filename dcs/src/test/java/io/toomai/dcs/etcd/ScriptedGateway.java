package io.toomai.dcs.etcd;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.toomai.dcs.http.Endpoint;
import io.toomai.settings.json.Json;
import io.toomai.settings.json.JsonFields;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Speaks HTTP as an etcd does and answers what a test says: what a real one answers once in a
/// million years. Ends with [#close].
final class ScriptedGateway implements AutoCloseable {
    /// No leader, as that etcd sees it: another server is to be asked.
    static final Json UNAVAILABLE = Json.object().put("error", "no leader").put("code", 14).done();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Script script;

    /// What is answered; on several threads at once.
    interface Script {
        Json answer(String path, Json asked);
    }

    private ScriptedGateway(HttpServer server, Script script) {
        this.server = server;
        this.script = script;
    }

    static ScriptedGateway start(Script script) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ScriptedGateway gateway = new ScriptedGateway(server, script);
        server.createContext("/", gateway::answer);
        server.setExecutor(gateway.threads);
        server.start();
        return gateway;
    }

    Endpoint endpoint() {
        return new Endpoint(Endpoint.Scheme.HTTP, "127.0.0.1", server.getAddress().getPort());
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Json asked =
                    Json.parse(
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8));
            Json answer = script.answer(exchange.getRequestURI().getPath(), asked);
            byte[] body = answer.compact().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.equals(UNAVAILABLE) ? 503 : 200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /// What each answer begins with.
    static JsonFields headed(String cluster, String member, long term) {
        Json header =
                Json.object()
                        .put("cluster_id", cluster)
                        .put("member_id", member)
                        .put("revision", "7")
                        .put("raft_term", Long.toString(term))
                        .done();
        return Json.object().put("header", header);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
