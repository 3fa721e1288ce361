package io.toomai.proxy.net;

import static io.toomai.proxy.net.RawClient.bind;
import static io.toomai.proxy.net.RawClient.execute;
import static io.toomai.proxy.net.RawClient.parse;
import static io.toomai.proxy.net.RawClient.query;
import static io.toomai.proxy.net.RawClient.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.net.Dialogue.Step;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Edge 18: of an unnamed statement a client hears the same through the proxy and at the server.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class UnnamedIT {
    private static final byte[] USE = Dialogue.join(bind(""), execute(), sync());

    private Ground ground;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        ground = Ground.trusting(directory, "");
    }

    @AfterAll
    void close() throws Exception {
        ground.close();
    }

    private static Dialogue dialogue() {
        return Dialogue.of(
                "of an unnamed statement",
                Step.of(parse("", "SELECT 7"), sync()),
                Step.of(USE),
                Step.of(parse("", "SELEC"), sync()),
                Step.of(USE),
                Step.of(parse("", "SELECT 8"), sync()),
                Step.of(2, parse("", "SELECT nothing"), sync(), USE),
                Step.of(parse("", "SELECT 9"), sync()),
                Step.of(parse("", "SELEC"), parse("", "SELECT 1"), sync()),
                Step.of(USE),
                Step.of(parse("", "SELECT 10"), sync()),
                Step.of(parse("s", "SELEC"), parse("", "SELEC"), sync()),
                Step.of(USE),
                Step.of(parse("t", "SELEC"), query("SELECT 2"), sync()),
                Step.of(USE),
                Step.of(query("BEGIN")),
                Step.of(query("SELEC")),
                Step.of(parse("", "SELECT 11"), sync()),
                Step.of(USE),
                Step.of(query("ROLLBACK")),
                Step.of(USE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"session", "transaction"})
    void aParseThatFailsHasDroppedTheOneBefore(String mode) throws Exception {
        try (Front front = ground.front("pool_mode = " + mode);
                RawClient direct = RawClient.postgres(ground.port());
                RawClient client = front.client()) {
            List<String> expected = dialogue().heardBy(direct);
            assertThat(expected.get(3)).contains("26000");
            assertThat(expected.get(5)).contains("26000");
            assertThat(dialogue().heardBy(client)).isEqualTo(expected);
        }
    }

    /// Its next transaction goes to a server that has another one's.
    @Test
    void anotherClientsIsNotTakenForIt() throws Exception {
        try (Front front = ground.front("default_pool_size = 1");
                RawClient anna = front.client();
                RawClient bert = front.client()) {
            anna.send(parse("", "SELECT 'anna'"), sync()).answer();
            anna.send(parse("", "SELEC"), sync()).answer();
            bert.send(parse("", "SELECT 'bert'"), sync()).answer();
            assertThat(anna.send(USE).answer().words()).contains("26000").doesNotContain("bert");
            assertThat(bert.send(USE).answer().value()).isEqualTo("bert");
        }
    }
}
