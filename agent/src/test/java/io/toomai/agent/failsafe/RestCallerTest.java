package io.toomai.agent.failsafe;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.toomai.api.peer.HttpCall;
import io.toomai.api.peer.PeerClient;
import io.toomai.api.tls.Contexts;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Secret;
import io.toomai.settings.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The question as a member hears it (contract §2.6).
class RestCallerTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final PeerClient peers = new PeerClient(Contexts::anonymousClient);
    private volatile String answer = "Accepted";
    private volatile int code = 200;

    @SuppressWarnings("NullAway.Init") // made before each test
    private HttpServer member;

    @BeforeEach
    void start() throws IOException {
        member = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        member.createContext("/", this::answer);
        member.start();
    }

    @AfterEach
    void stop() {
        member.stop(0);
        peers.close();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        heard.add(
                exchange.getRequestMethod()
                        + " "
                        + exchange.getRequestURI()
                        + " "
                        + exchange.getRequestHeaders().getFirst("Authorization")
                        + " "
                        + body);
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(code, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private Optional<String> ask() {
        String url = "http://127.0.0.1:" + member.getAddress().getPort() + "/patroni";
        return new RestCaller(
                        new MemberName("pg1"),
                        "postgres://10.0.0.1:5432/postgres",
                        "http://10.0.0.1:8008/patroni",
                        () -> Optional.of(HttpCall.basic("ops", new Secret("x"))),
                        peers)
                .ask(url, Duration.ofSeconds(30), LIMIT);
    }

    @Test
    void theQuestionIsPatronisWithTheTtl() {
        assertThat(ask()).isEmpty();
        String body =
                Json.object()
                        .put("name", "pg1")
                        .put("conn_url", "postgres://10.0.0.1:5432/postgres")
                        .put("api_url", "http://10.0.0.1:8008/patroni")
                        .put("ttl_ms", 30_000)
                        .done()
                        .compact();
        assertThat(heard).containsExactly("POST /failsafe Basic b3BzOng= " + body);
    }

    @Test
    void onlyOneAnswerIsAYes() {
        answer = "accepted";
        assertThat(ask()).contains("it answered 200 accepted");
        code = 500;
        answer = "Running as a leader";
        assertThat(ask()).contains("it answered 500 Running as a leader");
    }

    @Test
    void whoIsNotThereDoesNotAccept() {
        int port = member.getAddress().getPort();
        member.stop(0);
        assertThat(ask()).as("port " + port).isPresent();
        assertThat(
                        new RestCaller(new MemberName("pg1"), "", "", Optional::empty, peers)
                                .ask("http://a b/", Duration.ofSeconds(30), LIMIT))
                .contains("its api_url cannot be used: http://a b/");
    }
}
