package io.toomai.proxy.net;

import static io.toomai.proxy.net.Jdbc.one;
import static io.toomai.proxy.net.Jdbc.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.route.Route;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Reads of a group see what the group has written, wherever they are led.
final class CausalIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ROUNDS = 100;

    private Pair pair;

    @BeforeEach
    void open(@TempDir Path directory) throws Exception {
        pair = Pair.open(directory, "causal_reads_timeout = 0.2");
        pair.routing().take(pair.picture(1, "a"));
    }

    @AfterEach
    void close() throws Exception {
        pair.close();
    }

    private Connection connect(Route route, String group) throws SQLException {
        return pair.connect(
                route, "postgres", group.isEmpty() ? "" : "-c toomai.causal_group=" + group);
    }

    private static final String SEEN =
            "SELECT max(n) || ' on ' || CASE WHEN pg_is_in_recovery() THEN 'b' ELSE 'a' END FROM t";

    private void awaitTable() {
        await().atMost(PATIENCE)
                .until(() -> pair.b().sql("SELECT to_regclass('t') IS NOT NULL").equals("t"));
    }

    /// The replica stands still: whoever belongs to the group is led to the primary, and nobody
    /// else sees what was written.
    @Test
    void aReplicaThatIsBehindIsNotReadFrom() throws Exception {
        try (Connection writer = connect(Route.WRITE, "app");
                Connection reader = connect(Route.READ, "app");
                Connection other = connect(Route.READ, "other");
                Connection without = connect(Route.READ, "")) {
            run(writer, "CREATE TABLE t (n int)");
            run(writer, "INSERT INTO t VALUES (1)");
            assertThat(one(reader, SEEN)).startsWith("1 on ");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(one(reader, SEEN)).isEqualTo("1 on b"));
            pair.b().sql("SELECT pg_wal_replay_pause()");
            await().atMost(PATIENCE)
                    .until(() ->
                            pair.b()
                                    .sql("SELECT pg_get_wal_replay_pause_state()")
                                    .equals("paused"));
            run(writer, "INSERT INTO t VALUES (2)");
            assertThat(one(without, SEEN)).isEqualTo("1 on b"); // what it is there for
            assertThat(one(other, SEEN)).isEqualTo("1 on b");
            assertThat(one(reader, SEEN)).isEqualTo("2 on a");
            assertThat(one(reader, SEEN)).isEqualTo("2 on a");
            pair.b().sql("SELECT pg_wal_replay_resume()");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(one(reader, SEEN)).isEqualTo("2 on b"));
        }
    }

    /// Each write is seen by the next read of the group, also from a connection that has just come.
    @Test
    void whatWasWrittenIsRead() throws Exception {
        int onReplica = 0;
        try (Connection writer = connect(Route.WRITE, "app");
                Connection reader = connect(Route.READ, "app")) {
            run(writer, "CREATE TABLE t (n int)");
            writer.setAutoCommit(false);
            for (int n = 1; n <= ROUNDS; n++) {
                run(writer, "INSERT INTO t SELECT " + n + " FROM generate_series(1, 200)");
                writer.commit();
                String seen;
                if (n % 10 == 0) {
                    try (Connection fresh = connect(Route.READ, "app")) {
                        seen = one(fresh, SEEN);
                    }
                } else {
                    seen = one(reader, SEEN);
                }
                assertThat(seen).startsWith(n + " on ");
                onReplica += seen.endsWith("b") ? 1 : 0;
            }
        }
        assertThat(onReplica).isPositive();
    }

    /// Where the end of a transaction was told and its position cannot be, only the primary will
    /// do.
    @Test
    void whoeverLeavesInTheMiddleIsNotForgotten() throws Exception {
        run(connect(Route.WRITE, ""), "CREATE TABLE t (n int)");
        awaitTable();
        pair.b().sql("SELECT pg_wal_replay_pause()");
        try (Connection reader = connect(Route.READ, "app")) {
            try (Connection writer = connect(Route.WRITE, "app")) {
                run(writer, "INSERT INTO t VALUES (7); COMMIT; BEGIN");
                writer.abort(Runnable::run);
            }
            assertThat(one(reader, SEEN)).isEqualTo("7 on a");
        }
        pair.b().sql("SELECT pg_wal_replay_resume()");
    }

    @Test
    void aGroupNeedsTransactionPooling(@TempDir Path directory) throws Exception {
        try (Pair sessions = Pair.open(directory, "pool_mode = session")) {
            sessions.routing().take(sessions.picture(1, "a"));
            assertThatThrownBy(() ->
                            sessions.connect(Route.READ, "postgres", "-c toomai.causal_group=x")
                                    .close())
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("needs pool_mode = transaction");
        }
    }
}
