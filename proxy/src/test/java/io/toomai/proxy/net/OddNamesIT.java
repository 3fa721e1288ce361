package io.toomai.proxy.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.net.Dialogue.Step;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Edge 17: of statements and portals with long names, and with the same name, a client hears the
/// same through the proxy and at the server.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OddNamesIT {
    private static final byte[] SYNC = RawClient.sync();

    /// In UTF-8.
    private static final List<String> NO_TEXT = List.of("gr\u00f6\u00dfe", "\u00ff\u00fe");

    /// PostgreSQL keeps no more of a name.
    private static final String ALIKE = "s".repeat(63);

    private Ground ground;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        ground = Ground.trusting(directory, "");
    }

    @AfterAll
    void close() throws Exception {
        ground.close();
    }

    /// Whose text is a byte for each character.
    private static byte[] message(char type, String body) {
        return FakeServer.message(type, body.getBytes(ISO_8859_1));
    }

    private static byte[] parse(String name, String sql) {
        return message('P', name + "\0" + sql + "\0\0\0");
    }

    private static byte[] use(String portal, String name) {
        return Dialogue.join(
                message('B', portal + "\0" + name + "\0\0\0\0\0\0\0"),
                message('E', portal + "\0\0\0\0\0"));
    }

    private static byte[] describe(String name) {
        return message('D', "S" + name + "\0");
    }

    private static byte[] close(String name) {
        return message('C', "S" + name + "\0");
    }

    private static Dialogue dialogue(String name) {
        return Dialogue.of(
                "of a name of " + name.length() + " bytes",
                Step.of(parse(name, "SELECT 1"), SYNC),
                Step.of(describe(name), use("", name), SYNC),
                Step.of(use(name, name), SYNC),
                Step.of(parse(name, "SELECT 2"), SYNC),
                Step.of(close(name), SYNC),
                Step.of(use("", name), SYNC),
                Step.of(parse(name, "SELECT 3"), use(name, name), close(name), SYNC),
                Step.of(describe(name), SYNC));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pool_mode = session",
                "pool_mode = transaction",
                "pool_mode = transaction\nmax_prepared_statements = 0"
            })
    void theProxySaysWhatTheServerSays(String settings) throws Exception {
        try (Front front = ground.front(settings)) {
            for (int length : new int[] {62, 63, 64, 5_000, 9_900}) {
                saysTheSame(front, dialogue("n".repeat(length)));
            }
            saysTheSame(front, dialogue("\""));
        }
    }

    /// Where a session has its server for itself; else names are only bytes.
    @Test
    void namesThatAServerTakesForOthers() throws Exception {
        try (Front front = ground.front("pool_mode = session")) {
            for (String name : NO_TEXT) {
                saysTheSame(front, dialogue(name));
            }
            saysTheSame(
                    front,
                    Dialogue.of(
                            "of two names that begin alike",
                            Step.of(parse(ALIKE + "1", "SELECT 1"), SYNC),
                            Step.of(use("", ALIKE + "2"), SYNC),
                            Step.of(parse(ALIKE + "2", "SELECT 2"), SYNC)));
        }
    }

    private void saysTheSame(Front front, Dialogue dialogue) throws Exception {
        try (RawClient direct = RawClient.postgres(ground.port());
                RawClient client = front.client()) {
            assertThat(dialogue.heardBy(client))
                    .as("%s", dialogue)
                    .isEqualTo(dialogue.heardBy(direct));
        }
    }

    /// As by PgBouncer: each byte of a name counts, and none has a meaning.
    @Test
    void sharedServersNeverSeeTheNamesOfClients() throws Exception {
        List<String> names = new ArrayList<>(NO_TEXT);
        names.addAll(List.of(ALIKE + "1", ALIKE + "2"));
        try (Front front = ground.front("default_pool_size = 1");
                RawClient anna = front.client();
                RawClient bert = front.client()) {
            for (int i = 0; i < names.size(); i++) {
                anna.send(parse(names.get(i), "SELECT 'anna" + i + "'"), SYNC).answer();
                bert.send(parse(names.get(i), "SELECT 'bert" + i + "'"), SYNC).answer();
            }
            for (int i = 0; i < names.size(); i++) {
                byte[] use = Dialogue.join(use("", names.get(i)), SYNC);
                assertThat(anna.send(use).answer().value()).isEqualTo("anna" + i);
                assertThat(bert.send(use).answer().value()).isEqualTo("bert" + i);
            }
        }
    }
}
