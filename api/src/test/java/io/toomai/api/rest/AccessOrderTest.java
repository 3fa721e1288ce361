package io.toomai.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.peer.HttpAnswer;
import io.toomai.api.peer.HttpCall;
import io.toomai.api.peer.PeerClient;
import io.toomai.api.rest.RestConfig.BasicAuth;
import io.toomai.api.rest.RestConfig.Limits;
import io.toomai.api.rest.RestConfig.Members;
import io.toomai.api.rest.RestConfig.Tls;
import io.toomai.api.rest.RestConfig.Unauthenticated;
import io.toomai.api.rest.RestConfig.VerifyClient;
import io.toomai.api.tls.Contexts;
import io.toomai.api.tls.Identity;
import io.toomai.api.tls.OpenSsl;
import io.toomai.core.model.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Contract §2.5 over a real TLS socket: address, then certificate, then password; each of them on
/// every call that changes something, and on none that only reads. Nobody learns from a refusal
/// whether what comes later would have been right.
class AccessOrderTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Optional<Secret> RIGHT =
            Optional.of(HttpCall.basic("ops", new Secret("s3cret")));
    private static final Optional<Secret> WRONG =
            Optional.of(HttpCall.basic("ops", new Secret("guess")));
    private static final String HERE = "127.0.0.0/8";
    private static final String ELSEWHERE = "10.0.0.0/8";

    @TempDir Path directory;
    private final FakeNode node = new FakeNode();

    private RestServer start(Identity server, Identity operator, String allowed) {
        return RestServer.start(
                new RestConfig(
                        "127.0.0.1",
                        0,
                        Optional.of(new BasicAuth("ops", new Secret("s3cret"))),
                        Optional.of(
                                new Tls(
                                        server,
                                        Optional.of(operator.certfile()),
                                        VerifyClient.OPTIONAL)),
                        List.of(allowed),
                        Members.NOT_INCLUDED,
                        Map.of(),
                        Map.of(),
                        Unauthenticated.REFUSE,
                        Manner.PLAIN,
                        Limits.DEFAULT),
                node);
    }

    private static HttpAnswer call(
            RestServer server, PeerClient client, String call, Optional<Secret> password)
            throws IOException {
        String[] words = call.split(" ", 2);
        return client.call(
                new HttpCall(
                        words[0],
                        URI.create("https://127.0.0.1:" + server.address().getPort() + words[1]),
                        words[0].equals("GET") ? Optional.empty() : Optional.of("{}"),
                        password),
                LIMIT);
    }

    private static String told(
            RestServer server, PeerClient client, String call, Optional<Secret> password)
            throws IOException {
        HttpAnswer answer = call(server, client, call, password);
        return answer.code() + " " + answer.body();
    }

    private static List<String> changes() {
        return Arrays.stream(Route.values())
                .filter(route -> route.effect() == Route.Effect.CHANGES)
                .map(Route::call)
                .toList();
    }

    @Test
    void addressThenCertificateThenPassword() throws IOException {
        OpenSsl openssl = new OpenSsl(directory);
        Identity identity = openssl.selfSigned("server");
        Identity operator = openssl.selfSigned("operator");
        try (PeerClient shown =
                        new PeerClient(
                                () -> Contexts.client(Optional.empty(), Optional.of(operator)));
                PeerClient anonymous = new PeerClient(Contexts::anonymousClient);
                RestServer closed = start(identity, operator, ELSEWHERE);
                RestServer open = start(identity, operator, HERE)) {
            for (String change : changes()) {
                for (Optional<Secret> password : List.of(RIGHT, WRONG, Optional.<Secret>empty())) {
                    for (PeerClient client : List.of(shown, anonymous)) {
                        assertThat(told(closed, client, change, password))
                                .as(change)
                                .isEqualTo("403 Access is denied");
                    }
                    assertThat(told(open, anonymous, change, password))
                            .as(change)
                            .isEqualTo("403 client certificate required");
                }
                HttpAnswer unknown = call(open, shown, change, Optional.empty());
                assertThat(unknown.code()).as(change).isEqualTo(401);
                assertThat(unknown.body()).isEqualTo("no auth header received");
                assertThat(unknown.headers())
                        .containsEntry("www-authenticate", "Basic realm=\"Patroni\"");
                assertThat(told(open, shown, change, WRONG))
                        .as(change)
                        .isEqualTo("401 not authenticated");
            }
            assertThat(node.done).as("nothing was done for any of them").isEmpty();
            assertThat(call(open, shown, "POST /reload", RIGHT).code()).isEqualTo(202);
            for (String read : List.of("GET /patroni", "GET /config", "GET /metrics")) {
                assertThat(call(closed, anonymous, read, WRONG).code()).as(read).isEqualTo(200);
            }
        }
    }
}
