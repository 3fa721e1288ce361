package io.toomai.proxy.login;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// As `ProcessStartupPacket` and `parse_bool` of PostgreSQL 15 read them.
final class ReplicationWishTest {
    private static Optional<ReplicationWish> of(Map<String, String> parameters) {
        return ReplicationWish.of(new Opening.Start(0, parameters, List.of()));
    }

    @ParameterizedTest
    @CsvSource({
        "database, LOGICAL",
        "true, PHYSICAL",
        "TRUE, PHYSICAL",
        "tru, PHYSICAL",
        "t, PHYSICAL",
        "ye, PHYSICAL",
        "on, PHYSICAL",
        "1, PHYSICAL",
        "false, NONE",
        "f, NONE",
        "N, NONE",
        "of, NONE",
        "0, NONE"
    })
    void aBeginningOfAWordStandsForIt(String value, ReplicationWish wish) {
        assertThat(of(Map.of("replication", value))).contains(wish);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "o", "Database", "maybe", "truer", "2", "10", " true"})
    void neitherYesNorNo(String value) {
        assertThat(of(Map.of("replication", value))).isEmpty();
    }

    @Test
    void whoDoesNotSayItWantsNone() {
        assertThat(of(Map.of("Replication", "true"))).contains(ReplicationWish.NONE);
    }
}
