package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.core.FreePorts;
import io.toomai.wire.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is read again while somebody logs in counts for whoever that is, too.
final class ReloadIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static String settings(int port) {
        return "auth_type = plain\n[databases]\nshop = dbname=postgres host=127.0.0.1 port=" + port;
    }

    @Test
    void aDatabaseIsWhereItIsWhenItsClientComesIn(@TempDir Path directory) throws Exception {
        try (House house = House.open(directory, settings(FreePorts.next()));
                RawClient client = new RawClient(house.port())) {
            client.send(RawClient.packet(3, 0, "user\0postgres\0database\0shop\0\0"));
            assertThat(client.read().type()).isEqualTo('R');
            house.reload(settings(house.server().port()));
            client.send(RawClient.message('p', TestServer.PASSWORD + "\0"));
            client.answer();
            assertThat(client.ask("SELECT 1").value()).isEqualTo("1");
        }
    }

    @Test
    void aNewPasswordHoldsForThePoolThatClientsAreIn(@TempDir Path directory) throws Exception {
        String settings = "auth_type = plain\nserver_login_retry = 300";
        try (House house = House.open(directory, settings)) {
            carolComes(house, settings);
            try (Connection before = house.connect("carol", "first")) {
                assertThat(Jdbc.one(before, "SELECT current_user")).isEqualTo("carol");
                carolChanges(house, settings);
                assertThat(Jdbc.one(before, "SELECT current_user")).isEqualTo("carol");
                try (Connection after = house.connect("carol", "second")) {
                    assertThat(Jdbc.one(after, "SELECT current_user")).isEqualTo("carol");
                }
            }
        }
    }

    @Test
    void whoShowsANewSecretIsNotRefusedForTheOldOne(@TempDir Path directory) throws Exception {
        String settings = "server_login_retry = 300";
        try (House house = House.open(directory, settings)) {
            house.server().sql("CREATE ROLE carol LOGIN PASSWORD 'first'");
            users(house, secret(house));
            house.reload(settings);
            try (Connection before = house.connect("carol", "first");
                    LogLines log = new LogLines()) {
                String process = Jdbc.one(before, "SELECT pg_backend_pid()");
                house.reload(settings);
                assertThat(Jdbc.one(before, "SELECT pg_backend_pid()"))
                        .as("nothing has changed")
                        .isEqualTo(process);
                house.server().sql("ALTER ROLE carol PASSWORD 'second'");
                users(house, secret(house));
                house.reload(settings);
                CompletableFuture<String> waits = begin(before);
                // What it has shown opens nothing any more.
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> !log.having("server login failed").isEmpty());
                try (Connection after = house.connect("carol", "second")) {
                    assertThat(Jdbc.one(after, "SELECT current_user")).isEqualTo("carol");
                }
                assertThat(waits.get(60, TimeUnit.SECONDS)).isEqualTo("carol");
            }
        }
    }

    @Test
    void whoIsInTheListNoMoreIsNotLetInByTheFormerOne(@TempDir Path directory) throws Exception {
        String settings = "auth_type = plain";
        try (House house = House.open(directory, settings)) {
            carolComes(house, settings);
            try (RawClient late = questioned(house, "carol")) {
                users(house);
                house.reload(settings);
                assertThat(late.send(RawClient.message('p', "first\0")).refusal())
                        .contains("28P01|Mpassword authentication failed for user \"carol\"");
            }
        }
    }

    @Test
    void aFormerPasswordDoesNotComeBackWithALoginThatBeganBefore(@TempDir Path directory)
            throws Exception {
        String settings = "auth_type = plain\nserver_login_retry = 300";
        try (House house = House.open(directory, settings)) {
            carolComes(house, settings);
            try (Connection before = house.connect("carol", "first");
                    RawClient late = questioned(house, "carol")) {
                assertThat(Jdbc.one(before, "SELECT current_user")).isEqualTo("carol");
                carolChanges(house, settings);
                assertThat(late.send(RawClient.message('p', "first\0")).refusal())
                        .contains("28P01");
                assertThat(Jdbc.one(before, "SELECT current_user")).isEqualTo("carol");
            }
        }
    }

    @Test
    void howOneMustProveWhoOneIsHoldsForWhoIsAsked(@TempDir Path directory) throws Exception {
        try (House house = House.open(directory, "auth_type = plain");
                RawClient late = questioned(house, "postgres")) {
            house.reload("auth_type = scram-sha-256");
            assertThat(late.send(RawClient.message('p', TestServer.PASSWORD + "\0")).refusal())
                    .contains("28P01");
        }
    }

    @Test
    void whoIsInTheListNoMoreDoesNotComeInWithTheFirstServer(@TempDir Path directory)
            throws Exception {
        CountDownLatch letsIn = new CountDownLatch(1);
        try (FakeServer server = new FakeServer(FakeServer.obliging(), FakeServer.after(letsIn));
                House house = House.open(directory, inPlain(server))) {
            users(house, "\"carol\" \"first\"");
            house.reload(inPlain(server));
            try (RawClient late = questioned(house, "carol", "shop")) {
                late.send(RawClient.message('p', "first\0"));
                await().atMost(PATIENCE).until(() -> !server.peers().isEmpty());
                users(house);
                house.reload(inPlain(server));
                letsIn.countDown();
                assertThat(late.read().text())
                        .contains("28P01|Mpassword authentication failed for user \"carol\"");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"' user=anna password=annas', ''", "'', ' user=anna password=annas'"})
    void whoWaitsForTheFirstServerOfAnotherUserThanNowDoesNotComeIn(
            String before, String now, @TempDir Path directory) throws Exception {
        CountDownLatch letsIn = new CountDownLatch(1);
        try (FakeServer server = new FakeServer(FakeServer.obliging(), FakeServer.after(letsIn));
                House house = House.open(directory, inPlain(server) + before);
                RawClient late = questioned(house, "postgres", "shop")) {
            late.send(RawClient.message('p', TestServer.PASSWORD + "\0"));
            await().atMost(PATIENCE).until(() -> !server.peers().isEmpty());
            house.reload(inPlain(server) + now);
            letsIn.countDown();
            assertThat(late.read().text()).contains("08P01|Mdatabase configuration changed");
        }
    }

    @Test
    void whoComesInWithTheFirstServerIsCountedByTheLimitsOfNow(@TempDir Path directory)
            throws Exception {
        CountDownLatch letsIn = new CountDownLatch(1);
        FakeServer.Greeting late = FakeServer.after(letsIn);
        try (FakeServer server =
                        new FakeServer(
                                FakeServer.obliging(),
                                number -> number == 1 ? new byte[0] : late.of(number));
                House house = House.open(directory, inPlain(server))) {
            users(house, "\"carol\" \"first\"");
            house.reload(inPlain(server));
            try (RawClient first = inShop(house);
                    RawClient second = questioned(house, "carol", "shop")) {
                second.send(RawClient.message('p', "first\0"));
                await().atMost(PATIENCE).until(() -> server.peers().size() == 2);
                house.reload("max_db_client_connections = 1\n" + inPlain(server));
                letsIn.countDown();
                assertThat(second.read().text()).contains("53300").contains("max_db_client_conn");
                assertThat(first.ask("SELECT 1").value()).isEqualTo("1");
            }
        }
    }

    private static String inPlain(FakeServer server) {
        return "server_tls_sslmode = disable\n" + settings(server.port());
    }

    @Test
    void whoHasBeenLookedUpElsewhereIsNotLetInByWhatWasSaidThere(@TempDir Path directory)
            throws Exception {
        FakeServer.Manner knowing =
                (peer, type, body) -> {
                    if (type == 'S') {
                        peer.say(ANNA, FakeServer.complete("SELECT 1"), FakeServer.ready('I'));
                    } else {
                        FakeServer.obliging().hears(peer, type, body);
                    }
                };
        try (FakeServer former = new FakeServer(knowing);
                House house = House.open(directory, lookedUp(former, former.port()))) {
            try (RawClient again = questioned(house, "anna", "shop")) {
                house.reload(lookedUp(former, former.port()));
                assertThat(again.send(RawClient.message('p', "former\0")).answer().types())
                        .startsWith("R");
            }
            try (RawClient late = questioned(house, "anna", "shop")) {
                house.reload(lookedUp(former, house.server().port()));
                assertThat(late.send(RawClient.message('p', "former\0")).read().text())
                        .contains("28P01|Mpassword authentication failed for user \"anna\"");
            }
        }
    }

    /// A row: her name and her password.
    private static final byte[] ANNA = RawClient.message('D', "\0\2\0\0\0\4anna\0\0\0\6former");

    /// @param port of the server that knows the users
    private static String lookedUp(FakeServer shop, int port) {
        return """
        auth_user = postgres
        auth_dbname = users
        %s
        users = host=127.0.0.1 port=%d dbname=postgres
        """
                .formatted(inPlain(shop), port);
    }

    private static RawClient questioned(House house, String user) throws IOException {
        return questioned(house, user, "postgres");
    }

    private static RawClient questioned(House house, String user, String database)
            throws IOException {
        RawClient client = new RawClient(house.port());
        client.send(RawClient.packet(3, 0, "user\0" + user + "\0database\0" + database + "\0\0"));
        assertThat(client.read().type()).isEqualTo('R');
        return client;
    }

    @Test
    void aForcedUserIsReplacedForWhoIsThere(@TempDir Path directory) throws Exception {
        try (House house = House.open(directory, "auth_type = plain")) {
            accounts(house);
            house.reload(shop(house, "user=anna password=annas"));
            try (RawClient before = inShop(house)) {
                assertThat(before.ask("SELECT current_user").value()).isEqualTo("anna");
                house.reload(shop(house, "user=bob password=bobs"));
                assertThat(before.ask("SELECT current_user").value()).isEqualTo("bob");
                try (RawClient after = inShop(house)) {
                    assertThat(after.ask("SELECT current_user").value()).isEqualTo("bob");
                }
                assertThat(poolsOfShop(house)).containsExactly("bob");
                house.reload(shop(house, "user=anna password=annas"));
                assertThat(before.ask("SELECT current_user").value()).isEqualTo("anna");
                assertThat(poolsOfShop(house)).containsExactly("anna");
            }
        }
    }

    /// As in PgBouncer: only who comes from now on is led to the other user's servers.
    @Test
    void whoIsThereStaysWhoItIsWhereAUserIsForcedOrNoMore(@TempDir Path directory)
            throws Exception {
        try (House house = House.open(directory, "auth_type = plain")) {
            accounts(house);
            house.reload(shop(house, ""));
            try (RawClient free = inShop(house)) {
                assertThat(free.ask("SELECT current_user").value()).isEqualTo("postgres");
                house.reload(shop(house, "user=bob password=bobs"));
                assertThat(free.ask("SELECT current_user").value()).isEqualTo("postgres");
                try (RawClient forced = inShop(house)) {
                    assertThat(forced.ask("SELECT current_user").value()).isEqualTo("bob");
                    house.reload(shop(house, ""));
                    assertThat(forced.ask("SELECT current_user").value()).isEqualTo("bob");
                }
                try (RawClient after = inShop(house)) {
                    assertThat(after.ask("SELECT current_user").value()).isEqualTo("postgres");
                }
            }
        }
    }

    /// As in PgBouncer, where it counts beside `user` only.
    @Test
    void aPasswordOfAnEntryWithoutAUserIsNotForWhoHasOne(@TempDir Path directory) throws Exception {
        try (House house = House.open(directory, "auth_type = plain")) {
            house.reload(shop(house, "password=anothers"));
            try (RawClient client = inShop(house)) {
                assertThat(client.ask("SELECT current_user").value()).isEqualTo("postgres");
            }
        }
    }

    private static void accounts(House house) throws IOException {
        house.server().sql("CREATE ROLE anna LOGIN PASSWORD 'annas'");
        house.server().sql("CREATE ROLE bob LOGIN PASSWORD 'bobs'");
    }

    private static String shop(House house, String more) {
        return settings(house.server().port()) + " " + more;
    }

    private static RawClient inShop(House house) throws IOException {
        RawClient client = new RawClient(house.port());
        client.send(RawClient.packet(3, 0, "user\0postgres\0database\0shop\0\0"));
        assertThat(client.read().type()).isEqualTo('R');
        client.send(RawClient.message('p', TestServer.PASSWORD + "\0"));
        client.answer();
        return client;
    }

    private static List<String> poolsOfShop(House house) {
        return house
                .proxy()
                .askWings(wing ->
                        wing.pools()
                                .of(Optional.of("shop"))
                                .map(pool -> pool.name().user())
                                .toList())
                .stream()
                .flatMap(List::stream)
                .toList();
    }

    private static CompletableFuture<String> begin(Connection connection) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return Jdbc.one(connection, "SELECT current_user");
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                },
                Executors.newVirtualThreadPerTaskExecutor());
    }

    private static void carolComes(House house, String settings) throws Exception {
        house.server().sql("CREATE ROLE carol LOGIN PASSWORD 'first'");
        users(house, "\"carol\" \"first\"");
        house.reload(settings);
    }

    private static void carolChanges(House house, String settings) throws Exception {
        house.server().sql("ALTER ROLE carol PASSWORD 'second'");
        users(house, "\"carol\" \"second\"");
        house.reload(settings);
    }

    private static String secret(House house) throws IOException {
        return "\"carol\" \"%s\""
                .formatted(
                        house.server()
                                .sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'carol'"));
    }

    private static void users(House house, String... lines) throws IOException {
        Files.write(
                house.directory().resolve("users"),
                Stream.concat(
                                Stream.of("\"postgres\" \"" + TestServer.PASSWORD + "\""),
                                Stream.of(lines))
                        .toList());
    }
}
