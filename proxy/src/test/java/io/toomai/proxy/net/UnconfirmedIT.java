package io.toomai.proxy.net;

import static io.toomai.proxy.net.RawClient.bind;
import static io.toomai.proxy.net.RawClient.execute;
import static io.toomai.proxy.net.RawClient.parse;
import static io.toomai.proxy.net.RawClient.query;
import static io.toomai.proxy.net.RawClient.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Commits that wait for a synchronous standby, which does not exist.
final class UnconfirmedIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Ground ground;

    @BeforeEach
    void open(@TempDir Path directory) throws Exception {
        ground =
                Ground.trusting(
                        directory,
                        "synchronous_standby_names = nobody\nmax_prepared_transactions = 5\n");
        ground.sql(
                "SET synchronous_commit = local; CREATE TABLE t (n int);"
                        + " CREATE PROCEDURE twice() LANGUAGE plpgsql AS"
                        + " 'BEGIN INSERT INTO t VALUES (8); COMMIT; INSERT INTO t VALUES (9); END'");
    }

    @AfterEach
    void close() throws Exception {
        ground.close();
    }

    private void untilItWaits() {
        await().atMost(PATIENCE)
                .until(() ->
                        ground.sql(
                                        "SELECT count(*) FROM pg_stat_activity"
                                                + " WHERE wait_event = 'SyncRep'")
                                .equals("1"));
    }

    /// As an administrator does, whom no proxy holds back.
    private void cancelWhatWaits() throws IOException {
        untilItWaits();
        ground.sql(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    }

    private void letWaitingGo() throws IOException {
        ground.sql("ALTER SYSTEM SET synchronous_standby_names = ''");
        ground.sql("SELECT pg_reload_conf()");
    }

    private String rows() throws IOException {
        return ground.sql("SELECT count(*) FROM t");
    }

    private static void beginWork(RawClient client) throws IOException {
        client.ask("BEGIN");
        client.ask("INSERT INTO t VALUES (1)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"session", "transaction"})
    void aCommitThatIsCanceledIsAnError(String mode) throws Exception {
        try (Front front = ground.front("pool_mode = " + mode);
                RawClient client = front.client()) {
            beginWork(client);
            client.send(query("COMMIT"));
            cancelWhatWaits();
            RawClient.Answer heard = client.answer();
            assertThat(heard.types()).isEqualTo("NEZ");
            assertThat(heard.messages().get(1).text())
                    .contains(
                            "SERROR", "C08007", "not confirmed", "committed on the primary alone");
            assertThat(rows()).isEqualTo("1");
            assertThat(client.ask("SELECT 5").value()).isEqualTo("5");
        }
    }

    @Test
    void soIsOneThatIsExecuted() throws Exception {
        try (Front front = ground.front("");
                RawClient client = front.client()) {
            beginWork(client);
            client.send(parse("", "COMMIT"), bind(""), execute(), sync());
            cancelWhatWaits();
            assertThat(client.answer().types()).isEqualTo("12NEZ");
            client.send(parse("", "INSERT INTO t VALUES (2)"), bind(""), execute(), sync());
            cancelWhatWaits();
            assertThat(client.answer().types()).isEqualTo("12CNEZ");
            assertThat(rows()).isEqualTo("2");
        }
    }

    @Test
    void whatFollowsItIsTold() throws Exception {
        try (Front front = ground.front("");
                RawClient client = front.client()) {
            client.send(query("BEGIN; INSERT INTO t VALUES (1); COMMIT; SELECT 42"));
            cancelWhatWaits();
            assertThat(client.answer().types()).isEqualTo("CCNCTDCEZ");
            beginWork(client);
            client.send(
                    parse("", "COMMIT"),
                    bind(""),
                    execute(),
                    parse("", "SELECT 42"),
                    bind(""),
                    execute(),
                    sync());
            cancelWhatWaits();
            RawClient.Answer heard = client.answer();
            assertThat(heard.types()).isEqualTo("12NC12DCEZ");
            assertThat(heard.value()).isEqualTo("42");
        }
    }

    /// The request of the client itself is not passed on while it commits.
    @ParameterizedTest
    @ValueSource(strings = {"simple", "extended"})
    void aCommitIsNotCanceledByItsClient(String protocol) throws Exception {
        try (Front front = ground.front("");
                RawClient client = front.client()) {
            beginWork(client);
            if (protocol.equals("simple")) {
                client.send(query("COMMIT"));
            } else {
                client.send(parse("", "COMMIT"), bind(""), execute(), sync());
            }
            untilItWaits();
            RawClient.cancel(front.port(), client.cancelRequest());
            untilItWaits();
            letWaitingGo();
            assertThat(client.answer().types()).endsWith("CZ").doesNotContain("E", "N");
        }
    }

    /// It cannot be told from one that has more to do: it is canceled, and that is an error.
    @Test
    void aSingleStatementIsCanceledAndThatIsAnError() throws Exception {
        try (Front front = ground.front("");
                RawClient client = front.client()) {
            client.send(query("INSERT INTO t VALUES (1)"));
            untilItWaits();
            RawClient.cancel(front.port(), client.cancelRequest());
            RawClient.Answer heard = client.answer();
            assertThat(heard.types()).isEqualTo("NEZ");
            assertThat(heard.words()).contains("C08007");
        }
    }

    /// PostgreSQL ends it before a COMMIT, but not before what commits in the middle.
    @Test
    void aTimeoutDuringTheWaitIsAnError() throws Exception {
        try (Front front = ground.front("");
                RawClient client = front.client()) {
            client.ask("BEGIN");
            client.ask("INSERT INTO t VALUES (1)");
            client.send(query("PREPARE TRANSACTION 'x'"));
            cancelWhatWaits();
            assertThat(client.answer().types()).isEqualTo("NEZ");
            client.ask("SET statement_timeout = '1s'");
            RawClient.Answer prepared = client.ask("COMMIT PREPARED 'x'");
            assertThat(prepared.types()).isEqualTo("NEZ");
        }
    }

    @Test
    void soIsOneInTheMiddleOfAProcedure() throws Exception {
        try (Front front = ground.front("");
                RawClient client = front.client()) {
            client.send(query("CALL twice()"));
            cancelWhatWaits();
            await().atMost(PATIENCE).until(() -> rows().equals("1"));
            letWaitingGo();
            RawClient.Answer called = client.answer();
            assertThat(called.types()).isEqualTo("NEZ");
            assertThat(called.words()).contains("C08007");
        }
    }

    @Test
    void theWarningIsPassedOnWhereThatIsSet() throws Exception {
        try (Front front = ground.front("unconfirmed_commit = warning");
                RawClient client = front.client()) {
            beginWork(client);
            client.send(query("COMMIT"));
            untilItWaits();
            RawClient.cancel(front.port(), client.cancelRequest());
            RawClient.Answer heard = client.answer();
            assertThat(heard.types()).isEqualTo("NCZ");
            assertThat(heard.words())
                    .contains("canceling wait for synchronous replication due to user request");
        }
    }

    @Test
    void aServerThatIsTerminatedTellsNoSuccess() throws Exception {
        try (Front front = ground.front("");
                RawClient client = front.client()) {
            beginWork(client);
            client.send(query("COMMIT"));
            untilItWaits();
            ground.sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            + " WHERE wait_event = 'SyncRep'");
            assertThat(client.rest().types()).isEqualTo("NE");
        }
    }

    @Test
    void aDriverThrows() throws Exception {
        try (Front front = ground.front("");
                var connection =
                        DriverManager.getConnection(
                                "jdbc:postgresql://127.0.0.1:" + front.port() + "/postgres",
                                "postgres",
                                "")) {
            connection.setAutoCommit(false);
            Jdbc.run(connection, "INSERT INTO t VALUES (1)");
            CompletableFuture<Void> commit =
                    CompletableFuture.runAsync(() -> {
                        try {
                            connection.commit();
                        } catch (SQLException e) {
                            throw new CompletionException(e);
                        }
                    });
            cancelWhatWaits();
            assertThat(commit.handle((_, e) -> e).join())
                    .hasRootCauseInstanceOf(SQLException.class)
                    .rootCause()
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("08007");
        }
    }
}
