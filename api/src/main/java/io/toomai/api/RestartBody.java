package io.toomai.api;

import io.toomai.core.cluster.MemberRole;
import io.toomai.settings.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The body of `POST /restart` (contract §2.6), read and checked. The first thing that is wrong is
/// told.
public sealed interface RestartBody {
    record Now(RestartRequest request) implements RestartBody {}

    record Later(ScheduledRestart restart) implements RestartBody {}

    record Wrong(int code, String text) implements RestartBody {}

    static RestartBody parse(Json body, Instant now) {
        Optional<OffsetDateTime> at = Optional.empty();
        Optional<MemberRole> role = Optional.empty();
        OptionalInt version = OptionalInt.empty();
        Optional<Duration> timeout = Optional.empty();
        RestartRequest.Only only = RestartRequest.Only.ALWAYS;
        for (Map.Entry<String, Json> entry : body.entries().entrySet()) {
            String value = entry.getValue().scalar();
            switch (entry.getKey()) {
                case "schedule" -> {
                    switch (Schedule.parse(value, "restart", now)) {
                        case Schedule.Wrong(var code, var text) -> {
                            return new Wrong(code, text);
                        }
                        case Schedule.At(var time) -> at = Optional.of(time);
                    }
                }
                case "role" -> {
                    if (!Words.ROLES.contains(value)) {
                        return new Wrong(
                                400,
                                "PostgreSQL role should be either primary, standby_leader, or"
                                        + " replica");
                    }
                    role = Optional.of(MemberRole.of(value));
                }
                case "postgres_version" -> {
                    version = version(value);
                    if (version.isEmpty()) {
                        return new Wrong(
                                400,
                                "Invalid PostgreSQL version format: X.Y or X.Y.Z is accepted: "
                                        + value);
                    }
                }
                case "timeout" -> {
                    timeout = seconds(value);
                    if (timeout.isEmpty()) {
                        return new Wrong(400, "Timeout should be a positive number of seconds");
                    }
                }
                case "restart_pending" -> only = RestartRequest.Only.WHEN_PENDING;
                default -> {
                    return new Wrong(
                            400, "Unknown filter for the scheduled restart: " + entry.getKey());
                }
            }
        }
        RestartRequest request = new RestartRequest(role, version, timeout, only);
        return at.<RestartBody>map(time -> new Later(new ScheduledRestart(time, request)))
                .orElseGet(() -> new Now(request));
    }

    /// `9.5.2` is 90502, `16.4` is 160004.
    private static OptionalInt version(String text) {
        Matcher version = Words.VERSION.matcher(text);
        if (!version.matches()) {
            return OptionalInt.empty();
        }
        int major = Integer.parseInt(version.group(1));
        int minor = Integer.parseInt(version.group(2));
        if (version.group(3) == null) {
            return major < 10
                    ? OptionalInt.of(major * 10000 + minor * 100)
                    : OptionalInt.of(major * 10000 + minor);
        }
        return OptionalInt.of(major * 10000 + minor * 100 + Integer.parseInt(version.group(3)));
    }

    /// A number of seconds, or one with the unit ms, s, min, h or d.
    private static Optional<Duration> seconds(String text) {
        Matcher time = Words.TIME.matcher(text);
        if (!time.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(time.group(1));
        Duration duration =
                switch (time.group(2) == null ? "s" : time.group(2)) {
                    case "ms" -> Duration.ofMillis(number);
                    case "min" -> Duration.ofMinutes(number);
                    case "h" -> Duration.ofHours(number);
                    case "d" -> Duration.ofDays(number);
                    default -> Duration.ofSeconds(number);
                };
        return Optional.of(duration).filter(Duration::isPositive);
    }

    /// Whether the field is true in any of the spellings of settings.
    static boolean isTrue(Json body, String name) {
        return body.scalarAt(name)
                .filter(text ->
                        List.of("true", "on", "yes", "1")
                                .contains(text.toLowerCase(java.util.Locale.ROOT)))
                .isPresent();
    }

    /// What the fields may say.
    final class Words {
        private static final List<String> ROLES = List.of("primary", "standby_leader", "replica");
        private static final Pattern VERSION =
                Pattern.compile("(\\d{1,3})\\.(\\d{1,4})(?:\\.(\\d{1,4}))?");
        private static final Pattern TIME =
                Pattern.compile("\\s*(\\d{1,9})\\s*(ms|s|min|h|d)?\\s*");

        private Words() {}
    }
}
