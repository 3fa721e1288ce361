package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Edge 21: the same statement is about another table, with other columns, as soon as `search_path`
/// is another one.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SearchPathIT {
    private static final String QUERY = "SELECT * FROM t";

    private Ground ground;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        ground = Ground.trusting(directory, "");
        ground.sql("CREATE ROLE one LOGIN SUPERUSER");
        for (String schema : new String[] {"annas", "berts"}) {
            ground.sql("CREATE SCHEMA " + schema);
        }
        ground.sql("CREATE TABLE annas.t AS SELECT 1 AS a");
        ground.sql("CREATE TABLE berts.t AS SELECT 'two' AS b, 3 AS c");
    }

    @AfterAll
    void close() throws Exception {
        ground.close();
    }

    private static void prepare(RawClient client) throws IOException {
        client.send(RawClient.parse("s", QUERY), RawClient.sync());
        assertThat(client.answer().types()).isEqualTo("1Z");
    }

    private static String use(RawClient client) throws IOException {
        client.send(
                RawClient.bind("s"),
                RawClient.message('D', "P\0"),
                RawClient.execute(),
                RawClient.sync());
        RawClient.Answer answer = client.answer();
        return answer.types() + " " + answer.words();
    }

    private static void findsAnnas(RawClient client) throws IOException {
        assertThat(use(client)).startsWith("2TDCZ").contains("T |\u0001a|");
    }

    private static void findsBerts(RawClient client) throws IOException {
        assertThat(use(client)).startsWith("2TDCZ").contains("two");
    }

    private static RawClient enters(Front front, String schema) throws IOException {
        String options = "-c search_path=" + schema;
        return new RawClient(front.port())
                .login(0, "user", "postgres", "database", "postgres", "options", options);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void eachClientHasItsOwn(int servers) throws Exception {
        try (Front front = ground.front("default_pool_size = " + servers);
                RawClient anna = enters(front, "annas");
                RawClient bert = enters(front, "berts")) {
            prepare(anna);
            prepare(bert);
            for (int turn = 0; turn < 3; turn++) {
                findsAnnas(anna);
                findsBerts(bert);
            }
        }
    }

    /// In the block PostgreSQL refuses a plan that has other columns than it had.
    @ParameterizedTest
    @ValueSource(strings = {"session", "transaction"})
    void itIsSwitchedForATransaction(String mode) throws Exception {
        try (Front front = ground.front("default_pool_size = 1\npool_mode = " + mode);
                RawClient anna = enters(front, "annas")) {
            prepare(anna);
            findsAnnas(anna);
            anna.ask("BEGIN");
            anna.ask("SET LOCAL search_path = berts");
            assertThat(use(anna)).contains("C0A000").endsWith("Z E\n");
            anna.ask("ROLLBACK");
            findsAnnas(anna);
        }
    }

    /// As of any session: it begins with what held for the role then.
    @Test
    void aRoleHasAnotherOneFromItsNextServerOn() throws Exception {
        ground.sql("ALTER ROLE one SET search_path = annas");
        try (Front front = ground.front("default_pool_size = 1");
                RawClient client =
                        new RawClient(front.port())
                                .login(0, "user", "one", "database", "postgres")) {
            prepare(client);
            findsAnnas(client);
            ground.sql("ALTER ROLE one SET search_path = berts");
            findsAnnas(client);
            ground.sql(
                    "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                            + " WHERE usename = 'one'");
            front.awaitPool(pool -> pool.servers() == 0);
            findsBerts(client);
            findsBerts(client);
        }
    }
}
