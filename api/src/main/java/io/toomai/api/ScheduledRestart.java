package io.toomai.api;

import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;

/// A restart that waits for its time.
///
/// @param at when; with the offset that the operator wrote
public record ScheduledRestart(OffsetDateTime at, RestartRequest request) {
    /// As members publish it: time and conditions under the names of `POST /restart`.
    public Map<String, Object> published() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("schedule", Schedule.text(at));
        request.role().ifPresent(role -> values.put("role", role.text()));
        request.belowVersion()
                .ifPresent(version -> values.put("postgres_version", dotted(version)));
        request.timeout().ifPresent(timeout -> values.put("timeout", timeout.toSeconds()));
        if (request.only() == RestartRequest.Only.WHEN_PENDING) {
            values.put("restart_pending", true);
        }
        return values;
    }

    /// `16.4` of 160004, as it was asked for; before 10 a major version had two numbers.
    private static String dotted(int version) {
        return version >= 100_000
                ? version / 10_000 + "." + version % 10_000
                : version / 10_000 + "." + version / 100 % 100 + "." + version % 100;
    }
}
