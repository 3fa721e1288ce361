package io.toomai.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.toomai.core.cluster.MemberRole;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestartBodyTest {
    private static final Instant NOW = Instant.parse("2026-11-21T00:00:00Z");

    private static RestartBody parse(String json) {
        return RestartBody.parse(Json.parseObject(json).orElseThrow(), NOW);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"x\": 1}|400|Unknown filter for the scheduled restart: x",
                "{\"role\": \"boss\"}|400|PostgreSQL role should be either primary,"
                        + " standby_leader, or replica",
                "{\"postgres_version\": \"16\"}|400|Invalid PostgreSQL version format: X.Y or X.Y.Z"
                        + " is accepted: 16",
                "{\"timeout\": 0}|400|Timeout should be a positive number of seconds",
                "{\"timeout\": \"soon\"}|400|Timeout should be a positive number of seconds",
                "{\"schedule\": \"2026-12-01T00:00:00\"}|400|Timezone information is mandatory for"
                        + " the scheduled restart",
                "{\"schedule\": \"2020-12-01T00:00:00Z\"}|422|Cannot schedule restart in the past",
                "{\"schedule\": \"2030-02-30T00:00:00Z\"}|422|Unable to parse scheduled timestamp. It"
                        + " should be in an unambiguous format, e.g. ISO 8601",
                "{\"schedule\": {}}|422|Unable to parse scheduled timestamp. It should be in an"
                        + " unambiguous format, e.g. ISO 8601",
            })
    void refusals(String json, int code, String text) {
        assertThat(parse(json)).isEqualTo(new RestartBody.Wrong(code, text));
    }

    @Test
    void everything() {
        assertThat(
                        parse(
                                "{\"role\": \"replica\", \"postgres_version\": \"9.5.2\","
                                        + " \"timeout\": \"2min\", \"restart_pending\": false}"))
                .isEqualTo(
                        new RestartBody.Now(
                                new RestartRequest(
                                        Optional.of(MemberRole.REPLICA),
                                        OptionalInt.of(90502),
                                        Optional.of(Duration.ofMinutes(2)),
                                        RestartRequest.Only.WHEN_PENDING)));
        assertThat(parse("{}")).isEqualTo(new RestartBody.Now(RestartRequest.UNCONDITIONAL));
        assertThat(parse("{\"schedule\": \"2026-12-01T00:00+01\"}"))
                .isInstanceOf(RestartBody.Later.class);
    }

    @Test
    void conditions() {
        NodeStatus replica = Samples.replica().build();
        assertThat(RestartRequest.UNCONDITIONAL.isMetBy(replica)).isTrue();
        assertThat(met("{\"role\": \"primary\"}", replica)).isFalse();
        assertThat(met("{\"postgres_version\": \"15.20\"}", replica)).isFalse();
        assertThat(met("{\"postgres_version\": \"15.21\"}", replica)).isTrue();
        assertThat(met("{\"restart_pending\": true}", replica)).isFalse();
    }

    private static boolean met(String json, NodeStatus status) {
        return ((RestartBody.Now) parse(json)).request().isMetBy(status);
    }
}
