package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.wire.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a StartupMessage cannot get by a word about replication, or by `options`: to be somebody
/// else at the server, to pass the rules, to be beyond the limits or out of reach.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ReplicationRightsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private TestServer server;
    private Path directory;
    private House house;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        this.directory = directory;
        server =
                TestServer.create(
                        TestServer.binaries().orElseThrow(), directory.resolve("data"), "");
        server.start();
        server.sql("CREATE ROLE anna LOGIN PASSWORD '" + TestServer.PASSWORD + "'");
        server.sql("CREATE DATABASE secret");
        house = before("auth_type = plain");
    }

    @AfterAll
    void close() throws Exception {
        house.close();
        server.close();
    }

    private House before(String settings) throws Exception {
        return House.open(
                server,
                directory,
                """
                default_pool_size = 1
                max_user_client_connections = 3
                admin_users = postgres
                auth_query = SELECT usename, passwd FROM pg_shadow WHERE usename = $1
                auth_user = postgres
                """
                        + settings);
    }

    private static RawClient enter(House house, String... words) throws IOException {
        return new RawClient(house.port())
                .login(
                        0,
                        Stream.concat(Stream.of("user", "anna"), Arrays.stream(words))
                                .toArray(String[]::new));
    }

    private static RawClient sender(House house, String wish) throws IOException {
        return RawClient.replicating(house.port(), wish);
    }

    private static RawClient console(House house) throws IOException {
        return new RawClient(house.port()).login(0, "user", "postgres", "database", "pgbouncer");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"user=postgres", "database=secret", "USER=postgres", "replication=true"})
    void optionsDoNotSayWhoComesOrWhereTo(String assignment) {
        for (String replication : new String[] {"no", "f", "database", "true"}) {
            assertThatThrownBy(
                            () -> {
                                try (RawClient client =
                                        enter(
                                                house,
                                                "database",
                                                "postgres",
                                                "replication",
                                                replication,
                                                "options",
                                                "-c " + assignment)) {
                                    client.ask("SELECT 1");
                                }
                            })
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("C42704")
                    .hasMessageContaining("unrecognized configuration parameter");
        }
    }

    /// `f` means no to PostgreSQL: a server connection beside the pool would be one that nobody
    /// counts.
    @ParameterizedTest
    @ValueSource(strings = {"f", "n", "of", "false"})
    void whoDoesNotReplicateIsServedByThePool(String no) throws Exception {
        try (RawClient busy = enter(house, "database", "postgres");
                RawClient other = enter(house, "database", "postgres", "replication", no)) {
            busy.ask("BEGIN");
            other.send(RawClient.query("SELECT 'served'"));
            try (RawClient console = console(house)) {
                await().atMost(PATIENCE)
                        .until(() -> console.ask("SHOW CLIENTS").words().contains("waiting"));
            }
            busy.ask("COMMIT");
            assertThat(other.answer().value()).isEqualTo("served");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "tru", "YE", "1"})
    void theRulesForReplicationHoldForEachWordThatMeansIt(String yes) throws Exception {
        Path rules = directory.resolve("hba");
        Files.writeString(rules, "host replication all all reject\nhost all all all password\n");
        House ruled = before("auth_type = hba\nauth_hba_file = " + rules);
        try (RawClient queries = enter(ruled, "database", "postgres")) {
            assertThat(queries.ask("SELECT 1").value()).isEqualTo("1");
            assertThatThrownBy(() -> sender(ruled, yes).close())
                    .hasMessageContaining("pg_hba.conf rejects");
        } finally {
            ruled.proxy().close();
        }
    }

    @Test
    void theyAreCountedShownAndWithinReach() throws Exception {
        try (RawClient console = console(house);
                RawClient first = sender(house, "true");
                RawClient second = sender(house, "database");
                RawClient third = sender(house, "database")) {
            assertThat(console.ask("SHOW CLIENTS").words())
                    .contains("physical")
                    .contains("logical");
            assertThat(console.ask("SHOW SERVERS").words())
                    .contains("physical")
                    .contains("logical");
            assertThatThrownBy(() -> sender(house, "database").close())
                    .hasMessageContaining("max_user_client_connections");
            assertThat(console.ask("KILL_CLIENT " + number(console, "physical")).types())
                    .isEqualTo("CZ");
            assertThat(first.rest().types()).isEmpty();
            try (RawClient fourth = sender(house, "database")) {
                assertThat(console.ask("KILL postgres").types()).isEqualTo("CZ");
                for (RawClient each : new RawClient[] {second, third, fourth}) {
                    assertThat(each.rest().types()).isEmpty();
                }
            }
            assertThatThrownBy(() -> sender(house, "database").close())
                    .hasMessageContaining("the database is paused");
            console.ask("RESUME postgres");
            sender(house, "database").close();
            await().atMost(PATIENCE)
                    .until(() -> !console.ask("SHOW CLIENTS").words().contains("logical"));
            assertThat(server.sql("SELECT count(*) FROM pg_stat_replication")).isEqualTo("0");
        }
    }

    /// PgBouncer waits until they have gone.
    @Test
    void aPauseDoesNotWaitForThem() throws Exception {
        try (RawClient console = console(house);
                RawClient walSender = sender(house, "database")) {
            assertThat(console.ask("PAUSE postgres").types()).isEqualTo("CZ");
            assertThat(walSender.ask("IDENTIFY_SYSTEM").types()).isEqualTo("TDCZ");
            assertThat(console.ask("RESUME postgres").types()).isEqualTo("CZ");
        }
    }

    /// The last column, by which `KILL_CLIENT` knows a client.
    private static String number(RawClient console, String replication) throws IOException {
        String line =
                console.ask("SHOW CLIENTS").messages().stream()
                        .filter(message -> message.type() == 'D')
                        .map(RawClient.Message::text)
                        .filter(text -> text.contains(replication))
                        .findFirst()
                        .orElseThrow();
        return line.substring(line.lastIndexOf('|') + 1).replaceAll("[^0-9]", "");
    }
}
