package io.toomai.api.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.toomai.api.ApiException;
import io.toomai.api.peer.HttpAnswer;
import io.toomai.api.peer.HttpCall;
import io.toomai.api.peer.PeerClient;
import io.toomai.api.peer.RemoteStatus;
import io.toomai.api.peer.RemoteStatus.Fault;
import io.toomai.api.rest.RestConfig.BasicAuth;
import io.toomai.api.rest.RestConfig.Limits;
import io.toomai.api.rest.RestConfig.Members;
import io.toomai.api.rest.RestConfig.Tls;
import io.toomai.api.rest.RestConfig.Unauthenticated;
import io.toomai.api.rest.RestConfig.VerifyClient;
import io.toomai.api.rest.RestServer.Reloaded;
import io.toomai.api.tls.Contexts;
import io.toomai.api.tls.Identity;
import io.toomai.api.tls.OpenSsl;
import io.toomai.core.model.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server over real loopback sockets.
class RestServerTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir Path directory;
    private final FakeNode node = new FakeNode();
    private final PeerClient client = new PeerClient(Contexts::anonymousClient);
    private Optional<RestServer> server = Optional.empty();

    @AfterEach
    void close() {
        client.close();
        server.ifPresent(RestServer::close);
    }

    private RestServer start(RestConfig config) {
        server = Optional.of(RestServer.start(config, node));
        return server.get();
    }

    private static RestConfig config(Optional<BasicAuth> auth, Optional<Tls> tls, Limits limits) {
        return new RestConfig(
                "127.0.0.1",
                0,
                auth,
                tls,
                List.of(),
                Members.NOT_INCLUDED,
                Map.of("X-Frame-Options", "deny"),
                Map.of("Strict-Transport-Security", "max-age=1"),
                Unauthenticated.REFUSE,
                Manner.PLAIN,
                limits);
    }

    private String url(String path) {
        RestServer running = server.orElseThrow();
        return "http://127.0.0.1:" + running.address().getPort() + path;
    }

    private HttpAnswer call(String method, String path, Optional<String> body) throws IOException {
        return client.call(
                new HttpCall(method, URI.create(url(path)), body, Optional.empty()), LIMIT);
    }

    private String raw(String request) throws IOException {
        try (Socket socket =
                new Socket(
                        InetAddress.getLoopbackAddress(),
                        server.orElseThrow().address().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void answersInTheFormThatCallersKnow() throws IOException {
        start(config(Optional.empty(), Optional.empty(), Limits.DEFAULT));
        HttpAnswer primary = call("GET", "/primary", Optional.empty());
        assertThat(primary.code()).isEqualTo(200);
        assertThat(primary.headers())
                .containsEntry("content-type", "application/json")
                .containsEntry("x-frame-options", "deny")
                .doesNotContainKey("strict-transport-security");
        assertThat(primary.body()).contains("\"role\": \"primary\"");
        assertThat(call("GET", "/replica?lag=1MB", Optional.empty()).code()).isEqualTo(503);
        assertThat(call("PATCH", "/config", Optional.of("{\"ttl\": 20}")).body())
                .isEqualTo("{\"ttl\": 20}");
        assertThat(call("POST", "/reload", Optional.of("")).code()).isEqualTo(202);
        assertThat(raw("HEAD /replica HTTP/1.0\r\n\r\n"))
                .startsWith("HTTP/1.1 503 ")
                .endsWith("\r\n\r\n");
        assertThat(raw("OPTIONS /primary HTTP/1.0\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("\r\n\r\n");
    }

    @Test
    void badBodies() throws IOException {
        start(
                config(
                        Optional.empty(),
                        Optional.empty(),
                        new Limits(100, Duration.ofMillis(300), 8, 8, 8, 50)));
        assertThat(call("PATCH", "/config", Optional.of("{no")).code()).isEqualTo(400);
        assertThat(raw("PATCH /config HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 411 ");
        assertThat(raw("PATCH /config HTTP/1.0\r\nContent-Length: 101\r\n\r\n"))
                .startsWith("HTTP/1.1 413 ");
        String chunk = "64\r\n" + "x".repeat(100) + "\r\n";
        assertThat(
                        raw(
                                "PATCH /config HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                        + "Transfer-Encoding: chunked\r\n\r\n"
                                        + chunk
                                        + chunk
                                        + "0\r\n\r\n"))
                .startsWith("HTTP/1.1 413 ");
        // A body that never comes ends with the connection, and nothing was changed.
        assertThat(raw("PATCH /config HTTP/1.0\r\nContent-Length: 50\r\n\r\n{\"ttl\""))
                .doesNotContain("200");
        assertThat(node.done).isEmpty();
        assertThat(call("GET", "/primary", Optional.empty()).code()).isEqualTo(200);
    }

    @Test
    void nameAndPasswordForChangesOnly() throws IOException {
        BasicAuth auth = new BasicAuth("ops", new Secret("s3cret"));
        start(config(Optional.of(auth), Optional.empty(), Limits.DEFAULT));
        HttpAnswer refused = call("POST", "/reload", Optional.of(""));
        assertThat(refused.code()).isEqualTo(401);
        assertThat(refused.headers()).containsEntry("www-authenticate", "Basic realm=\"Patroni\"");
        HttpCall known =
                new HttpCall(
                        "POST",
                        URI.create(url("/reload")),
                        Optional.of(""),
                        Optional.of(HttpCall.basic("ops", new Secret("s3cret"))));
        assertThat(client.call(known, LIMIT).code()).isEqualTo(202);
        assertThat(call("GET", "/config", Optional.empty()).code()).isEqualTo(200);
    }

    private int reload(String password) throws IOException {
        HttpCall call =
                new HttpCall(
                        "POST",
                        URI.create(url("/reload")),
                        Optional.of(""),
                        Optional.of(HttpCall.basic("ops", new Secret(password))));
        return client.call(call, LIMIT).code();
    }

    @Test
    void aRotatedPasswordHoldsFromTheNextCallOn() throws IOException {
        BasicAuth old = new BasicAuth("ops", new Secret("old"));
        RestServer running = start(config(Optional.of(old), Optional.empty(), Limits.DEFAULT));
        assertThat(reload("old")).isEqualTo(202);
        BasicAuth rotated = new BasicAuth("ops", new Secret("new"));
        assertThat(running.reload(config(Optional.of(rotated), Optional.empty(), Limits.DEFAULT)))
                .isEqualTo(new Reloaded.Applied());
        assertThat(reload("old")).isEqualTo(401);
        assertThat(reload("new")).isEqualTo(202);
    }

    @Test
    void tooManyCallsAtOnce() throws Exception {
        start(config(Optional.empty(), Optional.empty(), new Limits(100, LIMIT, 1, 1, 1, 50)));
        node.statusGate = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        Thread slow =
                Thread.ofVirtual()
                        .start(() -> {
                            asked.countDown();
                            client.ask(url("/patroni"), LIMIT);
                        });
        asked.await();
        // Whichever of two comes second is turned away while the other waits for the gate.
        int code = 0;
        for (int i = 0; i < 100 && code != 503; i++) {
            RemoteStatus status = client.ask(url("/patroni"), Duration.ofMillis(100));
            code =
                    status.equals(new RemoteStatus.Unreachable(Fault.BAD_ANSWER, "status code 503"))
                            ? 503
                            : 0;
        }
        assertThat(code).isEqualTo(503);
        node.statusGate.countDown();
        slow.join();
    }

    @Test
    void tlsWithClientCertificateAndReload() throws IOException {
        OpenSsl openssl = new OpenSsl(directory);
        Identity first = openssl.selfSigned("server");
        Identity second = openssl.selfSigned("renewed");
        Identity operator = openssl.selfSigned("operator");
        Tls tls = new Tls(first, Optional.of(operator.certfile()), VerifyClient.OPTIONAL);
        RestConfig config = config(Optional.empty(), Optional.of(tls), Limits.DEFAULT);
        RestServer running = start(config);
        String status = url("/patroni").replace("http:", "https:");
        assertThat(client.ask(status, LIMIT)).isInstanceOf(RemoteStatus.Reachable.class);
        HttpCall reload =
                new HttpCall(
                        "POST",
                        URI.create(url("/reload").replace("http:", "https:")),
                        Optional.of(""),
                        Optional.empty());
        HttpAnswer refused = client.call(reload, LIMIT);
        assertThat(refused.body()).isEqualTo("client certificate required");
        assertThat(refused.headers()).containsEntry("strict-transport-security", "max-age=1");
        try (PeerClient trusted =
                new PeerClient(() ->
                        Contexts.client(Optional.of(first.certfile()), Optional.of(operator)))) {
            assertThat(trusted.call(reload, LIMIT).code()).isEqualTo(202);
        }
        Files.copy(second.certfile(), first.certfile(), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(
                second.keyfile().orElseThrow(),
                first.keyfile().orElseThrow(),
                StandardCopyOption.REPLACE_EXISTING);
        assertThat(running.reload(config)).isEqualTo(new Reloaded.Applied());
        try (PeerClient trusted =
                new PeerClient(() ->
                        Contexts.client(Optional.of(second.certfile()), Optional.of(operator)))) {
            assertThat(trusted.ask(status, LIMIT)).isInstanceOf(RemoteStatus.Reachable.class);
        }
        try (PeerClient mistrusting =
                new PeerClient(() ->
                        Contexts.client(Optional.of(operator.certfile()), Optional.empty()))) {
            assertThat(((RemoteStatus.Unreachable) mistrusting.ask(status, LIMIT)).fault())
                    .isEqualTo(Fault.UNTRUSTED);
        }
        Files.writeString(first.certfile(), "garbage");
        assertThat(running.reload(config)).isInstanceOf(Reloaded.Refused.class);
        assertThat(client.ask(status, LIMIT)).isInstanceOf(RemoteStatus.Reachable.class);
        assertThat(running.reload(config(Optional.empty(), Optional.empty(), Limits.DEFAULT)))
                .isEqualTo(new Reloaded.NeedsNewServer());
    }

    @Test
    void requiredClientCertificate() {
        OpenSsl openssl = new OpenSsl(directory);
        Identity identity = openssl.selfSigned("server");
        Tls tls = new Tls(identity, Optional.of(identity.certfile()), VerifyClient.REQUIRED);
        start(config(Optional.empty(), Optional.of(tls), Limits.DEFAULT));
        String status = url("/patroni").replace("http:", "https:");
        assertThat(client.ask(status, LIMIT)).isInstanceOf(RemoteStatus.Unreachable.class);
        try (PeerClient known =
                new PeerClient(() -> Contexts.client(Optional.empty(), Optional.of(identity)))) {
            assertThat(known.ask(status, LIMIT)).isInstanceOf(RemoteStatus.Reachable.class);
        }
    }

    @Test
    void onlyTheCipherSuitesOfTheSettingsAreSpoken() throws Exception {
        OpenSsl openssl = new OpenSsl(directory);
        Identity identity = openssl.selfSigned("server");
        String weaker = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
        String stronger = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
        String newest = "TLS_AES_256_GCM_SHA384";
        RestServer running = start(with(identity, List.of(newest, weaker)));
        assertThat(spoken("TLSv1.2")).isEqualTo(weaker);
        assertThat(spoken("TLSv1.3")).isEqualTo(newest);
        assertThatThrownBy(() -> spoken("TLSv1.2", stronger)).isInstanceOf(SSLException.class);
        assertThat(running.reload(with(identity, List.of(stronger))))
                .isEqualTo(new Reloaded.Applied());
        assertThat(spoken("TLSv1.2", weaker, stronger)).isEqualTo(stronger);
        assertThatThrownBy(() -> spoken("TLSv1.2", weaker)).isInstanceOf(SSLException.class);
        assertThat(running.reload(with(identity, List.of()))).isEqualTo(new Reloaded.Applied());
        assertThat(spoken("TLSv1.2", weaker)).as("those of Java again").isEqualTo(weaker);
    }

    private static RestConfig with(Identity identity, List<String> suites) {
        Tls tls = new Tls(identity, Optional.empty(), VerifyClient.NONE, suites);
        return config(Optional.empty(), Optional.of(tls), Limits.DEFAULT);
    }

    /// The suite of a real handshake by a client that offers those; none named = all of Java's.
    private String spoken(String protocol, String... offered) throws IOException {
        InetAddress host = InetAddress.getLoopbackAddress();
        int port = server.orElseThrow().address().getPort();
        try (SSLSocket socket =
                (SSLSocket)
                        Contexts.anonymousClient().getSocketFactory().createSocket(host, port)) {
            socket.setSoTimeout((int) LIMIT.toMillis());
            socket.setEnabledProtocols(new String[] {protocol});
            if (offered.length > 0) {
                socket.setEnabledCipherSuites(offered);
            }
            socket.startHandshake();
            return socket.getSession().getCipherSuite();
        }
    }

    @Test
    void aTakenPortIsToldWithTheSetting() {
        RestServer running = start(RestConfig.plain("127.0.0.1", 0));
        RestConfig same = RestConfig.plain("127.0.0.1", running.address().getPort());
        assertThatThrownBy(() -> RestServer.start(same, node))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("restapi.listen");
    }
}
