package io.toomai.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.toomai.api.peer.PeerClient;
import io.toomai.api.proxy.PictureDocument;
import io.toomai.api.proxy.ProxyRoll.Numbered;
import io.toomai.api.proxy.ProxyRoll.Picture;
import io.toomai.api.tls.Contexts;
import io.toomai.core.cluster.ClusterView;
import io.toomai.core.cluster.LeaderKey;
import io.toomai.core.cluster.Member;
import io.toomai.core.cluster.MemberRole;
import io.toomai.core.cluster.MemberState;
import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;
import io.toomai.proxy.net.Proxy;
import io.toomai.proxy.route.Pictures;
import io.toomai.proxy.route.RouteRules;
import io.toomai.proxy.route.RoutingTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemberWatchTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<FakeMember> members = new ArrayList<>();
    private final PeerClient client = new PeerClient(Contexts::anonymousClient);
    private final RoutingTable table = new RoutingTable(RouteRules.USUAL);
    private final AtomicReference<OptionalLong> held = new AtomicReference<>(OptionalLong.empty());
    private final AtomicReference<Proxy.Held> listener = new AtomicReference<>();

    private final MemberWatch watch =
            new MemberWatch(
                    new MemberWatch.Access(client, "app", Optional.of("main"), Optional::empty),
                    new TablePictures(),
                    (request, held) -> {
                        listener.set(held);
                        this.held.set(request);
                    });

    /// As the routing does it, on a clock that goes faster.
    private final class TablePictures implements Pictures {
        private static final int FASTER = 20;

        @Override
        public void take(io.toomai.proxy.route.Picture picture) {
            synchronized (table) {
                table.take(picture, now());
            }
        }

        @Override
        public void takeAgain(io.toomai.proxy.route.Picture picture) {
            synchronized (table) {
                if (table.isInsistedOn(picture, now())) {
                    table.take(picture, now());
                }
            }
        }

        private long now() {
            return System.nanoTime() * FASTER;
        }
    }

    @AfterEach
    void close() {
        watch.close();
        client.close();
        members.forEach(FakeMember::close);
    }

    private static ClusterView view(LeaderKey leader) {
        ClusterView empty = ClusterView.EMPTY;
        return new ClusterView(
                empty.initialize(),
                empty.config(),
                leader,
                Stream.of("a", "b", "c").map(MemberWatchTest::member).toList(),
                empty.failover(),
                empty.sync(),
                empty.status(),
                empty.history(),
                empty.failsafe());
    }

    private static Member member(String name) {
        return new Member(
                new MemberName(name),
                "postgres://10.0.0.1:5433/postgres",
                "",
                MemberState.RUNNING,
                MemberRole.REPLICA,
                "",
                Member.Position.UNKNOWN,
                Tags.NONE,
                Set.of(),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    /// Tells what the test says, at once.
    private static final class FakeMember implements AutoCloseable {
        private final HttpServer server;
        private final AtomicInteger asked = new AtomicInteger();
        private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
        private volatile Optional<Numbered> told = Optional.empty();
        private volatile String scope = "main";
        private volatile int standing = 200;
        private long count;

        FakeMember() throws IOException {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.createContext("/proxy", this::answer);
            server.start();
        }

        String url() {
            return "http://127.0.0.1:" + server.getAddress().getPort();
        }

        void sees(String leader, long term, OptionalLong hold) {
            sees(
                    new LeaderKey.HeldBy(
                            new MemberName(leader), term, LeaderKey.Ownership.ANOTHER_PROCESS),
                    hold);
        }

        void sees(LeaderKey leader, OptionalLong hold) {
            told = Optional.of(new Numbered(++count, new Picture(view(leader), hold)));
        }

        private void answer(HttpExchange exchange) throws IOException {
            try (exchange) {
                boolean asks = exchange.getRequestMethod().equals("GET");
                if (!asks) {
                    heard.add(
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8));
                }
                byte[] body =
                        (asks ? answer(exchange.getRequestURI()) : "OK")
                                .getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(asks ? 200 : standing, body.length);
                exchange.getResponseBody().write(body);
                asked.incrementAndGet();
            }
        }

        private String answer(URI asked) {
            long seen = Long.parseLong(asked.getQuery().replace("seen=", ""));
            return told.map(numbered -> PictureDocument.of(numbered, seen, scope).spaced())
                    .orElse("");
        }

        void awaitAnother() {
            int before = asked.get();
            await().atMost(PATIENCE).until(() -> asked.get() > before + 4);
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    private FakeMember member() throws IOException {
        FakeMember member = new FakeMember();
        members.add(member);
        return member;
    }

    private Optional<String> primary() {
        synchronized (table) {
            return table.picture().primary().map(MemberName::value);
        }
    }

    private void follow() {
        watch.start();
        watch.follow(members.stream().map(FakeMember::url).toList());
    }

    private void awaitPrimary(String name) {
        await().atMost(PATIENCE).until(() -> primary().equals(Optional.of(name)));
    }

    private void awaitHold(OptionalLong request) {
        await().atMost(PATIENCE).until(() -> held.get().equals(request));
    }

    @Test
    void whatAMemberLearnsLateRevivesNobody() throws Exception {
        FakeMember cutOff = member();
        FakeMember current = member();
        cutOff.sees("a", 5, OptionalLong.empty());
        current.sees("a", 5, OptionalLong.empty());
        follow();
        awaitPrimary("a");
        current.sees("b", 6, OptionalLong.empty());
        awaitPrimary("b");
        cutOff.sees("a", 5, OptionalLong.empty());
        cutOff.awaitAnother();
        assertThat(primary()).contains("b");
        cutOff.sees(new LeaderKey.Vacant(), OptionalLong.empty());
        cutOff.awaitAnother();
        assertThat(primary()).as("one that knows no term knows nothing newer").contains("b");
        cutOff.sees("c", 7, OptionalLong.empty());
        awaitPrimary("c");
    }

    /// As on Kubernetes after an outage of it: the leader was taken for silent and is heard again
    /// in its term, and the cluster then stays as it is.
    @Test
    void whoLedLastLeadsAgainThoughNobodySeesAnythingNew() throws Exception {
        FakeMember member = member();
        member.sees("a", 5, OptionalLong.empty());
        follow();
        awaitPrimary("a");
        member.sees(
                new LeaderKey.Vacant(5, Optional.of(new MemberName("a"))), OptionalLong.empty());
        await().atMost(PATIENCE).until(() -> primary().isEmpty());
        member.sees("a", 5, OptionalLong.empty());
        awaitPrimary("a");
    }

    @Test
    void theHostHoldsClientsAndHearsWhatIsLeft() throws Exception {
        FakeMember host = member();
        host.sees("a", 5, OptionalLong.empty());
        follow();
        awaitPrimary("a");
        host.sees("a", 5, OptionalLong.of(9));
        awaitHold(OptionalLong.of(9));
        listener.get().left(9, 2);
        await().atMost(PATIENCE)
                .until(() ->
                        host.heard.stream()
                                .anyMatch(text ->
                                        text.contains("\"holds\": 9")
                                                && text.contains("\"open\": 2")));
        host.sees("a", 5, OptionalLong.empty());
        awaitHold(OptionalLong.empty());
        watch.close();
        assertThat(host.heard).last().asString().contains("leaves");
    }

    @Test
    void whoHasNoRoomIsNotTheHost() throws Exception {
        FakeMember full = member();
        full.sees("a", 5, OptionalLong.empty());
        full.standing = 503;
        FakeMember other = member();
        other.sees("a", 5, OptionalLong.empty());
        follow();
        await().atMost(PATIENCE).until(() -> !other.heard.isEmpty());
        other.sees("a", 5, OptionalLong.of(9));
        awaitHold(OptionalLong.of(9));
    }

    @Test
    void aHostThatDiesHoldsNobody() throws Exception {
        FakeMember host = member();
        host.sees("a", 5, OptionalLong.of(9));
        follow();
        awaitHold(OptionalLong.of(9));
        host.close();
        awaitHold(OptionalLong.empty());
        assertThat(primary()).as("what was seen last stays in force").contains("a");
    }

    @Test
    void anotherMemberTakesTheHostsPlace() throws Exception {
        FakeMember first = member();
        FakeMember second = member();
        first.sees("a", 5, OptionalLong.of(9));
        second.sees("a", 5, OptionalLong.of(9));
        follow();
        awaitHold(OptionalLong.of(9));
        await().atMost(PATIENCE).until(() -> !first.heard.isEmpty() || !second.heard.isEmpty());
        FakeMember host = first.heard.isEmpty() ? second : first;
        FakeMember other = host == first ? second : first;
        host.close();
        await().atMost(PATIENCE).until(() -> !other.heard.isEmpty());
        assertThat(held.get()).hasValue(9);
    }

    @Test
    void anotherClustersMemberIsNotBelieved() throws Exception {
        FakeMember strange = member();
        strange.sees("a", 5, OptionalLong.of(9));
        strange.scope = "other";
        follow();
        strange.awaitAnother();
        assertThat(primary()).isEmpty();
        assertThat(held.get()).isEmpty();
    }
}
