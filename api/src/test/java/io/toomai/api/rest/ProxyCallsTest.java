package io.toomai.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.api.Samples;
import io.toomai.api.peer.HttpAnswer;
import io.toomai.api.peer.HttpCall;
import io.toomai.api.peer.PeerClient;
import io.toomai.api.proxy.PictureDocument;
import io.toomai.api.proxy.ProxyRoll.Picture;
import io.toomai.api.rest.RestConfig.BasicAuth;
import io.toomai.api.rest.RestConfig.Limits;
import io.toomai.api.rest.RestConfig.Members;
import io.toomai.api.rest.RestConfig.Unauthenticated;
import io.toomai.api.tls.Contexts;
import io.toomai.core.ha.ProxyStanding;
import io.toomai.core.model.Secret;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What proxies elsewhere ask and tell, over a real socket.
class ProxyCallsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final FakeNode node = new FakeNode();
    private final PeerClient client = new PeerClient(Contexts::anonymousClient);
    private RestServer server;

    @BeforeEach
    void start() {
        node.heartbeats.loopIsAlive(LIMIT);
        server =
                RestServer.start(
                        new RestConfig(
                                "127.0.0.1",
                                0,
                                Optional.of(new BasicAuth("ops", new Secret("secret"))),
                                Optional.empty(),
                                List.of(),
                                Members.NOT_INCLUDED,
                                Map.of(),
                                Map.of(),
                                Unauthenticated.REFUSE,
                                Manner.PLAIN,
                                // Nothing is left for others while one of them runs.
                                new Limits(1 << 20, LIMIT, 1, 1, 1, 50)),
                        node);
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private HttpAnswer get(long seen) throws IOException {
        return client.tell(
                new HttpCall("GET", url("/proxy?seen=" + seen), Optional.empty(), Optional.empty()),
                LIMIT);
    }

    private HttpAnswer post(String body, String password) throws IOException {
        return client.tell(
                new HttpCall(
                        "POST",
                        url("/proxy"),
                        Optional.of(body),
                        Optional.of(HttpCall.basic("ops", new Secret(password)))),
                LIMIT);
    }

    private URI url(String path) {
        return URI.create("http://127.0.0.1:" + server.address().getPort() + path);
    }

    private PictureDocument.Told told(long seen) throws IOException {
        return PictureDocument.read(get(seen).body()).orElseThrow();
    }

    @Test
    void aPictureIsWaitedForAndTakesNoOtherCallsPlace() throws Exception {
        node.proxies.tell(new Picture(Samples.cluster("{}"), OptionalLong.empty()));
        long seen = told(0).count();
        List<CompletableFuture<PictureDocument.Told>> waiting =
                java.util.stream.IntStream.range(0, 5)
                        .mapToObj(_ -> CompletableFuture.supplyAsync(() -> uninterrupted(seen)))
                        .toList();
        assertThat(client.call(HttpCall.status(url("/patroni").toString()), LIMIT).code())
                .isEqualTo(200);
        node.proxies.tell(new Picture(Samples.cluster("{}"), OptionalLong.of(7)));
        assertThat(told(seen).hold()).hasValue(7);
        for (CompletableFuture<PictureDocument.Told> each : waiting) {
            each.get(60, TimeUnit.SECONDS);
        }
    }

    private PictureDocument.Told uninterrupted(long seen) {
        try {
            return told(seen);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aMemberWhoseLoopHangsTellsNothing() throws Exception {
        node.proxies.tell(new Picture(Samples.cluster("{}"), OptionalLong.of(7)));
        node.heartbeats.loopIsAlive(Duration.ZERO);
        assertThat(get(0).code()).isEqualTo(503);
    }

    @Test
    void aProxySaysThatItIsHere() throws Exception {
        assertThat(post("{\"name\": \"app\", \"open\": 2, \"holds\": 7}", "secret").code())
                .isEqualTo(200);
        assertThat(node.proxies.standings())
                .containsExactly(new ProxyStanding("app", OptionalLong.of(7), 2));
        assertThat(post("{\"name\": \"app\", \"leaves\": true}", "secret").code()).isEqualTo(200);
        assertThat(node.proxies.standings()).isEmpty();
    }

    @Test
    void whoMayNotChangeAnythingHoldsUpNobody() throws Exception {
        assertThat(post("{\"name\": \"app\", \"open\": 2}", "guessed").code()).isEqualTo(401);
        assertThat(node.proxies.standings()).isEmpty();
        assertThat(get(0).code()).as("reading is free").isEqualTo(200);
    }

    @Test
    void nonsenseIsRefused() throws Exception {
        assertThat(post("{\"open\": 2}", "secret").code()).isEqualTo(400);
        assertThat(get(-1).code()).isEqualTo(200);
    }
}
