package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// Settings of which each does one small thing.
class SmallSettingsIT {
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
            front.awaitPool(
                    pool -> pool.clients().stream().anyMatch(client -> !client.isWritable()));
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
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(ServerPool.class);
        log.start();
        logger.addAppender(log);
        try (House house =
                        House.open(
                                directory,
                                "default_pool_size = 1\n"
                                        + "track_extra_parameters = intervalstyle, work_mem");
                Connection anna = house.connect();
                Connection bert = house.connect()) {
            Jdbc.run(anna, "SET IntervalStyle = 'iso_8601'");
            assertThat(Jdbc.one(bert, "SHOW IntervalStyle")).isEqualTo("postgres");
            assertThat(Jdbc.one(anna, "SHOW IntervalStyle")).isEqualTo("iso_8601");
            assertThat(log.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .filteredOn(line -> line.contains("track_extra_parameters"))
                    .singleElement()
                    .asString()
                    .startsWith("postgres/postgres server does not report work_mem:");
        } finally {
            logger.detachAppender(log);
        }
    }
}
