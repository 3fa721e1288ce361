package io.toomai.proxy.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.wire.ScramKnowledge;
import io.toomai.wire.ScramSha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Edges 5 and 6: what a login says twice, and logins longer than what is read at once.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LongStartsIT {
    private static final String SHOWN =
            "SELECT concat_ws(' ', current_user, current_database(),"
                    + " current_setting('application_name'), current_setting('work_mem'),"
                    + " current_setting('search_path'))";

    private Ground ground;
    private Path directory;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        this.directory = directory;
        ground = Ground.trusting(directory, "");
    }

    @AfterAll
    void close() throws Exception {
        ground.close();
    }

    private static String shown(int port, String... words) throws IOException {
        try (RawClient client = new RawClient(port).login(0, words)) {
            return client.ask(SHOWN).value();
        }
    }

    private void isTheSame(String settings, String... words) throws Exception {
        try (Front front = ground.front(settings)) {
            assertThat(shown(front.port(), words)).isEqualTo(shown(ground.port(), words));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "user,postgres,database,postgres,application_name,a,application_name,b",
                "user,nobody,database,nowhere,user,postgres,database,postgres",
                "user,postgres,database,postgres,work_mem,1MB,WORK_MEM,2MB",
                "user,postgres,database,postgres,work_mem,3MB,options,-c work_mem=4MB",
                "user,postgres,database,postgres,options,-c work_mem=4MB,work_mem,3MB",
                "user,postgres,database,postgres,options,-c work_mem=5MB,options,-c search_path=a",
                "user,postgres,database,postgres,options,-c work_mem=5MB -c work_mem=6MB"
            })
    void whatIsSaidTwice(String words) throws Exception {
        isTheSame("", words.split(","));
    }

    @ParameterizedTest
    @ValueSource(ints = {8_100, 8_192, 9_900})
    void aLongFirstPacket(int length) throws Exception {
        String path = "a".repeat(60) + ",";
        String options = "-c search_path=" + path.repeat(length / path.length()) + "b";
        isTheSame("", "user", "postgres", "database", "postgres", "options", options);
    }

    /// Longer than what is read at once from the server, too.
    @Test
    void aServerThatSaysALotOfItself() throws Exception {
        byte[] much = FakeServer.message('S', FakeServer.text("search_path", "a".repeat(20_000)));
        try (FakeServer server = new FakeServer(FakeServer.obliging(), _ -> much);
                Front front =
                        Front.open(directory, "* = host=127.0.0.1 port=" + server.port(), "");
                RawClient client = front.client()) {
            assertThat(client.ask("SELECT 1").value()).isEqualTo("1");
        }
    }

    /// In pieces, with an end behind that of the first read.
    @Test
    void aLongPassword() throws Exception {
        String password = "p".repeat(8_180);
        try (Proxy proxy = proxy("plain", password);
                RawClient client = asked(proxy)) {
            byte[] message = RawClient.message('p', password + "\0");
            for (int i = 0; i < message.length; i += 1_000) {
                client.send(Arrays.copyOfRange(message, i, Math.min(i + 1_000, message.length)));
            }
            isIn(client);
        }
    }

    /// With a nonce that leaves just enough for the rest.
    @Test
    void aLongScramExchange() throws Exception {
        try (Proxy proxy = proxy("scram-sha-256", "annas");
                RawClient client = asked(proxy)) {
            ScramSha256 exchange =
                    new ScramSha256(
                            "",
                            new ScramKnowledge.Password("annas"),
                            "n".repeat(8_000),
                            ScramSha256.Binding.none());
            byte[] first = exchange.clientFirst().getBytes(UTF_8);
            ByteBuffer body = ByteBuffer.allocate(18 + first.length);
            body.put("SCRAM-SHA-256\0".getBytes(UTF_8)).putInt(first.length).put(first);
            client.send(FakeServer.message('p', body.array()));
            String said = client.read().text().substring(4);
            client.send(RawClient.message('p', exchange.clientFinal(said)));
            exchange.verify(client.read().text().substring(4));
            isIn(client);
        }
    }

    private Proxy proxy(String method, String password) throws Exception {
        Path users = directory.resolve("users");
        Files.writeString(users, "\"anna\" \"" + password + "\"\n");
        Path ini = directory.resolve("proxy.ini");
        Files.writeString(
                ini,
                """
                [databases]
                %s
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = 0
                unix_socket_dir =
                server_tls_sslmode = disable
                auth_type = %s
                auth_file = %s
                """
                        .formatted(ground.database("*", "user=postgres"), method, users));
        return Proxy.start(House.load(ini), Transport.usual());
    }

    /// One that is to show its password.
    private static RawClient asked(Proxy proxy) throws IOException {
        RawClient client = new RawClient(proxy.address().getPort());
        assertThat(client.send(RawClient.start("anna")).read().type()).isEqualTo('R');
        return client;
    }

    private static void isIn(RawClient client) throws IOException {
        assertThat(client.answer().types()).startsWith("R").endsWith("Z");
        assertThat(client.ask("SELECT current_user").value()).isEqualTo("postgres");
    }
}
