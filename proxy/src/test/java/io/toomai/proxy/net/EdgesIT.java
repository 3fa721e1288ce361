package io.toomai.proxy.net;

import static io.toomai.proxy.net.RawClient.bind;
import static io.toomai.proxy.net.RawClient.execute;
import static io.toomai.proxy.net.RawClient.message;
import static io.toomai.proxy.net.RawClient.parse;
import static io.toomai.proxy.net.RawClient.query;
import static io.toomai.proxy.net.RawClient.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.proxy.net.Dialogue.Step;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Edges 11, 12, 14, 15, 19, 22 and 23 of proxy.md §4.1: a client hears the same through the proxy
/// as from a real server.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EdgesIT {
    private static final byte[] FLUSH = message('H', "");
    private static final String FIVE = "SELECT n FROM generate_series(1, 5) n";

    private Ground ground;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        ground = Ground.trusting(directory, "");
        ground.sql("CREATE TABLE log (n int)");
    }

    @AfterAll
    void close() throws Exception {
        ground.close();
    }

    private static byte[] bindTo(String portal, String statement) {
        return message('B', portal + "\0" + statement + "\0\0\0\0\0\0\0");
    }

    private static byte[] executeRows(String portal, int most) {
        return message('E', portal + "\0\0\0\0" + (char) most);
    }

    private static byte[] described(String portal) {
        return message('D', "P" + portal + "\0");
    }

    private static byte[] closed(char kind, String name) {
        return message('C', kind + name + "\0");
    }

    /// A statement that gives its one parameter back, prepared with that type, described and used.
    private static byte[] sevenAs(String name, int type) {
        byte[] parse =
                FakeServer.message(
                        'P',
                        Dialogue.join(
                                text(name + "\0SELECT $1\0"),
                                ByteBuffer.allocate(6).putShort((short) 1).putInt(type).array()));
        return Dialogue.join(
                parse,
                message('D', "S" + name + "\0"),
                bindValues(name, 0, List.of(text("7"))),
                described(""),
                execute());
    }

    /// All parameters as text, or all in binary; the result alike.
    private static byte[] bindValues(String name, int format, List<byte[]> values) {
        int length = values.stream().mapToInt(value -> 4 + value.length).sum();
        ByteBuffer body = ByteBuffer.allocate(2 + name.length() + 10 + length);
        body.put(("\0" + name + "\0").getBytes(StandardCharsets.UTF_8));
        body.putShort((short) 1).putShort((short) format).putShort((short) values.size());
        values.forEach(value -> body.putInt(value.length).put(value));
        body.putShort((short) 1).putShort((short) format);
        return FakeServer.message('B', body.array());
    }

    private static byte[] text(String value) {
        return value.getBytes(StandardCharsets.UTF_8);
    }

    private static List<Dialogue> dialogues() {
        return List.of(
                Dialogue.of(
                        "11: several statements in one query, and none",
                        Step.of(query("SELECT 1; SELECT 1/0; SELECT 2")),
                        Step.of(query("")),
                        Step.of(query(" ; ;")),
                        Step.of(query("BEGIN; SELECT 1; COMMIT; SELECT 2")),
                        Step.of(query("INSERT INTO log VALUES (1); SELECT 1/0")),
                        Step.of(query("SELECT count(*) FROM log")),
                        Step.of(query("SELECT 1; BEGIN; SELECT 2")),
                        Step.of(query("SELECT 1/0; SELECT 3")),
                        Step.of(query("ROLLBACK; SELECT 4"))),
                pipeline(),
                Dialogue.of(
                        "14: a portal over Flush, suspended, gone on with, closed",
                        Step.until('s', parse("", FIVE), bind(""), executeRows("", 2), FLUSH),
                        Step.until('s', executeRows("", 2), FLUSH),
                        Step.until('C', executeRows("", 2), FLUSH),
                        Step.until('3', closed('P', ""), FLUSH),
                        Step.of(sync()),
                        Step.of(executeRows("", 2), sync())),
                Dialogue.of(
                        "14: a portal over Sync, which lives as long as its transaction",
                        Step.of(query("BEGIN")),
                        Step.of(
                                parse("", FIVE),
                                bindTo("p", ""),
                                described("p"),
                                executeRows("p", 3),
                                sync()),
                        Step.of(executeRows("p", 1), sync()),
                        Step.of(closed('P', "p"), sync()),
                        Step.of(executeRows("p", 1), sync()),
                        Step.of(query("ROLLBACK")),
                        Step.of(parse("", FIVE), bindTo("q", ""), executeRows("q", 3), sync()),
                        Step.of(executeRows("q", 3), sync())),
                Dialogue.of(
                        "15: each Sync ends a transaction, and nothing else does",
                        Step.of(
                                2,
                                parse("", "INSERT INTO log VALUES (2)"),
                                bind(""),
                                execute(),
                                sync(),
                                parse("", "SELECT 1/0"),
                                bind(""),
                                execute(),
                                sync()),
                        Step.of(query("SELECT count(*) FROM log")),
                        Step.of(query("DELETE FROM log")),
                        Step.until(
                                'C',
                                parse("", "INSERT INTO log VALUES (3)"),
                                bind(""),
                                execute(),
                                FLUSH),
                        Step.of(parse("", "SELECT 1/0"), bind(""), execute(), sync()),
                        Step.of(query("SELECT count(*) FROM log"))),
                Dialogue.of(
                        "19: more statements in one batch than are kept",
                        Step.of(
                                parse("a", "SELECT 'a'"),
                                parse("b", "SELECT 'b'"),
                                parse("c", "SELECT 'c'"),
                                bind("a"),
                                execute(),
                                bind("b"),
                                execute(),
                                bind("a"),
                                execute(),
                                sync()),
                        Step.of(bind("c"), execute(), bind("b"), execute(), sync()),
                        Step.of(
                                bind("a"),
                                execute(),
                                parse("d", "SELEC"),
                                bind("c"),
                                execute(),
                                closed('S', "a"),
                                sync()),
                        Step.of(bind("c"), execute(), bind("a"), execute(), bind("d"), sync()),
                        Step.of(
                                closed('S', "a"),
                                closed('S', "b"),
                                closed('S', "c"),
                                closed('S', "d"),
                                sync())),
                Dialogue.of(
                        "22: the same text with other types, formats left as they are",
                        Step.of(
                                sevenAs("i", 23),
                                bindValues("i", 1, List.of(new byte[] {0, 0, 1, (byte) 0x80})),
                                execute(),
                                sync()),
                        Step.of(sevenAs("t", 25), sync()),
                        Step.of(bindValues("i", 1, List.of(text("no int"))), execute(), sync()),
                        Step.of(closed('S', "i"), closed('S', "t"), sync())),
                Dialogue.of(
                        "22: as many parameters as two bytes can count",
                        Step.of(
                                parse("", "SELECT 7 IN (" + markers(65_535) + ")"),
                                bindValues("", 0, sevens(65_535)),
                                execute(),
                                sync())),
                Dialogue.of(
                        "22: fewer parameters than the statement has",
                        Step.of(parse("few", "SELECT $1::int"), sync()),
                        Step.of(bind("few"), execute(), sync())),
                sizes());
    }

    private static String markers(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> "$" + i)
                .collect(Collectors.joining(","));
    }

    private static List<byte[]> sevens(int count) {
        return IntStream.range(0, count).mapToObj(_ -> text("7")).toList();
    }

    private static Dialogue pipeline() {
        List<byte[]> parts = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            parts.add(parse("", "SELECT 100 / (" + i + " - 60)"));
            parts.add(bind(""));
            parts.add(described(""));
            parts.add(execute());
        }
        parts.add(sync());
        byte[] batch = Dialogue.join(parts.toArray(byte[][]::new));
        return Dialogue.of(
                "12: a pipeline of a hundred with an error, and the one behind it",
                Step.of(batch),
                Step.of(2, batch, query("SELECT 'after'")));
    }

    /// Around what is read at once, from either side.
    private static Dialogue sizes() {
        List<Step> steps = new ArrayList<>();
        for (int read : List.of(Proxy.READ, 4 * Proxy.READ)) {
            for (int more = -7; more <= 7; more++) {
                int filling = read + more - query("SELECT ''").length;
                steps.add(Step.of(query("SELECT '" + "x".repeat(filling) + "'")));
                steps.add(Step.of(query("SELECT repeat('y', " + filling + ")")));
                steps.add(
                        Step.of(
                                parse("", "SELECT $1"),
                                bindValues("", 0, List.of(text("z".repeat(filling)))),
                                execute(),
                                sync()));
            }
        }
        return new Dialogue("23: messages of about the size of a buffer", steps);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pool_mode = session",
                "pool_mode = transaction",
                "pool_mode = transaction\nmax_prepared_statements = 1"
            })
    void theProxySaysWhatTheServerSays(String settings) throws Exception {
        try (Front front = ground.front(settings)) {
            for (Dialogue dialogue : dialogues()) {
                try (RawClient direct = RawClient.postgres(ground.port());
                        RawClient client = front.client()) {
                    assertThat(dialogue.heardBy(client))
                            .as("%s", dialogue)
                            .isEqualTo(dialogue.heardBy(direct));
                }
            }
        }
    }

    /// Edge 19: statements are the servers' own then, as in PgBouncer, whoever prepared them.
    @Test
    void withoutAPlaceForStatementsTheyPassAsTheyAre() throws Exception {
        try (Front front = ground.front("default_pool_size = 1\nmax_prepared_statements = 0");
                RawClient anna = front.client();
                RawClient bert = front.client()) {
            byte[] use = Dialogue.join(bind("own"), execute(), sync());
            anna.send(parse("own", "SELECT 'anna'"), use);
            assertThat(anna.answer().value()).isEqualTo("anna");
            assertThat(bert.send(use).answer().value()).isEqualTo("anna");
            bert.send(parse("own", "SELECT 'bert'"), sync());
            assertThat(bert.answer().words()).contains("C42P05");
        }
    }
}
