package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Edge 21 with a real server: a table is altered after statements on it were prepared.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RetryIT {
    private House house;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        house = House.open(directory, "default_pool_size = 1\nauth_type = plain");
        house.server().sql("CREATE TABLE t AS SELECT 1 AS a");
        house.server().sql("CREATE TABLE log (n serial)");
    }

    @AfterAll
    void close() throws Exception {
        house.close();
    }

    private static void prepare(RawClient client, String sql) throws Exception {
        client.send(RawClient.parse("s", sql));
        client.send(RawClient.sync());
        assertThat(client.answer().words()).isEqualTo("1 \nZ I\n");
    }

    private static String use(RawClient client) throws Exception {
        client.send(
                RawClient.bind("s"),
                RawClient.message('D', "P\0"),
                RawClient.execute(),
                RawClient.sync());
        return client.answer().words();
    }

    @Test
    void edge21AnAlteredTableIsNoErrorOutsideATransaction() throws Exception {
        String insertAndSelect =
                "WITH i AS (INSERT INTO log DEFAULT VALUES RETURNING n) SELECT t.* FROM t, i";
        try (RawClient anna = RawClient.postgres(house.port())) {
            prepare(anna, insertAndSelect);
            assertThat(use(anna)).contains("SELECT 1");
            for (int i = 0; i < 5; i++) {
                house.server().sql("ALTER TABLE t ADD COLUMN b" + i + " int DEFAULT " + i);
                assertThat(use(anna)).doesNotContain("0A000").contains("b" + i);
            }
            assertThat(house.server().sql("SELECT count(*) FROM log"))
                    .as("each was done once")
                    .isEqualTo("6");
            assertThat(
                            anna.ask(
                                            "SELECT 'has ' || count(*) FROM pg_prepared_statements"
                                                    + " WHERE statement LIKE 'WITH i%'")
                                    .words())
                    .as("those that are out of date are closed")
                    .contains("has 1");
        }
    }

    @Test
    void edge21InATransactionTheErrorIsToldAndTheStatementWorksAgain() throws Exception {
        house.server().sql("CREATE TABLE u AS SELECT 1 AS a");
        try (RawClient anna = RawClient.postgres(house.port())) {
            prepare(anna, "SELECT * FROM u");
            assertThat(use(anna)).contains("SELECT 1");
            house.server().sql("ALTER TABLE u ADD COLUMN b int");
            anna.ask("BEGIN");
            assertThat(use(anna)).contains("C0A000").endsWith("Z E\n");
            anna.ask("ROLLBACK");
            assertThat(use(anna)).contains("SELECT 1");
        }
    }

    /// A driver that asked for the columns once takes new ones for the old ones, unless it hears of
    /// the error: asyncpg does.
    @Test
    void edge21WhoAsksForNoDescriptionIsTold() throws Exception {
        house.server().sql("CREATE TABLE w AS SELECT 1 AS a");
        try (RawClient anna = RawClient.postgres(house.port())) {
            prepare(anna, "SELECT * FROM w");
            house.server().sql("ALTER TABLE w ADD COLUMN b int");
            anna.send(RawClient.bind("s"), RawClient.execute(), RawClient.sync());
            assertThat(anna.answer().words()).contains("C0A000").endsWith("Z I\n");
            assertThat(use(anna)).contains("SELECT 1");
        }
    }

    /// Edge 17: a client that guesses how statements are called on its server harms nobody.
    @Test
    void edge17NamesThatLookLikeTheProxysOwn() throws Exception {
        try (RawClient anna = RawClient.postgres(house.port());
                RawClient bert = RawClient.postgres(house.port())) {
            prepare(anna, "SELECT 'anna'");
            assertThat(use(anna)).contains("anna");
            for (int i = 1; i < 30; i++) {
                bert.send(RawClient.message('C', "Stoomai_" + i + "\0"));
                bert.send(RawClient.sync());
                assertThat(bert.answer().words()).isEqualTo("3 \nZ I\n");
                assertThat(use(anna)).contains("SELECT 1");
                bert.ask("/* x */ DEALLOCATE toomai_" + i);
                bert.ask("DO $$ BEGIN EXECUTE 'DEALLOCATE toomai_" + i + "'; END $$");
                assertThat(use(anna)).contains("SELECT 1");
            }
        }
    }

    /// Edge 20: psycopg 3 and PHP's PDO end by SQL what they began by messages.
    @Test
    void edge20DeallocatedByName() throws Exception {
        try (RawClient anna = RawClient.postgres(house.port());
                RawClient bert = RawClient.postgres(house.port())) {
            prepare(anna, "SELECT 'anna'");
            prepare(bert, "SELECT 'bert'");
            assertThat(anna.ask("DEALLOCATE s").words()).isEqualTo("C DEALLOCATE|\nZ I\n");
            assertThat(use(anna)).contains("C26000");
            assertThat(use(bert)).contains("bert");
            prepare(anna, "SELECT 'anna'");
            anna.send(RawClient.parse("", "DEALLOCATE s"));
            anna.send(RawClient.bind(""));
            anna.send(RawClient.execute());
            anna.send(RawClient.sync());
            assertThat(anna.answer().words()).contains("DEALLOCATE").endsWith("Z I\n");
            assertThat(use(anna)).contains("C26000");
            assertThat(use(bert)).contains("bert");
        }
    }

    /// Edges 16 to 20 on a real server: what a client forgets it may prepare again, wherever.
    @Test
    void edge20ForgottenAndPreparedAgain() throws Exception {
        try (RawClient anna = RawClient.postgres(house.port());
                RawClient bert = RawClient.postgres(house.port())) {
            for (String forget : new String[] {"DISCARD ALL", "DEALLOCATE ALL"}) {
                prepare(anna, "SELECT 'anna'");
                prepare(bert, "SELECT 'bert'");
                assertThat(anna.ask(forget).words()).contains(forget);
                assertThat(use(bert)).contains("bert");
                assertThat(use(anna)).contains("C26000");
                prepare(anna, "SELECT 'anna again'");
                assertThat(use(anna)).contains("anna again");
                assertThat(use(bert)).contains("bert");
                bert.send(RawClient.message('C', "Ss\0"));
                bert.send(RawClient.sync());
                assertThat(bert.answer().words()).isEqualTo("3 \nZ I\n");
                anna.ask(forget);
            }
        }
    }
}
