package io.toomai.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.toomai.proxy.config.PoolMode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What an entry of `[databases]` sets in the sessions of its servers, where all clients have one
/// server.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DatabaseSettingsIT {
    private static final String WORDS =
            "client_encoding=LATIN1 datestyle='German, DMY' timezone=Europe/Berlin"
                    + " application_name=base";

    private static final String SET = "LATIN1 German, DMY Europe/Berlin base";

    private static final String[] OWN = {
        "client_encoding", "UTF8",
        "DateStyle", "ISO, YMD",
        "TimeZone", "Asia/Tokyo",
        "application_name", "mine"
    };

    private static final String OWN_SET = "UTF8 ISO, YMD Asia/Tokyo mine";

    private Ground ground;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        ground = Ground.trusting(directory, "");
    }

    @AfterAll
    void close() throws Exception {
        ground.close();
    }

    private Front front(PoolMode mode) throws Exception {
        return ground.front(
                ground.database("postgres", WORDS),
                "default_pool_size = 1\npool_mode = " + mode.name().toLowerCase(Locale.ROOT));
    }

    private static byte[] start(String... parameters) {
        StringBuilder all = new StringBuilder("user\0postgres\0database\0postgres\0");
        for (String parameter : parameters) {
            all.append(parameter).append('\0');
        }
        return RawClient.packet(3, 0, all.append('\0').toString());
    }

    private static RawClient enters(Front front, String... parameters) throws IOException {
        RawClient client = new RawClient(front.port()).send(start(parameters));
        client.answer();
        return client;
    }

    private static String shown(RawClient client) throws IOException {
        return client.ask(
                        "SELECT concat_ws(' ', current_setting('client_encoding'),"
                                + " current_setting('DateStyle'), current_setting('TimeZone'),"
                                + " current_setting('application_name'))")
                .value();
    }

    @ParameterizedTest
    @EnumSource
    void itHoldsForWhoSetsNothing(PoolMode mode) throws Exception {
        try (Front front = front(mode)) {
            for (int turn = 0; turn < 2; turn++) {
                try (RawClient plain = enters(front)) {
                    assertThat(shown(plain)).isEqualTo(SET);
                }
                try (RawClient own = enters(front, OWN)) {
                    assertThat(shown(own)).isEqualTo(OWN_SET);
                }
            }
        }
    }

    @Test
    void itIsToldToWhoSetsNothing() throws Exception {
        try (Front front = front(PoolMode.TRANSACTION);
                RawClient own = enters(front, OWN);
                RawClient plain = new RawClient(front.port())) {
            assertThat(shown(own)).isEqualTo(OWN_SET);
            assertThat(plain.send(start()).answer().words())
                    .contains("S TimeZone|Europe/Berlin|")
                    .contains("S DateStyle|German, DMY|")
                    .contains("S client_encoding|LATIN1|")
                    .contains("S application_name|base|");
            assertThat(plain.ask("SELECT 1").types()).isEqualTo("TDCZ");
        }
    }

    @Test
    void itIsThereAgainAfterWhatAnotherHasSetAndAfterReset() throws Exception {
        try (Front front = front(PoolMode.TRANSACTION);
                RawClient anna = enters(front);
                RawClient bert = enters(front)) {
            anna.ask(
                    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET client_encoding = UTF8");
            assertThat(shown(bert)).isEqualTo(SET);
            assertThat(shown(anna)).isEqualTo("UTF8 ISO, MDY UTC base");
            anna.ask("RESET TimeZone");
            assertThat(shown(anna)).isEqualTo("UTF8 ISO, MDY Europe/Berlin base");
            anna.ask("RESET ALL");
            assertThat(shown(anna)).isEqualTo(SET);
            assertThat(shown(bert)).isEqualTo(SET);
        }
    }

    @Test
    void itHoldsForWhoReplicates() throws Exception {
        try (Front front = front(PoolMode.TRANSACTION);
                RawClient plain = enters(front, "replication", "database");
                RawClient own = enters(front, "replication", "database", "timezone", "UTC")) {
            assertThat(shown(plain)).isEqualTo(SET);
            assertThat(shown(own)).isEqualTo("LATIN1 German, DMY UTC base");
        }
    }

    @Test
    void anotherValueHoldsAfterReload() throws Exception {
        try (Front front = front(PoolMode.TRANSACTION);
                RawClient plain = enters(front)) {
            assertThat(shown(plain)).isEqualTo(SET);
            front.reload(
                    ground.database("postgres", "timezone=Asia/Tokyo application_name=base"),
                    "default_pool_size = 1");
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(shown(plain)).contains(" Asia/Tokyo base"));
        }
    }
}
