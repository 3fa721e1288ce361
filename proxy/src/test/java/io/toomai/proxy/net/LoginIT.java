package io.toomai.proxy.net;

import static io.toomai.proxy.net.FakeServer.message;
import static io.toomai.proxy.net.Jdbc.one;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.console.Lookout.Detail;
import io.toomai.proxy.console.Overview.DatabaseLine;
import io.toomai.wire.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Edge cases 1 to 9: from the first byte to the first query, in plain.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LoginIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Path directory;
    private TestServer server;
    private House house;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        this.directory = directory;
        server =
                TestServer.create(
                        TestServer.binaries().orElseThrow(), directory.resolve("data"), "");
        server.start();
        server.sql("CREATE ROLE anna LOGIN PASSWORD 'annas'");
        server.sql("CREATE ROLE gone LOGIN PASSWORD 'gones' VALID UNTIL '2001-01-01'");
        house = before("max_client_conn = 1000");
    }

    @AfterAll
    void close() throws Exception {
        house.close();
    }

    private House before(String settings) throws Exception {
        return House.open(server, directory, settings);
    }

    /// Ends a proxy and leaves the server.
    private static void end(House house) {
        house.proxy().close();
    }

    private RawClient client() throws IOException {
        return new RawClient(house.port());
    }

    @Test
    void case1EachRequestForEncryptionIsAnsweredOnceInAnyOrder() throws Exception {
        for (byte[][] order :
                List.of(
                        new byte[][] {RawClient.GSS, RawClient.SSL},
                        new byte[][] {RawClient.SSL, RawClient.GSS})) {
            try (RawClient client = client()) {
                for (byte[] request : order) {
                    assertThat(client.send(request).oneByte()).isEqualTo('N');
                }
                assertThat(client.send(RawClient.start("postgres")).read().type()).isEqualTo('R');
            }
        }
        for (byte[] request : List.of(RawClient.SSL, RawClient.GSS)) {
            try (RawClient client = client()) {
                assertThat(client.send(request).oneByte()).isEqualTo('N');
                assertThat(client.send(request).refusal()).contains("C08P01|", "a second request");
            }
        }
    }

    @Test
    void case1ARequestAndTheStartInOnePacket() throws Exception {
        try (RawClient client = client()) {
            client.send(RawClient.GSS, RawClient.start("postgres"));
            assertThat(client.oneByte()).isEqualTo('N');
            assertThat(client.read().type()).isEqualTo('R');
        }
    }

    @Test
    void case2DirectTlsWhereThereIsNone() throws Exception {
        try (RawClient client = client()) {
            assertThat(client.send(new byte[] {0x16, 3, 1, 0, 5}).oneByte()).isEqualTo(-1);
        }
    }

    @Test
    void case3VersionsAreNegotiatedAndUnknownOptionsListed() throws Exception {
        try (RawClient client = client()) {
            assertThat(client.send(RawClient.start("postgres")).read().type()).isEqualTo('R');
        }
        String grease = "_pq_.test_protocol_negotiation\0x\0_pq_.b\0\0user\0postgres\0\0";
        for (int minor : new int[] {0, 2, 9999}) {
            try (RawClient client = client()) {
                var said = client.send(RawClient.packet(3, minor, grease)).read();
                assertThat(said.type()).isEqualTo('v');
                assertThat(Arrays.copyOf(said.body(), 2)).containsExactly(0, 3);
                assertThat(said.body()[7]).isEqualTo((byte) 2);
                assertThat(said.text()).endsWith("_pq_.test_protocol_negotiation|_pq_.b|");
                assertThat(client.read().type()).isEqualTo('R');
            }
        }
        for (int major : new int[] {2, 4}) {
            try (RawClient client = client()) {
                assertThat(client.send(RawClient.packet(major, 0, "user\0a\0\0")).refusal())
                        .contains("unsupported frontend protocol " + major + ".0");
            }
        }
    }

    @Test
    void case4AStartInPiecesOfEachLength() throws Exception {
        byte[] whole = RawClient.start("postgres");
        for (int split = 1; split < whole.length; split++) {
            try (RawClient client = client()) {
                client.send(Arrays.copyOf(whole, split));
                client.send(Arrays.copyOfRange(whole, split, whole.length));
                assertThat(client.read().type()).as("split at " + split).isEqualTo('R');
            }
        }
        try (RawClient client = client()) {
            for (byte one : whole) {
                client.send(new byte[] {one});
            }
            assertThat(client.read().type()).isEqualTo('R');
        }
    }

    @Test
    void case4WhatIsNoStartEndsTheConnectionWithAWord() throws Exception {
        List<byte[]> packets = new ArrayList<>();
        for (int length : new int[] {-1, 0, 4, 7, 10_001, Integer.MAX_VALUE}) {
            packets.add(bytes(length, ""));
        }
        packets.add(RawClient.packet(3, 0, "user\0postgres"));
        packets.add(RawClient.packet(3, 0, "user\0postgres\0"));
        packets.add(RawClient.packet(3, 0, "database\0postgres\0\0"));
        packets.add(RawClient.packet(3, 0, "user\0\0\0"));
        packets.add(RawClient.packet(3, 0, "user\0a\0options\0-d 5\0\0"));
        packets.add(RawClient.packet(3, 0, "user\0a\0no name\0x\0\0"));
        for (byte[] packet : packets) {
            try (RawClient client = client()) {
                assertThat(client.send(packet).refusal()).startsWith("SFATAL|VFATAL|C");
            }
        }
    }

    @Test
    void case4WithoutADatabaseTheUsersNameIsMeant() throws Exception {
        assertThat(server.through(house.port()).run("psql", "-XAtqc", "SELECT current_database()"))
                .isEqualTo("postgres");
    }

    private static byte[] bytes(int first, String more) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeInt(first);
        out.write(more.getBytes(StandardCharsets.UTF_8));
        return bytes.toByteArray();
    }

    @Test
    void case5ParametersOfAnyKindAreInForceFromTheFirstQuery() throws Exception {
        try (Connection connection =
                house.connect(
                        Map.of(
                                "options",
                                "-c statement_timeout=4321 --search_path=\"a\\ b\"",
                                "ApplicationName",
                                ""))) {
            assertThat(one(connection, "SHOW statement_timeout")).isEqualTo("4321ms");
            assertThat(one(connection, "SHOW search_path")).isEqualTo("\"a b\"");
        }
    }

    @Test
    void case6WhoDoesNotExistIsAskedTheSame() throws Exception {
        List<String> shapes = new ArrayList<>();
        for (String user : List.of("postgres", "who", "nobody")) {
            try (RawClient client = client()) {
                StringBuilder shape = new StringBuilder();
                client.send(RawClient.start(user));
                shape.append(client.read().text());
                client.send(sasl("SCRAM-SHA-256\0", "n,,n=,r=abc"));
                String first = client.read().text();
                shape.append(first.length()).append(first.replaceAll(".*,i=", ""));
                String nonce = first.substring(first.indexOf("r="), first.indexOf(",s="));
                client.send(
                        message(
                                'p',
                                ("c=biws," + nonce + ",p=" + "A".repeat(43) + "=")
                                        .getBytes(StandardCharsets.UTF_8)));
                shape.append(client.refusal().replace(user, "USER"));
                shapes.add(shape.toString());
            }
        }
        assertThat(shapes.get(0)).contains("C28P01|Mpassword authentication failed for user");
        assertThat(shapes).allMatch(shapes.get(0)::equals);
    }

    private static byte[] sasl(String mechanism, String first) throws IOException {
        byte[] text = first.getBytes(StandardCharsets.UTF_8);
        var body = new ByteArrayOutputStream();
        var out = new DataOutputStream(body);
        out.writeBytes(mechanism);
        out.writeInt(text.length);
        out.write(text);
        return message('p', body.toByteArray());
    }

    @Test
    void case6APasswordMessageThatIsTooLongEndsTheConnection() throws Exception {
        try (RawClient client = client()) {
            assertThat(client.send(RawClient.start("postgres")).read().type()).isEqualTo('R');
            assertThat(client.send(new byte[] {'p', 127, 0, 0, 0}).refusal())
                    .contains("a message of");
        }
        try (RawClient client = client()) {
            assertThat(client.send(RawClient.start("postgres")).read().type()).isEqualTo('R');
            assertThat(
                            client.send(message('Q', "SELECT 1\0".getBytes(StandardCharsets.UTF_8)))
                                    .refusal())
                    .contains("expected password response");
        }
    }

    @Test
    void case7UsersAreLookedUpWhoAreInNoFile() throws Exception {
        House asking = before("auth_user = postgres\nauth_dbname = postgres");
        try {
            try (Connection connection = asking.connect("anna", "annas")) {
                assertThat(one(connection, "SELECT current_user")).isEqualTo("anna");
            }
            for (String[] wrong :
                    new String[][] {{"anna", "no"}, {"gone", "gones"}, {"never", "x"}}) {
                assertThatThrownBy(() -> asking.connect(wrong[0], wrong[1]).close())
                        .hasMessageContaining("password authentication failed")
                        .extracting(e -> ((SQLException) e).getSQLState())
                        .isEqualTo("28P01");
            }
        } finally {
            end(asking);
        }
    }

    @Test
    void case7NoClientLeadsTheLookupElsewhere() throws Exception {
        server.sql("CREATE SCHEMA evil");
        server.sql(
                "CREATE TABLE evil.pg_authid AS SELECT 'anna'::name AS rolname,"
                        + " 'known' AS rolpassword, NULL::timestamptz AS rolvaliduntil,"
                        + " true AS rolcanlogin");
        House asking = before("auth_user = postgres\nauth_dbname = postgres");
        try {
            assertThatThrownBy(() ->
                            asking.connect(
                                            Map.of(
                                                    "user", "anna",
                                                    "password", "known",
                                                    "options", "-c search_path=evil"))
                                    .close())
                    .hasMessageContaining("password authentication failed");
        } finally {
            end(asking);
        }
    }

    @Test
    void case7ALookupThatFailsIsNoFaultOfTheClients() throws Exception {
        for (String settings :
                List.of(
                        "auth_user = postgres\nauth_query = SELECT nothing FROM nowhere",
                        "auth_user = postgres\nauth_query = SELECT 1",
                        "auth_user = never\nauth_dbname = postgres")) {
            House asking = before(settings);
            try {
                assertThatThrownBy(() -> asking.connect("anna", "annas").close())
                        .hasMessageContaining("bouncer config error");
                asking.connect().close();
            } finally {
                end(asking);
            }
        }
    }

    @Test
    void case8AClientMayLeaveInEachState() throws Exception {
        byte[][] until = {
            {},
            RawClient.SSL,
            Arrays.copyOf(RawClient.start("postgres"), 9),
            RawClient.start("postgres"),
            join(RawClient.start("postgres"), sasl("SCRAM-SHA-256\0", "n,,n=,r=abc"))
        };
        for (byte[] said : until) {
            for (int i = 0; i < 5; i++) {
                client().send(said).close();
            }
        }
        house.connect().close();
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    @Test
    void case8ALoginHasItsTime() throws Exception {
        House hasty = before("client_login_timeout = 1");
        try (RawClient silent = new RawClient(hasty.port());
                RawClient slow = new RawClient(hasty.port())) {
            slow.send(RawClient.start("postgres"));
            assertThat(slow.read().type()).isEqualTo('R');
            assertThat(slow.refusal()).contains("client_login_timeout");
            assertThat(silent.refusal()).contains("client_login_timeout");
            hasty.connect().close();
        } finally {
            end(hasty);
        }
    }

    @Test
    void case8OnlySoManyMayCome() throws Exception {
        House full = before("max_client_conn = 2\nmax_user_client_connections = 1");
        try (Connection one = full.connect()) {
            assertThat(one(one, "SELECT 1")).isEqualTo("1");
            assertThatThrownBy(() -> full.connect().close())
                    .hasMessageContaining("max_user_client_connections")
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("53300");
            try (RawClient second = new RawClient(full.port())) {
                second.send(new byte[] {0});
                await().atMost(PATIENCE)
                        .untilAsserted(() ->
                                assertThatThrownBy(() -> full.connect().close())
                                        .hasMessageContaining(
                                                "no more connections allowed"
                                                        + " (max_client_conn)")
                                        .extracting(e -> ((SQLException) e).getSQLState())
                                        .isEqualTo("53300"));
            }
        } finally {
            end(full);
        }
    }

    @Test
    void case9AServersRefusalIsToldToTheClient() throws Exception {
        House wrong =
                before(
                        "[databases]\nwrong = host=127.0.0.1 port="
                                + server.port()
                                + " dbname=postgres user=anna password=no");
        try {
            assertThatThrownBy(() ->
                            server.through(wrong.port()).run("psql", "-XAtqc", "SELECT 1", "wrong"))
                    .hasMessageContaining("password authentication failed for user \"anna\"");
        } finally {
            end(wrong);
        }
    }

    @Test
    void noSuchDatabaseIsToldOnlyToWhomIsKnown() throws Exception {
        House one = before("[databases]\n* = host=127.0.0.1 port=" + server.port());
        end(one);
        Path ini = directory.resolve("one.ini");
        Files.writeString(
                ini,
                """
                [databases]
                postgres = host=127.0.0.1 port=%d
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = 0
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = %s
                """
                        .formatted(server.port(), directory.resolve("users")));
        Proxy proxy = Proxy.start(House.load(ini), Transport.usual());
        try {
            int port = proxy.address().getPort();
            assertThatThrownBy(
                            () -> server.through(port).run("psql", "-XAtqc", "SELECT 1", "other"))
                    .hasMessageContaining("no such database: other");
            assertThatThrownBy(() ->
                            server.through(port)
                                    .run(
                                            "psql",
                                            "-XAtqc",
                                            "SELECT 1",
                                            "-d",
                                            "other",
                                            "-U",
                                            "nobody"))
                    .hasMessageContaining("password authentication failed");
        } finally {
            proxy.close();
        }
    }

    @Test
    void trustPlainAndAnyLetInAsPgbouncerDoes() throws Exception {
        House trusting = before("auth_type = trust");
        try {
            trusting.connect("postgres", "whatever").close();
            assertThatThrownBy(() -> trusting.connect("never", "x").close())
                    .hasMessageContaining("\"trust\" authentication failed");
        } finally {
            end(trusting);
        }
        House plain = before("auth_type = plain");
        try {
            plain.connect().close();
            assertThatThrownBy(() -> plain.connect("postgres", "no").close())
                    .hasMessageContaining("password authentication failed");
        } finally {
            end(plain);
        }
        House any =
                before(
                        "auth_type = any\n[databases]\npostgres = host=127.0.0.1 port="
                                + server.port()
                                + " user=anna password=annas");
        try (Connection connection = any.connect("everybody", "")) {
            assertThat(one(connection, "SELECT current_user")).isEqualTo("anna");
        } finally {
            end(any);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hba", "HBA"})
    void rulesDecideByAddressAndName(String type) throws Exception {
        Path rules = directory.resolve("hba");
        Files.writeString(
                rules,
                """
                host all nobody 127.0.0.1/32 reject
                host all postgres 127.0.0.1/32 scram-sha-256
                """);
        House ruled = before("auth_type = " + type + "\nauth_hba_file = " + rules);
        try {
            ruled.connect().close();
            assertThatThrownBy(() -> ruled.connect("nobody", "wrong").close())
                    .hasMessageContaining("pg_hba.conf rejects connection for host \"127.0.0.1\"");
            assertThatThrownBy(() -> ruled.connect("anna", "annas").close())
                    .hasMessageContaining("no pg_hba.conf entry for host \"127.0.0.1\"");
        } finally {
            end(ruled);
        }
    }

    @Test
    void aBalancerTellsForWhomItConnects() throws Exception {
        Path rules = directory.resolve("balanced");
        Files.writeString(rules, "host all all 192.0.2.7/32 trust\n");
        House balanced =
                before(
                        "auth_type = hba\nproxy_protocol_networks = 127.0.0.0/8\nauth_hba_file = "
                                + rules);
        try {
            byte[] header =
                    "PROXY TCP4 192.0.2.7 192.0.2.8 4711 6432\r\n"
                            .getBytes(StandardCharsets.US_ASCII);
            try (RawClient client = new RawClient(balanced.port())) {
                client.send(header, RawClient.start("postgres"));
                assertThat(client.read().type()).isEqualTo('R');
            }
            try (RawClient client = new RawClient(balanced.port())) {
                client.send(
                        "PROXY TCP4 192.0.2.9 192.0.2.8 4711 6432\r\n"
                                .getBytes(StandardCharsets.US_ASCII),
                        RawClient.start("postgres"));
                assertThat(client.refusal())
                        .contains("no pg_hba.conf entry for host \"192.0.2.9\"");
            }
            try (RawClient client = new RawClient(balanced.port())) {
                assertThat(client.send(RawClient.start("postgres")).refusal())
                        .contains("must begin with a PROXY header");
            }
        } finally {
            end(balanced);
        }
    }

    @Test
    void unixSocketsOnBothSides() throws Exception {
        Path sockets = Files.createTempDirectory(Path.of("/tmp"), "toomai-s");
        Files.writeString(directory.resolve("ident"), "me root postgres\nme postgres postgres\n");
        Path rules = directory.resolve("local");
        Files.writeString(rules, "local all all peer map=me\nhost all all 127.0.0.1/32 trust\n");
        String settings =
                "unix_socket_dir = %s\nunix_socket_mode = 0777\nauth_type = hba\n"
                                .formatted(sockets)
                        + "auth_hba_file = %s\nauth_ident_file = %s"
                                .formatted(rules, directory.resolve("ident"));
        sockets.toFile().setExecutable(true, false);
        sockets.toFile().setReadable(true, false);
        House local = before(settings);
        try {
            Path socket = sockets.resolve(".s.PGSQL." + local.port());
            assertThat(socket).exists();
            assertThat(local.run("psql", "-XAtqc", "SELECT 7", "-h", sockets.toString()))
                    .isEqualTo("7");
            assertThatThrownBy(() ->
                            local.run(
                                    "psql",
                                    "-XAtqc",
                                    "SELECT 7",
                                    "-U",
                                    "nobody",
                                    "-h",
                                    sockets.toString()))
                    .hasMessageContaining("unix socket login rejected");
            House over =
                    before(
                            "[databases]\npostgres = host=%s port=%d"
                                    .formatted(sockets, local.port()));
            try {
                assertThat(over.run("psql", "-XAtqc", "SELECT 8")).isEqualTo("8");
            } finally {
                end(over);
            }
            House beside =
                    before(
                            "unix_socket_dir = %s\n[databases]\npostgres = port=%d"
                                    .formatted(sockets, local.port()));
            try {
                assertThat(ways(beside)).containsExactly("UNTRIED");
                assertThat(beside.run("psql", "-XAtqc", "SELECT 9")).isEqualTo("9");
                assertThat(ways(beside)).containsExactly("UP");
                assertThat(Front.overview(beside.proxy(), Detail.NUMBERS).databases().getLast())
                        .returns(Optional.empty(), DatabaseLine::host)
                        .returns(local.port(), DatabaseLine::port);
            } finally {
                end(beside);
            }
            end(local);
            await().atMost(PATIENCE).until(() -> !Files.exists(socket));
        } finally {
            end(local);
            Files.deleteIfExists(sockets);
        }
    }

    /// How those servers stand that clients who write are led to by sockets.
    private static List<String> ways(House house) {
        return Front.overview(house.proxy(), Detail.NUMBERS).ways().getFirst().stops().stream()
                .filter(stop -> stop.name().startsWith("/"))
                .map(stop -> stop.standing().stand().name())
                .toList();
    }

    @Test
    void namesOfHostsAreLookedUp() throws Exception {
        House named =
                before(
                        "[databases]\npostgres = host=localhost port="
                                + server.port()
                                + "\nlost = host=no-such-host.invalid");
        try {
            named.connect().close();
            assertThatThrownBy(() -> named.run("psql", "-XAtqc", "SELECT 1", "lost"))
                    .hasMessageContaining("no address is known of no-such-host.invalid");
        } finally {
            end(named);
        }
    }
}
