package io.toomai.api;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.util.Locale;

/// When something is to happen, as operators write it: ISO 8601 with an offset; seconds may be left
/// out, a blank may stand for the `T`.
public sealed interface Schedule {
    record At(OffsetDateTime time) implements Schedule {}

    /// @param code status code of the answer
    record Wrong(int code, String text) implements Schedule {}

    /// @param action `switchover` or `restart`
    static Schedule parse(String text, String action, Instant now) {
        String iso =
                text.strip().replaceFirst("^(\\d{4}-?\\d\\d-?\\d\\d) ", "$1T").replace(" ", "");
        OffsetDateTime time;
        try {
            time = OffsetDateTime.parse(iso, Formats.WITH_OFFSET);
        } catch (DateTimeException e) {
            return withoutOffset(iso, action);
        }
        return time.toInstant().isBefore(now)
                ? new Wrong(422, "Cannot schedule " + action + " in the past")
                : new At(time);
    }

    private static Schedule withoutOffset(String iso, String action) {
        try {
            LocalDateTime.parse(iso, Formats.LOCAL);
            return new Wrong(400, "Timezone information is mandatory for the scheduled " + action);
        } catch (DateTimeException e) {
            return new Wrong(
                    422,
                    "Unable to parse scheduled timestamp. It should be in an unambiguous format,"
                            + " e.g. ISO 8601");
        }
    }

    /// The spelling that is stored: seconds always, offset as `+00:00`, as Patroni reads it.
    static String text(OffsetDateTime time) {
        return time.format(Formats.STORED);
    }

    /// The formats above.
    final class Formats {
        private static final DateTimeFormatter LOCAL =
                new DateTimeFormatterBuilder()
                        .parseCaseInsensitive()
                        .append(DateTimeFormatter.ISO_LOCAL_DATE)
                        .appendLiteral('T')
                        .appendPattern("HH[:mm[:ss]]")
                        .optionalStart()
                        .appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, true)
                        .optionalEnd()
                        .parseDefaulting(ChronoField.MINUTE_OF_HOUR, 0)
                        .parseDefaulting(ChronoField.SECOND_OF_MINUTE, 0)
                        .toFormatter(Locale.ROOT)
                        .withResolverStyle(ResolverStyle.STRICT);
        private static final DateTimeFormatter WITH_OFFSET =
                new DateTimeFormatterBuilder()
                        .parseCaseInsensitive()
                        .append(LOCAL)
                        .optionalStart()
                        .appendOffset("+HH:MM", "Z")
                        .optionalEnd()
                        .optionalStart()
                        .appendOffset("+HHmm", "Z")
                        .optionalEnd()
                        .toFormatter(Locale.ROOT)
                        .withResolverStyle(ResolverStyle.STRICT);
        private static final DateTimeFormatter STORED =
                new DateTimeFormatterBuilder()
                        .append(DateTimeFormatter.ISO_LOCAL_DATE)
                        .appendLiteral('T')
                        .appendPattern("HH:mm:ss")
                        .optionalStart()
                        .appendFraction(ChronoField.MICRO_OF_SECOND, 0, 6, true)
                        .optionalEnd()
                        .appendOffset("+HH:MM", "+00:00")
                        .toFormatter(Locale.ROOT);

        private Formats() {}
    }
}
