package io.toomai.proxy.net;

import static io.toomai.proxy.net.Jdbc.one;
import static io.toomai.proxy.net.Jdbc.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// What clients set, with one server for all of them: edges 5, 10 and 35.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SettingsIT {
    private House house;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        house = House.open(directory, "default_pool_size = 1");
        house.server().sql("CREATE SCHEMA \"a,b\"");
        house.server().sql("CREATE SCHEMA \"größe\"");
    }

    @AfterAll
    void close() throws Exception {
        house.close();
    }

    private static String show(Connection connection, String name) throws SQLException {
        return one(connection, "SELECT current_setting('" + name + "')");
    }

    @Test
    void edge35EachClientHasItsOwnValues() throws Exception {
        try (Connection anna = house.connect();
                Connection bert = house.connect()) {
            run(anna, "SET DateStyle = 'ISO, DMY'");
            run(bert, "SET TimeZone = 'asia/TOKYO'");
            run(anna, "SET application_name = 'it''s \\ \"anna\"'");
            for (int i = 0; i < 3; i++) {
                assertThat(show(anna, "DateStyle")).isEqualTo("ISO, DMY");
                assertThat(show(bert, "DateStyle")).isEqualTo("ISO, MDY");
                assertThat(show(bert, "TimeZone")).isEqualTo("Asia/Tokyo");
                assertThat(show(anna, "TimeZone")).isNotEqualTo("Asia/Tokyo");
                assertThat(show(anna, "application_name")).isEqualTo("it's \\ \"anna\"");
                assertThat(show(bert, "application_name")).isEqualTo("PostgreSQL JDBC Driver");
            }
            run(anna, "RESET DateStyle");
            assertThat(show(bert, "DateStyle")).isEqualTo("ISO, MDY");
            assertThat(show(anna, "DateStyle")).isEqualTo("ISO, MDY");
        }
    }

    @Test
    void edge35BackslashesWhereTheyEscapeAndWhereNot() throws Exception {
        try (Connection anna = house.connect();
                Connection bert = house.connect()) {
            run(anna, "SET standard_conforming_strings = off");
            run(bert, "SET application_name = 'b\\'");
            assertThat(one(anna, "SELECT 'x\\\\y'")).isEqualTo("x\\y");
            assertThat(show(bert, "application_name")).isEqualTo("b\\");
            assertThat(one(bert, "SELECT 'x\\\\y'")).isEqualTo("x\\\\y");
            run(anna, "SET application_name = 'it''s \\\\ a'");
            assertThat(show(bert, "application_name")).isEqualTo("b\\");
            assertThat(show(anna, "application_name")).isEqualTo("it's \\ a");
        }
    }

    @Test
    void edge35WhatATransactionTakesBackIsNotKept() throws Exception {
        try (Connection anna = house.connect();
                Connection bert = house.connect()) {
            String before = show(anna, "TimeZone");
            anna.setAutoCommit(false);
            run(anna, "SET TimeZone = 'Asia/Tokyo'");
            assertThat(show(anna, "TimeZone")).isEqualTo("Asia/Tokyo");
            anna.rollback();
            assertThat(show(anna, "TimeZone")).isEqualTo(before);
            run(anna, "SET LOCAL IntervalStyle = 'iso_8601'");
            anna.commit();
            assertThat(show(bert, "TimeZone")).isEqualTo(before);
            assertThat(show(bert, "IntervalStyle")).isEqualTo("postgres");
        }
    }

    /// Who leaves in a transaction in which a value looked like the server's own.
    @Test
    void edge35WhatARollbackBringsBackIsTakenBackToo() throws Exception {
        String own;
        try (Connection bert = house.connect()) {
            own = show(bert, "IntervalStyle");
        }
        Connection anna = house.connect();
        run(anna, "SET IntervalStyle = 'iso_8601'");
        anna.setAutoCommit(false);
        run(anna, "SET LOCAL IntervalStyle = '" + own + "'");
        anna.close();
        try (Connection bert = house.connect()) {
            assertThat(show(bert, "IntervalStyle")).isEqualTo(own);
        }
        try (Connection carl = house.connect()) {
            assertThat(show(carl, "IntervalStyle")).isEqualTo(own);
        }
    }

    /// Edges 5 and 35: what the server does not report is set too, and goes with the client.
    @Test
    void edge5AnySettingOfAStartupMessage() throws Exception {
        Map<String, String> odd =
                Map.of(
                        "options",
                        "-c statement_timeout=12345 -c search_path=\"a,b\",größe"
                                + " -c extra_float_digits=1");
        try (Connection anna = house.connect(odd);
                Connection bert = house.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(show(anna, "statement_timeout")).isEqualTo("12345ms");
                assertThat(one(anna, "SELECT current_schemas(false)::text"))
                        .isEqualTo("{\"a,b\",größe}");
                assertThat(show(anna, "extra_float_digits")).isEqualTo("1");
                assertThat(show(bert, "statement_timeout")).isEqualTo("0");
                assertThat(show(bert, "search_path")).isEqualTo("\"$user\", public");
            }
            run(anna, "SET statement_timeout = '1s'");
            assertThat(show(bert, "statement_timeout")).isEqualTo("0");
            run(anna, "DISCARD ALL");
            assertThat(show(anna, "statement_timeout")).isEqualTo("12345ms");
            assertThat(show(bert, "statement_timeout")).isEqualTo("0");
        }
    }

    @Test
    void edge5AnEmptyApplicationName() throws Exception {
        try (Connection anna = house.connect(Map.of("ApplicationName", ""));
                Connection bert = house.connect(Map.of("ApplicationName", "bert"))) {
            assertThat(show(bert, "application_name")).isEqualTo("bert");
            assertThat(show(anna, "application_name")).isEmpty();
        }
    }

    @Test
    void edge5WhatCannotBeSetIsToldWithItsReason() throws Exception {
        assertThatThrownBy(
                        () -> {
                            try (Connection odd =
                                    house.connect(Map.of("options", "-c work_mem=much"))) {
                                one(odd, "SELECT 1");
                            }
                        })
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("invalid server parameter")
                .hasMessageContaining("work_mem");
        try (Connection next = house.connect()) {
            assertThat(one(next, "SELECT 1")).isEqualTo("1");
        }
    }

    /// Edge 10: the server's files are read again while nobody has it, and while somebody has.
    @Test
    void edge10AValueThatTheServerChanges() throws Exception {
        try (Connection anna = house.connect()) {
            String before = show(anna, "IntervalStyle");
            alterSystem("SET IntervalStyle = 'sql_standard'");
            awaitIntervalStyle(anna, "sql_standard");
            alterSystem("RESET IntervalStyle");
            awaitIntervalStyle(anna, before);
        }
    }

    private void alterSystem(String change) throws Exception {
        house.server().sql("ALTER SYSTEM " + change);
        house.server().sql("SELECT pg_reload_conf()");
    }

    private static void awaitIntervalStyle(Connection connection, String style) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> assertThat(show(connection, "IntervalStyle")).isEqualTo(style));
    }
}
