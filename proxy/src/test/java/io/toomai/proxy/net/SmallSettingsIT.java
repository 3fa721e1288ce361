package io.toomai.proxy.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.core.FreePorts;
import io.toomai.proxy.config.Configuration;
import io.toomai.proxy.console.Lookout.Detail;
import io.toomai.proxy.console.Overview.PoolLine;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Settings of which each does one small thing.
class SmallSettingsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir Path directory;

    private Front front(FakeServer server, String settings) throws Exception {
        return Front.open(directory, databases(server), settings);
    }

    private static String databases(FakeServer server) {
        return "* = host=127.0.0.1 port=" + server.port();
    }

    @Test
    void loginNotifyMessageIsANoticeAtTheLogin() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "login_notify_message = closed on Sunday");
                RawClient client = front.newcomer()) {
            assertThat(client.answer().messages())
                    .anyMatch(heard ->
                            heard.type() == 'N' && heard.text().contains("closed on Sunday"));
        }
    }

    @Test
    void maxDbClientConnectionsRefusesOneMore() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "max_db_client_connections = 1");
                RawClient _ = front.client();
                RawClient client = front.newcomer()) {
            assertThat(client.rest().messages())
                    .anyMatch(heard ->
                            heard.type() == 'E'
                                    && heard.text().contains("max_db_client_connections"));
        }
    }

    @Test
    void maxClientConnMayBeTheLargestNumber() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "max_client_conn = " + Integer.MAX_VALUE);
                RawClient client = front.client()) {
            assertThat(client.ask("SELECT 1").types()).isEqualTo("DCZ");
        }
    }

    @Test
    void serverRoundRobinUsesTheOneThatRestedLongest() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "server_round_robin = 1\nmin_pool_size = 2");
                RawClient client = front.client()) {
            front.awaitPool(pool -> pool.numbers().idle() == 2);
            String first = client.ask("SELECT 1").words();
            String second = client.ask("SELECT 1").words();
            assertThat(second).isNotEqualTo(first);
            assertThat(client.ask("SELECT 1").words()).isEqualTo(first);
            front.reload(databases(server), "min_pool_size = 2");
            String last = client.ask("SELECT 1").words();
            assertThat(client.ask("SELECT 1").words()).isEqualTo(last);
        }
    }

    @Test
    void applicationNameAddHostTellsTheServerWhoItIs() throws Exception {
        try (House house = House.open(directory, "application_name_add_host = 1");
                // else pgjdbc sets it only after its login
                Connection connection =
                        house.connect(
                                Map.of(
                                        "ApplicationName",
                                        "books",
                                        "assumeMinServerVersion",
                                        "12"));
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT current_setting('application_name')")) {
            row.next();
            assertThat(row.getString(1)).startsWith("books - 127.0.0.1");
        }
    }

    @Test
    void maxPacketSizeEndsWhoeverSendsMore() throws Exception {
        String fits = "SELECT '" + "x".repeat(184) + "'"; // 199 bytes with its frame
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "max_packet_size = 199");
                RawClient client = front.client();
                RawClient other = front.client()) {
            assertThat(client.ask(fits).types()).isEqualTo("DCZ");
            assertThat(client.send(RawClient.query(fits + " ")).refusal())
                    .contains("|C08P01|Mbad packet header: a message of type 'Q' has 200 bytes,")
                    .contains("max_packet_size is 199");
            assertThat(server.peers().getFirst().heard()).doesNotContain(fits + " ");
            front.reload(databases(server), "max_packet_size = 200");
            assertThat(other.ask(fits + " ").types()).isEqualTo("DCZ");
        }
    }

    @Test
    void maxPacketSizeEndsAServerThatSendsMore() throws Exception {
        FakeServer.Manner rows =
                (peer, _, body) ->
                        peer.say(
                                FakeServer.row("x".repeat(body.length)),
                                FakeServer.complete("SELECT 1"),
                                FakeServer.ready('I'));
        try (FakeServer server = new FakeServer(rows);
                Front front = front(server, "max_packet_size = 100");
                RawClient client = front.client();
                RawClient other = front.client()) {
            assertThat(client.ask("x".repeat(100 - 11 - 1)).types()).isEqualTo("DCZ");
            assertThat(client.send(RawClient.query("x".repeat(100 - 11))).refusal())
                    .contains("|C08P01|Mbad packet from server: bad pkt header:")
                    .contains("'D' has 101 bytes, max_packet_size is 100");
            assertThat(other.ask("x").types()).isEqualTo("DCZ");
            assertThat(server.peers()).hasSize(2);
        }
    }

    @Test
    void disablePqexecRefusesSimpleQueries() throws Exception {
        FakeServer.Manner extended =
                (peer, type, _) -> {
                    switch (type) {
                        case 'P' -> peer.say(FakeServer.message('1', new byte[0]));
                        case 'B' -> peer.say(FakeServer.message('2', new byte[0]));
                        case 'E' -> peer.say(FakeServer.row("7"), FakeServer.complete("SELECT 1"));
                        default -> peer.say(FakeServer.ready('I'));
                    }
                };
        try (FakeServer server = new FakeServer(extended);
                Front front = front(server, "disable_pqexec = 1\nadmin_users = postgres");
                RawClient client = front.client()) {
            client.send(
                    RawClient.parse("", "SELECT 7"),
                    RawClient.bind(""),
                    RawClient.execute(),
                    RawClient.sync());
            assertThat(client.answer().types()).isEqualTo("12DCZ");
            assertThat(client.send(RawClient.query("SELECT 7")).refusal())
                    .contains("|C08P01|MPQexec disallowed");
            assertThatThrownBy(() ->
                            new RawClient(front.port())
                                    .login(0, "user", "postgres", "replication", "true"))
                    .hasMessageContaining("PQexec disallowed");
            try (RawClient console = console(front)) {
                assertThat(console.ask("SHOW VERSION").types()).isEqualTo("TDCZ");
            }
            assertThat(server.peers()).hasSize(1);
        }
    }

    private static RawClient console(Front front) throws Exception {
        return new RawClient(front.port()).login(0, "user", "postgres", "database", "pgbouncer");
    }

    @Test
    void suspendTimeoutEndsWhoeverDoesNotTakeWhatWasRead() throws Exception {
        FakeServer.Manner endless =
                (peer, _, body) -> {
                    byte[] row = FakeServer.message('D', new byte[1 << 20]);
                    for (int i = 0; body.length > 10 && i < 500; i++) {
                        peer.say(row);
                    }
                    peer.say(FakeServer.complete("SELECT 1"), FakeServer.ready('I'));
                };
        try (FakeServer server = new FakeServer(endless);
                Front front = front(server, "admin_users = postgres\nsuspend_timeout = 0");
                RawClient reads = front.client();
                RawClient readsNothing = front.client();
                RawClient console = console(front)) {
            readsNothing.send(RawClient.query("SELECT a lot"));
            front.awaitPool(pool ->
                    pool.clients().stream().anyMatch(client -> !client.channel().isWritable()));
            console.send(RawClient.query("SUSPEND"));
            try (RawClient second = console(front)) {
                assertThat(second.ask("SHOW PAUSES").words()).contains("waiting|");
                assertThat(second.ask("RESUME").types()).isEqualTo("CZ");
            }
            assertThat(console.answer().words())
                    .contains("SUSPEND is not complete: it was ended by a RESUME");
            front.reload(databases(server), "admin_users = postgres\nsuspend_timeout = 0.1");
            assertThat(console.ask("SUSPEND").words()).startsWith("C SUSPEND");
            assertThat(endOf(readsNothing)).isTrue();
            console.ask("RESUME");
            assertThat(reads.ask("SELECT").types()).isEqualTo("CZ");
        }
    }

    /// Reads until it comes.
    private static boolean endOf(RawClient client) throws Exception {
        client.socket().getInputStream().transferTo(OutputStream.nullOutputStream());
        return client.oneByte() < 0;
    }

    @Test
    void whoComesDuringASuspendWaitsForItsEnd() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "admin_users = postgres");
                RawClient _ = front.client();
                RawClient console = console(front)) {
            console.ask("SUSPEND");
            try (RawClient late = front.client()) {
                late.send(RawClient.query("SELECT 1"));
                assertThat(console.ask("SHOW PAUSES").words()).contains("suspended|");
                console.ask("SHOW VERSION"); // the loop has turned meanwhile
                assertThat(server.peers().getFirst().heard()).isEmpty();
                console.ask("RESUME");
                assertThat(late.answer().types()).isEqualTo("DCZ");
            }
        }
    }

    @Test
    void trackExtraParametersAreFollowedOrTheLogSaysWhyNot() throws Exception {
        try (LogLines log = new LogLines();
                House house =
                        House.open(
                                directory,
                                "default_pool_size = 1\n"
                                        + "track_extra_parameters = intervalstyle, work_mem");
                Connection anna = house.connect();
                Connection bert = house.connect()) {
            Jdbc.run(anna, "SET IntervalStyle = 'iso_8601'");
            assertThat(Jdbc.one(bert, "SHOW IntervalStyle")).isEqualTo("postgres");
            assertThat(Jdbc.one(anna, "SHOW IntervalStyle")).isEqualTo("iso_8601");
            assertThat(log.having("track_extra_parameters"))
                    .singleElement()
                    .asString()
                    .startsWith("postgres/postgres server does not report work_mem:");
        }
    }

    @Test
    void ignoredStartupParametersGoNowhere() throws Exception {
        String[] start = {"user", "postgres", "database", "postgres", "my.word", "x"};
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "ignore_startup_parameters = other, my.word")) {
            try (RawClient client = new RawClient(front.port()).login(0, start)) {
                client.ask("SELECT 1");
                assertThat(server.peers().getFirst().heard()).containsExactly("SELECT 1");
            }
            front.reload(databases(server), "ignore_startup_parameters =");
            try (RawClient client = new RawClient(front.port()).login(0, start)) {
                client.ask("SELECT 2");
                assertThat(server.peers().getFirst().heard())
                        .anyMatch(query -> query.contains("my.word"));
            }
        }
    }

    @Test
    void unusedPoolsAreForgotten() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging())) {
            String named = databases(server) + "\nnamed = host=127.0.0.1 port=" + server.port();
            try (Front front =
                    Front.open(
                            directory,
                            named,
                            "server_idle_timeout = 0.1\nautodb_idle_timeout = 0.1")) {
                for (String database : List.of("named", "postgres")) {
                    new RawClient(front.port())
                            .login(0, "user", "postgres", "database", database)
                            .close();
                }
                await().atMost(PATIENCE).until(() -> pools(front).equals(List.of("named")));
                front.reload(named, "server_idle_timeout = 0.1\npool_idle_timeout = 0.1");
                await().atMost(PATIENCE).until(() -> pools(front).isEmpty());
            }
        }
    }

    private static List<String> pools(Front front) {
        return front.overview(Detail.NUMBERS).pools().stream()
                .map(PoolLine::database)
                .filter(name -> !name.equals("pgbouncer"))
                .toList();
    }

    @Test
    void statsPeriodIsThatOfTheAverages() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "stats_period = 1");
                RawClient client = front.client()) {
            await().atMost(PATIENCE)
                    .until(() -> {
                        for (int i = 0; i < 20; i++) {
                            client.ask("SELECT 1");
                        }
                        return front.overview(Detail.NUMBERS).traffic().stream()
                                .anyMatch(line -> line.average().queries() > 0);
                    });
        }
    }

    @Test
    void cancelWaitTimeoutEndsARequestThatNobodyAnswers() throws Exception {
        try (FakeServer server = new FakeServer((_, _, _) -> {});
                Front front = front(server, "cancel_wait_timeout = 0.2");
                RawClient client = front.client()) {
            client.send(RawClient.query("SELECT 1"));
            FakeServer.Peer worker = server.peers().getFirst();
            await().atMost(PATIENCE).until(() -> worker.heard().contains("SELECT 1"));
            RawClient.cancel(front.port(), client.cancelRequest());
            await().atMost(PATIENCE).until(() -> server.peers().getLast().hasLeft());
            assertThat(server.peers().getLast()).isNotSameAs(worker);
            assertThat(client.rest().words())
                    .as("the request may hit what the server does next")
                    .contains("server conn crashed?");
        }
    }

    @Test
    void serverConnectTimeoutEndsALoginThatIsNotAnswered() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Front front =
                        Front.open(
                                directory,
                                "* = host=127.0.0.1 port=" + silent.getLocalPort(),
                                "server_connect_timeout = 0.2");
                RawClient client = front.newcomer()) {
            assertThat(client.refusal()).contains("connect timeout").contains("is too slow");
        }
    }

    @Test
    void namesAreKeptForDnsMaxTtlAndFailuresForDnsNxdomainTtl() throws Exception {
        try (FakeServer server = new FakeServer(FakeServer.obliging())) {
            String named =
                    "postgres = host=localhost port=%d\nlost = host=no-such-host.invalid"
                            .formatted(server.port());
            try (LogLines log = new LogLines();
                    Front front =
                            Front.open(
                                    directory,
                                    named,
                                    "dns_max_ttl = 700\ndns_nxdomain_ttl = 900")) {
                front.client().close();
                assertThatThrownBy(() ->
                                new RawClient(front.port())
                                        .login(0, "user", "postgres", "database", "lost"))
                        .hasMessageContaining("no address is known of no-such-host.invalid");
                assertThat(log.having("no address is known of no-such-host.invalid")).isNotEmpty();
                assertThat(log.having("work beside the event loop failed")).isEmpty();
                assertThat(secondsLeft(front, "localhost")).isBetween(100L, 700L);
                assertThat(secondsLeft(front, "no-such-host.invalid")).isBetween(701L, 900L);
                front.reload(named, "dns_max_ttl = 0\ndns_nxdomain_ttl = 0");
                assertThat(secondsLeft(front, "localhost")).isZero();
                assertThat(secondsLeft(front, "no-such-host.invalid")).isZero();
            }
        }
    }

    private static long secondsLeft(Front front, String name) {
        return front.overview(Detail.NUMBERS).hosts().stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow()
                .seconds();
    }

    @Test
    void whatIsLoggedOfConnectionsCanBeLeftOut() throws Exception {
        String quiet = "log_connections = 0\nlog_disconnections = 0\nlog_pooler_errors = 0";
        String[] said = {"login attempt", "closing because: ", "pooler error: "};
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                LogLines log = new LogLines();
                Front front = front(server, quiet)) {
            comesAndIsPutOut(front);
            for (String words : said) {
                assertThat(log.having(words)).isEmpty();
            }
            front.reload(databases(server), "");
            comesAndIsPutOut(front);
            for (String words : said) {
                assertThat(log.having(words)).hasSize(1);
            }
        }
    }

    private static void comesAndIsPutOut(Front front) throws Exception {
        try (RawClient client = front.client()) {
            client.send(RawClient.message('?', "")).rest();
        }
        front.awaitPool(pool -> pool.clients().isEmpty());
    }

    @Test
    void listenBacklogIsHowManyMayWaitToBeAccepted() throws Exception {
        List<Socket> callers = new ArrayList<>();
        CountDownLatch free = new CountDownLatch(1);
        CountDownLatch busy = new CountDownLatch(1);
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "listen_backlog = 1\ntcp_defer_accept = 0")) {
            Thread blocker =
                    Thread.ofVirtual()
                            .start(() ->
                                    front.proxy()
                                            .ask(_ -> {
                                                busy.countDown();
                                                return awaits(free);
                                            }));
            busy.await();
            assertThatThrownBy(
                            () -> {
                                for (int i = 0; i < 20; i++) {
                                    Socket caller = new Socket();
                                    callers.add(caller);
                                    caller.connect(front.proxy().address(), 300);
                                }
                            })
                    .isInstanceOf(SocketTimeoutException.class);
            free.countDown();
            blocker.join();
        } finally {
            free.countDown();
            for (Socket caller : callers) {
                caller.close();
            }
        }
    }

    private static boolean awaits(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theUnixSocketHasItsGroup() throws Exception {
        String group = anotherGroup();
        Path ini = directory.resolve("local.ini");
        Files.writeString(
                ini,
                """
                [databases]
                * = host=127.0.0.1
                [pgbouncer]
                listen_port = 6432
                auth_type = trust
                unix_socket_dir = %s
                unix_socket_group = %s
                """
                        .formatted(directory, group));
        try (Proxy _ = Proxy.start(House.load(ini), Transport.usual())) {
            assertThat(Files.getAttribute(directory.resolve(".s.PGSQL.6432"), "posix:group"))
                    .hasToString(group);
        }
    }

    /// PgBouncer's own defaults: no address, and a socket.
    @Test
    void aUnixSocketAloneIsEnoughAndAnotherProxyTakesItOver() throws Exception {
        Path ini = directory.resolve("alone.ini");
        Path socket = directory.resolve(".s.PGSQL.6431");
        Files.writeString(
                ini,
                "[databases]\n* =\n[pgbouncer]\nlisten_port = 6431\nunix_socket_dir = "
                        + directory);
        Proxy first = Proxy.start(House.load(ini), Transport.usual());
        assertThat(first.places()).containsExactly("unix:" + socket);
        assertThatThrownBy(() -> Proxy.start(House.load(ini), Transport.usual()))
                .hasMessageContaining("unix socket is in use");
        Object identity = Files.getAttribute(socket, "unix:ino");
        second(House.load(ini)).close(); // its start has failed in the end
        assertThat(Files.getAttribute(socket, "unix:ino")).isEqualTo(identity);
        try (Proxy second = second(House.load(ini))) {
            assertThat(Files.getAttribute(socket, "unix:ino")).isEqualTo(identity);
            second.takeOver();
            assertThat(Files.getAttribute(socket, "unix:ino")).isNotEqualTo(identity);
            assertThat(second.places()).containsExactly("unix:" + socket);
            first.close();
            Thread.sleep(500); // what ends late would take the socket with it
            try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                assertThat(client.isConnected()).isTrue();
            }
        }
        assertThat(socket).doesNotExist();
    }

    private static Proxy second(Configuration configuration) throws Exception {
        Steward successor =
                new Steward() {
                    @Override
                    public Beginning beginning() {
                        return Beginning.TAKES_OVER;
                    }

                    @Override
                    public Reread reread() {
                        return new Reread.Read(configuration);
                    }

                    @Override
                    public void end() {}
                };
        return Proxy.start(configuration, Transport.usual(), Directions.BY_HOST, successor);
    }

    /// One that this process may give files to; another than its first where there is one.
    private static String anotherGroup() throws Exception {
        Process id = new ProcessBuilder("id", "-Gn").start();
        String groups = new String(id.getInputStream().readAllBytes(), UTF_8).strip();
        String last = groups.substring(groups.lastIndexOf(' ') + 1);
        return last.equals("root") ? "daemon" : last;
    }

    @Test
    void metricsAreWhereMetricsAddrSays() throws Exception {
        Path ini = directory.resolve("metrics.ini");
        Files.writeString(
                ini,
                "[databases]\n* =\n[pgbouncer]\nmetrics_addr = 127.0.0.2\nmetrics_port = "
                        + FreePorts.next());
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "");
                MetricsListener listener =
                        MetricsListener.of(House.load(ini).settings().values(), front.proxy())
                                .orElseThrow()) {
            assertThat(listener.address().getAddress().getHostAddress()).isEqualTo("127.0.0.2");
        }
    }

    @Test
    void theAddressForMetricsIsNamedWhereItIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = front(server, "")) {
            var address = new InetSocketAddress(taken.getInetAddress(), taken.getLocalPort());
            assertThatThrownBy(() -> MetricsListener.start(address, front.proxy()))
                    .hasMessage("cannot listen for metrics on 127.0.0.1:" + taken.getLocalPort());
        }
    }

    /// io_uring is for trials, and not everywhere.
    @ParameterizedTest
    @ValueSource(strings = {"auto", "epoll", "nio"})
    void eachTransportMovesBytes(String word) throws Exception {
        Path ini = directory.resolve("transport.ini");
        Files.writeString(ini, "[databases]\n* =\n[pgbouncer]\ntransport = " + word);
        Transport transport = Transport.of(House.load(ini).settings().values());
        try (FakeServer server = new FakeServer(FakeServer.obliging());
                Front front = Front.open(directory, databases(server), "", transport);
                RawClient client = front.client()) {
            assertThat(client.ask("SELECT 1").types()).isEqualTo("DCZ");
        }
    }
}
