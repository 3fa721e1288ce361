package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Real programs through the proxy.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ProxyIT {
    private House house;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        house = House.open(directory, "default_pool_size = 3");
    }

    @AfterAll
    void close() throws Exception {
        house.close();
    }

    @Test
    void psqlAsksAndIsAnswered() throws Exception {
        assertThat(house.run("psql", "-XAtqc", "SELECT 6 * 7")).isEqualTo("42");
    }

    @Test
    void aLongResultComesWhole() throws Exception {
        String sum = "SELECT string_agg(n::text, ',' ORDER BY n) FROM generate_series(1, 200000) n";
        assertThat(house.run("psql", "-XAtqc", sum)).isEqualTo(house.server().sql(sum));
    }

    @Test
    void aWrongPasswordIsRefusedAsPostgresqlDoes() {
        assertThatThrownBy(() -> house.connect("postgres", "no").close())
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("password authentication failed")
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("28P01");
    }

    @Test
    void preparedStatementsMoveFromServerToServer() throws Exception {
        try (Connection first = house.connect();
                Connection second = house.connect();
                PreparedStatement one = first.prepareStatement("SELECT ?::int + 1");
                PreparedStatement other = second.prepareStatement("SELECT ?::int + 2")) {
            for (int i = 0; i < 50; i++) {
                assertThat(asked(one, i)).isEqualTo(i + 1);
                assertThat(asked(other, i)).isEqualTo(i + 2);
            }
        }
    }

    private static int asked(PreparedStatement statement, int value) throws SQLException {
        statement.setInt(1, value);
        try (ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    void aTransactionStaysWhereItBegan() throws Exception {
        try (Connection connection = house.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("CREATE TEMP TABLE t ON COMMIT DROP AS SELECT 1 AS n");
            statement.execute("INSERT INTO t VALUES (2)");
            try (ResultSet row = statement.executeQuery("SELECT sum(n) FROM t")) {
                row.next();
                assertThat(row.getInt(1)).isEqualTo(3);
            }
            connection.commit();
        }
    }

    @Test
    void pgbenchRunsInEachMode() throws Exception {
        house.run("pgbench", "-i", "-s", "1", "-q");
        for (String mode : new String[] {"simple", "extended", "prepared"}) {
            String said = house.run("pgbench", "-n", "-M", mode, "-c", "8", "-j", "8", "-t", "50");
            assertThat(said).contains("number of transactions actually processed: 400/400");
        }
        assertThat(
                        house.server()
                                .sql(
                                        "SELECT (SELECT sum(abalance) FROM pgbench_accounts)"
                                                + " = (SELECT sum(bbalance) FROM pgbench_branches)"))
                .isEqualTo("t");
    }
}
