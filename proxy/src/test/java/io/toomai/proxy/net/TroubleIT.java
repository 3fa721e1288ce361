package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.postgresql.largeobject.LargeObject;
import org.postgresql.largeobject.LargeObjectManager;

/// Clients that leave, fail or are canceled in the middle of things; nobody else notices.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TroubleIT {
    private House house;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        house =
                House.open(
                        directory,
                        "default_pool_size = 3\nauth_type = plain\nmax_prepared_statements = 2");
        house.server().sql("CREATE TABLE c (n int PRIMARY KEY)");
    }

    @AfterAll
    void close() throws Exception {
        house.close();
    }

    private RawClient client() throws IOException {
        return RawClient.postgres(house.port());
    }

    private void othersWork() throws Exception {
        try (RawClient other = client()) {
            for (int i = 0; i < 6; i++) {
                assertThat(other.ask("SELECT 'other " + i + "'").words()).contains("other " + i);
            }
        }
    }

    @Test
    void edge27CopyErrorsLeaveTheSessionUsable() throws Exception {
        try (Connection connection = house.connect()) {
            var copy = connection.unwrap(PGConnection.class).getCopyAPI();
            byte[] bad = "1\n2\nno number\n3\n".getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 3; i++) {
                Assertions.assertThatThrownBy(() ->
                                copy.copyIn("COPY c FROM STDIN", new ByteArrayInputStream(bad)))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("no number");
                var canceled = copy.copyIn("COPY c FROM STDIN");
                canceled.writeToCopy("7\n".getBytes(StandardCharsets.UTF_8), 0, 2);
                canceled.cancelCopy();
            }
            byte[] good = "1\n2\n".getBytes(StandardCharsets.UTF_8);
            assertThat(copy.copyIn("COPY c FROM STDIN", new ByteArrayInputStream(good)))
                    .isEqualTo(2);
        }
        othersWork();
    }

    /// Of a DEALLOCATE that is not of one's own statement nobody knows what it has cost.
    @Test
    void edge20NoStatementIsLeftThatNobodyKnows() throws Exception {
        try (RawClient client = client()) {
            client.send(RawClient.parse("a", "SELECT 81"), RawClient.parse("b", "SELECT 82"));
            client.send(RawClient.sync());
            client.answer();
            client.ask("BEGIN");
            for (int i = 0; i < 10; i++) {
                client.ask("PREPARE mine AS SELECT 3");
                assertThat(client.ask("DEALLOCATE mine").types()).isEqualTo("CZ");
                client.ask("DISCARD PLANS");
                client.send(RawClient.bind("a"), RawClient.execute());
                client.send(RawClient.bind("b"), RawClient.execute(), RawClient.sync());
                assertThat(client.answer().types()).isEqualTo("2DC2DCZ");
            }
            String kept = client.ask("SELECT count(*) FROM pg_prepared_statements").value();
            assertThat(kept).isEqualTo("2");
            client.ask("ROLLBACK");
        }
    }

    @Test
    void edge29LargeObjectsByFunctionCalls() throws Exception {
        try (Connection connection = house.connect()) {
            connection.setAutoCommit(false);
            LargeObjectManager manager = connection.unwrap(PGConnection.class).getLargeObjectAPI();
            byte[] content = new byte[200_000];
            new Random(1).nextBytes(content);
            long id = manager.createLO();
            try (LargeObject object = manager.open(id, LargeObjectManager.WRITE)) {
                object.write(content);
            }
            connection.commit();
            try (LargeObject object = manager.open(id, LargeObjectManager.READ)) {
                assertThat(object.read(content.length + 1)).isEqualTo(content);
            }
            Assertions.assertThatThrownBy(() -> manager.open(id + 1_000_000).read(1))
                    .isInstanceOf(SQLException.class);
            connection.rollback();
            manager.delete(id);
            connection.commit();
        }
        othersWork();
    }

    @Test
    void edge32AClientThatLeavesInTheMiddle() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (RawClient anna = client()) {
                anna.send(RawClient.query("SELECT n FROM generate_series(1, 100000) n"));
                anna.socket().setSoLinger(true, 0); // close sends RST
            }
            try (RawClient anna = client()) {
                anna.send(RawClient.parse("s", "SELECT 1"));
                anna.send(RawClient.message('X', ""));
                assertThat(anna.isAtEnd()).isTrue();
            }
            try (RawClient anna = client()) {
                anna.send(new byte[] {'Q', 0, 0, 1, 0, 'S'});
            }
            try (RawClient anna = client()) {
                anna.ask("BEGIN");
                anna.socket().shutdownOutput();
                assertThat(anna.isAtEnd()).isTrue();
            }
        }
        othersWork();
    }

    /// As with PgBouncer: who sends no more is taken for gone, and what it asked for does not keep
    /// a server from the others.
    @Test
    void edge32AClientThatClosesItsHalfWithAQueryUnderWayIsGone() throws Exception {
        try (RawClient anna = client()) {
            anna.send(RawClient.query("SELECT pg_sleep(60)"));
            anna.socket().shutdownOutput();
            assertThat(anna.isAtEnd()).isTrue();
        }
        othersWork();
    }

    /// Edge 43: each client asks for its own number in many ways, while others leave and cancel.
    @Test
    void edge43EachAnswerIsOnesOwn() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> all = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                int seed = i;
                all.add(threads.submit(() -> life(seed)));
            }
            for (Future<Integer> each : all) {
                assertThat(each.get()).isPositive();
            }
        }
        othersWork();
    }

    private int life(int seed) throws Exception {
        Random random = new Random(seed);
        int answers = 0;
        for (int life = 0; life < 6; life++) {
            try (RawClient client = client()) {
                String own = "own-" + seed + "-" + life;
                for (String name : List.of("a", "b", "c")) {
                    client.send(RawClient.parse(name, text(own, name)));
                }
                client.send(RawClient.sync());
                client.answer();
                for (int i = 0; i < 40; i++) {
                    answers +=
                            random.nextBoolean()
                                    ? prepared(client, own, random)
                                    : simple(client, own);
                    if (random.nextInt(10) == 0) {
                        RawClient.cancel(house.port(), client.cancelRequest());
                    }
                }
                if (random.nextBoolean()) {
                    client.send(RawClient.query(text(own, "left")));
                    client.socket().setSoLinger(true, 0);
                }
            }
        }
        return answers;
    }

    private static String text(String own, String name) {
        return "SELECT '" + own + "-" + name + "'";
    }

    private static int simple(RawClient client, String own) throws IOException {
        String said = client.ask(text(own, "simple")).words();
        assertThat(said).endsWith("Z I\n");
        assertThat(said).contains(own + "-simple");
        return 1;
    }

    private static int prepared(RawClient client, String own, Random random) throws IOException {
        String name = List.of("a", "b", "c").get(random.nextInt(3));
        client.send(RawClient.bind(name));
        client.send(RawClient.execute());
        client.send(RawClient.sync());
        String said = client.answer().words();
        assertThat(said).endsWith("Z I\n");
        assertThat(said).contains(own + "-" + name);
        return 1;
    }
}
