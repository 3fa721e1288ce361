package io.toomai.proxy.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.core.cluster.Tags;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.console.Lookout.Detail;
import io.toomai.proxy.pool.Pool;
import io.toomai.proxy.route.Duty;
import io.toomai.proxy.route.Epoch;
import io.toomai.proxy.route.Picture;
import io.toomai.proxy.route.Picture.Leadership;
import io.toomai.proxy.route.Place;
import io.toomai.proxy.route.Place.Condition;
import io.toomai.proxy.route.Route;
import io.toomai.proxy.route.RouteRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients are led to members of a cluster, or not any more. The members say what a test needs.
final class LedIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Routing routing = new Routing(RouteRules.USUAL, Map.of(Route.READ, 0));

    @TempDir Path directory;

    private FakeServer a;
    private FakeServer b;

    @BeforeEach
    void open() throws Exception {
        a = new FakeServer(at("0/2000"));
        b = new FakeServer(at("0/1000"));
    }

    @AfterEach
    void close() throws Exception {
        a.close();
        b.close();
    }

    /// @param position in the WAL, which stands still
    private static FakeServer.Manner at(String position) {
        return (peer, type, body) -> {
            String asked = new String(body, UTF_8).strip();
            if (asked.startsWith("BEGIN")) {
                peer.say(FakeServer.complete("BEGIN"), FakeServer.ready('T'));
            } else if (asked.contains("pg_is_in_recovery")) {
                peer.say(
                        FakeServer.row(position),
                        FakeServer.complete("SELECT 1"),
                        FakeServer.ready('I'));
            } else {
                FakeServer.obliging().hears(peer, type, body);
            }
        };
    }

    private Proxy proxy(String words, String settings) throws Exception {
        return Proxy.start(configuration(words, settings), Transport.usual(), routing);
    }

    /// @param words of the database
    private Configuration configuration(String words, String settings) throws IOException {
        Path users = directory.resolve("users");
        Files.writeString(users, "\"postgres\" \"\"\n\"one\" \"\"\n");
        return Pair.configuration(
                """
                listen_addr = 127.0.0.1
                listen_port = 0
                unix_socket_dir =
                server_tls_sslmode = disable
                auth_type = trust
                auth_file = %s
                pool_mode = transaction
                %s
                """
                        .formatted(users, settings),
                Map.of("postgres", words));
    }

    private void reload(Proxy proxy, String words) throws IOException {
        proxy.configure(configuration(words, ""));
        proxy.ask(Premises::configuration);
    }

    private static RawClient client(Proxy proxy) throws IOException {
        return RawClient.postgres(proxy.address().getPort());
    }

    private void leads(long term, String primary) {
        routing.take(
                new Picture(
                        new Epoch(term, Timeline.UNKNOWN),
                        primary.isEmpty() ? Leadership.VACANT : Leadership.HELD,
                        Optional.of(primary).filter(name -> !name.isEmpty()).map(MemberName::new),
                        List.of(place("a", a.port()), place("b", b.port()))));
    }

    private static Place place(String name, int port) {
        return new Place(
                new MemberName(name),
                "127.0.0.1",
                port,
                Condition.RUNNING,
                Timeline.UNKNOWN,
                OptionalLong.of(0),
                Tags.NONE);
    }

    private int connections(String member) {
        return routing.rows().stream()
                .filter(row -> row.member().equals(member))
                .findFirst()
                .orElseThrow()
                .connections();
    }

    private static final String OF_THE_CLUSTER = "";

    private String elsewhere() {
        return "host=127.0.0.1 port=" + b.port();
    }

    /// What is under way on a host that is no member is not cut off as on a member that has lost
    /// its role.
    @Test
    void aTransactionOnAHostOfBeforeComesToItsEnd() throws Exception {
        try (Proxy proxy = proxy(elsewhere(), "");
                RawClient client = client(proxy)) {
            client.ask("BEGIN");
            reload(proxy, OF_THE_CLUSTER);
            leads(1, "a");
            await().atMost(PATIENCE).until(() -> !routing.rows().isEmpty());
            routing.order(new MemberName("b"), Duty.MAINTENANCE);
            try (RawClient other = client(proxy)) {
                assertThat(other.ask("SELECT 1").value()).isEqualTo("1");
            }
            assertThat(client.ask("COMMIT").value()).isEqualTo("1");
            assertThat(b.peers().getFirst().heard()).contains("COMMIT");
            assertThat(client.ask("SELECT 1").types()).isEqualTo("DCZ");
            assertThat(b.peers().getFirst().heard()).hasSize(2);
        }
    }

    @Test
    void aMemberThatIsLeftForAHostHasNoConnections() throws Exception {
        leads(1, "a");
        try (Proxy proxy = proxy(OF_THE_CLUSTER, "");
                RawClient client = client(proxy)) {
            client.ask("BEGIN");
            assertThat(connections("a")).isEqualTo(1);
            reload(proxy, elsewhere());
            client.ask("COMMIT");
            assertThat(client.ask("SELECT 1").types()).isEqualTo("DCZ");
            assertThat(b.peers()).hasSize(1);
            await().atMost(PATIENCE).until(() -> connections("a") == 0);
        }
    }

    /// Nobody can say anything to it that it would understand.
    @Test
    void whoReplicatesFromAMemberThatIsTakenOutIsCutOff() throws Exception {
        leads(1, "a");
        try (Proxy proxy = proxy(OF_THE_CLUSTER, "");
                RawClient client = replicating(proxy)) {
            assertThat(client.ask("SELECT 1").value()).isEqualTo("1");
            routing.order(new MemberName("a"), Duty.MAINTENANCE);
            assertThat(client.rest().messages()).isEmpty();
            await().atMost(PATIENCE).until(() -> connections("a") == 0);
        }
    }

    @Test
    void whoReplicatesFromAPrimaryThatIsReplacedIsCutOff() throws Exception {
        leads(1, "a");
        try (Proxy proxy = proxy(OF_THE_CLUSTER, "");
                RawClient client = replicating(proxy)) {
            leads(2, "");
            assertThat(client.ask("SELECT 1").value()).isEqualTo("1");
            leads(3, "b");
            assertThat(client.rest().messages()).isEmpty();
        }
    }

    /// Who replicates does not wait until it is known where the primary is.
    private static RawClient replicating(Proxy proxy) {
        return await().atMost(PATIENCE)
                .ignoreException(IOException.class)
                .until(
                        () -> RawClient.replicating(proxy.address().getPort(), "database"),
                        _ -> true);
    }

    /// Who no list has is looked up.
    private static final String LOOKS_UP = "auth_user = postgres\nauth_dbname = postgres";

    /// It knows whoever it is asked about, and anybody is let in.
    private static FakeServer.Manner knowing() {
        return (peer, type, body) -> {
            if (type == 'S') {
                byte[] nameAndNull = {0, 2, 0, 0, 0, 4, 'a', 'n', 'n', 'a', -1, -1, -1, -1};
                peer.say(
                        FakeServer.message('D', nameAndNull),
                        FakeServer.complete("SELECT 1"),
                        FakeServer.ready('I'));
            } else {
                FakeServer.obliging().hears(peer, type, body);
            }
        };
    }

    private static RawClient unlisted(Proxy proxy) throws IOException {
        return new RawClient(proxy.address().getPort()).send(RawClient.start("anna"));
    }

    /// As one whose host has lost its power.
    @Test
    void whoIsLookedUpOnAPrimaryThatFallsSilentIsLookedUpOnTheNextOne() throws Exception {
        a.close();
        a = new FakeServer((_, _, _) -> {});
        b.close();
        b = new FakeServer(knowing());
        leads(1, "a");
        try (Proxy proxy = proxy(OF_THE_CLUSTER, LOOKS_UP);
                RawClient client = unlisted(proxy)) {
            await().atMost(PATIENCE)
                    .until(() -> a.peers().stream().anyMatch(each -> each.heard().contains("S")));
            leads(2, "b");
            assertThat(client.answer().types()).startsWith("R").endsWith("Z");
            await().atMost(PATIENCE).until(() -> a.peers().getFirst().hasLeft());
        }
    }

    @Test
    void whoIsLookedUpDoesNotWaitForAPrimaryThatLetsNobodyIn() throws Exception {
        CountDownLatch letsIn = new CountDownLatch(1);
        a.close();
        a = new FakeServer((_, _, _) -> {}, FakeServer.after(letsIn));
        b.close();
        b = new FakeServer(knowing());
        leads(1, "a");
        try (Proxy proxy = proxy(OF_THE_CLUSTER, LOOKS_UP + "\nserver_connect_timeout = 600");
                RawClient client = unlisted(proxy)) {
            await().atMost(PATIENCE).until(() -> !a.peers().isEmpty());
            leads(2, "b");
            assertThat(client.answer().types()).startsWith("R").endsWith("Z");
        } finally {
            letsIn.countDown();
        }
    }

    /// The host takes connections and is silent, as one that hangs.
    @ParameterizedTest
    @ValueSource(strings = {OF_THE_CLUSTER, OF_THE_CLUSTER + " pool_mode=session"})
    void whoWaitsForAPrimaryThatLetsNobodyInIsLedToTheNextOne(String words) throws Exception {
        CountDownLatch letsIn = new CountDownLatch(1);
        a.close();
        a = new FakeServer((_, _, _) -> {}, FakeServer.after(letsIn));
        leads(1, "a");
        try (Proxy proxy = proxy(words, "server_connect_timeout = 600");
                RawClient client = coming(proxy)) {
            await().atMost(PATIENCE).until(() -> !a.peers().isEmpty());
            leads(2, "b");
            assertThat(client.answer().types()).startsWith("R").endsWith("Z");
            assertThat(client.ask("SELECT 1").value()).isEqualTo("1");
        } finally {
            letsIn.countDown();
        }
    }

    private static RawClient coming(Proxy proxy) throws IOException {
        return new RawClient(proxy.address().getPort()).send(RawClient.start("postgres"));
    }

    /// Nobody leads for a while, as in most failovers.
    @Test
    void whoIsToReplicateFromAPrimaryThatLetsNobodyInDoesSoFromTheNextOne() throws Exception {
        CountDownLatch letsIn = new CountDownLatch(1);
        a.close();
        a = new FakeServer((_, _, _) -> {}, FakeServer.after(letsIn));
        leads(1, "a");
        try (Proxy proxy = proxy(OF_THE_CLUSTER, "server_connect_timeout = 0")) {
            untilReviewed(proxy, "a");
            try (RawClient client = comingToReplicate(proxy)) {
                await().atMost(PATIENCE).until(() -> !a.peers().isEmpty());
                leads(2, "");
                leads(3, "b");
                assertThat(client.answer().types()).startsWith("R").endsWith("Z");
                assertThat(client.ask("SELECT 1").value()).isEqualTo("1");
                assertThat(connections("a")).isZero();
                assertThat(connections("b")).isEqualTo(1);
            }
        } finally {
            letsIn.countDown();
        }
    }

    @Test
    void whoIsToReplicateFromTheOnlyMemberThatIsTakenOutIsToldSo() throws Exception {
        CountDownLatch letsIn = new CountDownLatch(1);
        a.close();
        a = new FakeServer((_, _, _) -> {}, FakeServer.after(letsIn));
        leads(1, "a");
        try (Proxy proxy = proxy(OF_THE_CLUSTER, "server_connect_timeout = 0")) {
            untilReviewed(proxy, "a");
            try (RawClient client = comingToReplicate(proxy)) {
                await().atMost(PATIENCE).until(() -> !a.peers().isEmpty());
                routing.order(new MemberName("a"), Duty.MAINTENANCE);
                assertThat(client.refusal()).contains("08001|Mthere is no server to replicate");
                assertThat(connections("a")).isZero();
            }
        } finally {
            letsIn.countDown();
        }
    }

    @Test
    void nothingIsOnItsWayForWhoWantsToReplicateNoMore() throws Exception {
        CountDownLatch letsIn = new CountDownLatch(1);
        a.close();
        a = new FakeServer((_, _, _) -> {}, FakeServer.after(letsIn));
        leads(1, "a");
        try (Proxy proxy = proxy(OF_THE_CLUSTER, "server_connect_timeout = 0")) {
            untilReviewed(proxy, "a");
            try (RawClient client = comingToReplicate(proxy)) {
                await().atMost(PATIENCE).until(() -> !a.peers().isEmpty());
                assertThat(client.socket().isConnected()).isTrue();
            }
            await().atMost(PATIENCE).until(() -> connections("a") == 0);
        } finally {
            letsIn.countDown();
        }
    }

    private static RawClient comingToReplicate(Proxy proxy) throws IOException {
        return new RawClient(proxy.address().getPort())
                .send(
                        RawClient.packet(
                                3,
                                0,
                                "user\0postgres\0database\0postgres\0replication\0database\0\0"));
    }

    @Test
    void noConnectionForLookingUpStaysOnAMemberThatIsTakenOut() throws Exception {
        a.close();
        a = new FakeServer(knowing());
        leads(1, "a");
        try (Proxy proxy = proxy(OF_THE_CLUSTER, LOOKS_UP)) {
            try (RawClient client = unlisted(proxy)) {
                client.answer();
                routing.order(new MemberName("a"), Duty.MAINTENANCE);
                await().atMost(PATIENCE)
                        .until(() -> a.peers().stream().allMatch(FakeServer.Peer::hasLeft));
                assertThat(connections("a")).isZero();
            }
        }
    }

    /// It is nobody's of its own, and it is empty; but a reader waits there.
    @Test
    void thePoolOfThePrimaryStaysWhileAReaderWaitsThere() throws Exception {
        String settings =
                """
                causal_reads_timeout = 0.1
                pool_idle_timeout = 0.1
                server_idle_timeout = 0.1
                """;
        leads(1, "a");
        try (Proxy proxy = proxy(OF_THE_CLUSTER, settings);
                RawClient reader = grouped(proxy.address(Route.READ).getPort(), "postgres")) {
            try (RawClient writer = grouped(proxy.address().getPort(), "postgres")) {
                writer.ask("INSERT");
            }
            leads(2, "");
            reader.send(RawClient.query("SELECT 'read'"));
            await().atMost(PATIENCE).until(() -> waiting(proxy, Route.WRITE) == 1);
            try (RawClient later = grouped(proxy.address(Route.READ).getPort(), "one")) {
                assertThat(hasPoolOfOne(proxy)).isTrue();
                assertThat(later.socket().isConnected()).isTrue();
            }
            await().atMost(PATIENCE).until(() -> !hasPoolOfOne(proxy));
            leads(3, "a");
            assertThat(reader.answer().types()).isEqualTo("DCZ");
            assertThat(a.peers().getLast().heard()).contains("SELECT 'read'");
        }
    }

    /// It stays refused for `server_login_retry`, whatever else is told of the cluster meanwhile.
    @ParameterizedTest
    @ValueSource(strings = {OF_THE_CLUSTER, "host=127.0.0.1 port=%d"})
    void aRefusedLoginIsNotRepeatedWithEachPicture(String words) throws Exception {
        letsOneIn();
        leads(1, "a");
        try (Proxy proxy = proxy(words.formatted(a.port()), "");
                RawClient first = client(proxy);
                RawClient second = client(proxy)) {
            isRefused(proxy, first, second);
            for (int lag = 1; lag <= 5; lag++) {
                lags(lag);
            }
            assertThat(waiting(proxy, Route.WRITE)).isEqualTo(1);
            assertThat(a.peers()).hasSize(2);
        }
    }

    @Test
    void afterARefusalAnotherMemberIsTriedAtOnce() throws Exception {
        letsOneIn();
        leads(1, "a");
        try (Proxy proxy = proxy(OF_THE_CLUSTER, "server_login_retry = 1000");
                RawClient first = client(proxy);
                RawClient second = client(proxy)) {
            isRefused(proxy, first, second);
            leads(2, "b");
            assertThat(second.answer().types()).isEqualTo("DCZ");
        }
    }

    @Test
    void whatAMemberHasRefusedIsNotSaidOfTheNextOne() throws Exception {
        a.close();
        a = new FakeServer(at("0/2000"), _ -> FakeServer.error("FATAL", "28P01", "not any more"));
        leads(1, "a");
        try (Proxy proxy = proxy(OF_THE_CLUSTER, "server_login_retry = 1000");
                RawClient first = coming(proxy)) {
            assertThat(first.read().text()).contains("28P01|Mnot any more");
            leads(2, "b");
            untilReviewed(proxy, "b");
            try (RawClient second = client(proxy)) {
                assertThat(second.ask("SELECT 1").types()).isEqualTo("DCZ");
            }
        }
    }

    @Test
    void whoAsksWhileTheNextMemberLetsInIsNotToldWhatTheFormerOneSaid() throws Exception {
        CountDownLatch letsIn = new CountDownLatch(1);
        letsOneIn();
        b.close();
        b = new FakeServer(at("0/1000"), FakeServer.after(letsIn));
        leads(1, "a");
        try (Proxy proxy = proxy(OF_THE_CLUSTER, "server_login_retry = 1000");
                RawClient first = client(proxy);
                RawClient second = client(proxy);
                RawClient third = client(proxy)) {
            isRefused(proxy, first, second);
            leads(2, "b");
            await().atMost(PATIENCE).until(() -> !b.peers().isEmpty());
            third.send(RawClient.query("SELECT 1"));
            await().atMost(PATIENCE).until(() -> waiting(proxy, Route.WRITE) == 2);
            letsIn.countDown();
            assertThat(second.answer().types()).isEqualTo("DCZ");
            assertThat(third.answer().types()).isEqualTo("DCZ");
        } finally {
            letsIn.countDown();
        }
    }

    private void untilReviewed(Proxy proxy, String primary) {
        await().atMost(PATIENCE)
                .until(() ->
                        routing.rows().stream()
                                .anyMatch(row ->
                                        row.role().equals("primary")
                                                && row.member().equals(primary)));
        proxy.ask(Premises::configuration);
        proxy.askWings(Wing::configuration);
    }

    private void letsOneIn() throws Exception {
        a.close();
        byte[] refusal = FakeServer.error("FATAL", "28P01", "not any more");
        a = new FakeServer(at("0/2000"), number -> number == 1 ? new byte[0] : refusal);
    }

    /// Then the second one waits.
    private void isRefused(Proxy proxy, RawClient first, RawClient second) throws Exception {
        first.ask("BEGIN");
        second.send(RawClient.query("SELECT 1"));
        await().atMost(PATIENCE)
                .until(() -> a.peers().size() == 2 && sum(proxy, Route.WRITE, Pool::opening) == 0);
    }

    private void lags(long bytes) {
        Place of = place("b", b.port());
        Place behind =
                new Place(
                        of.name(),
                        of.host(),
                        of.port(),
                        of.condition(),
                        of.timeline(),
                        OptionalLong.of(bytes),
                        of.tags());
        routing.take(
                new Picture(
                        new Epoch(1, Timeline.UNKNOWN),
                        Leadership.HELD,
                        Optional.of(new MemberName("a")),
                        List.of(place("a", a.port()), behind)));
        await().atMost(PATIENCE)
                .until(() -> routing.rows().stream().anyMatch(row -> row.lag() == bytes));
    }

    private static RawClient grouped(int port, String user) throws IOException {
        return new RawClient(port)
                .login(
                        0,
                        "user",
                        user,
                        "database",
                        "postgres",
                        "options",
                        "-c toomai.causal_group=app");
    }

    private static int waiting(Proxy proxy, Route route) {
        return sum(proxy, route, Pool::waiting);
    }

    private static int sum(Proxy proxy, Route route, ToIntFunction<Pool<?, ?>> number) {
        return proxy
                .askWings(wing ->
                        wing.pools().all().stream()
                                .filter(pool -> pool.name().route() == route)
                                .mapToInt(pool -> number.applyAsInt(pool.numbers()))
                                .sum())
                .stream()
                .mapToInt(Integer::intValue)
                .sum();
    }

    private static boolean hasPoolOfOne(Proxy proxy) {
        return Front.overview(proxy, Detail.NUMBERS).pools().stream()
                .anyMatch(pool -> pool.user().equals("one"));
    }
}
