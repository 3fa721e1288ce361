package io.toomai.cli.command;

import io.toomai.cli.CliException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;
import java.util.Optional;

/// When something is to happen. Times without an offset are local.
final class Schedule {
    private static final DateTimeFormatter INPUT =
            new DateTimeFormatterBuilder()
                    .parseCaseInsensitive()
                    .appendPattern("uuuu-MM-dd['T'][' ']HH:mm[:ss]")
                    .optionalStart()
                    .appendFraction(java.time.temporal.ChronoField.NANO_OF_SECOND, 1, 9, true)
                    .optionalEnd()
                    .appendPattern("[' ']")
                    .optionalStart()
                    .appendOffset("+HH:MM", "Z")
                    .optionalEnd()
                    .optionalStart()
                    .appendOffset("+HHmm", "Z")
                    .optionalEnd()
                    .toFormatter(Locale.ROOT);
    private static final DateTimeFormatter OUTPUT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss");
    private static final DateTimeFormatter EXAMPLE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm");

    private Schedule() {}

    /// The time as the REST interface wants it; empty for `now` and for nothing.
    ///
    /// @throws CliException REFUSED when it cannot be understood
    static Optional<String> parse(String text, ZoneId zone) {
        if (text.isBlank() || text.strip().equalsIgnoreCase("now")) {
            return Optional.empty();
        }
        try {
            TemporalAccessor parsed =
                    INPUT.parseBest(text.strip(), OffsetDateTime::from, LocalDateTime::from);
            OffsetDateTime moment =
                    parsed instanceof OffsetDateTime exact
                            ? exact
                            : LocalDateTime.from(parsed).atZone(zone).toOffsetDateTime();
            int micros = moment.getNano() / 1000;
            return Optional.of(
                    moment.format(OUTPUT)
                            + (micros == 0 ? "" : String.format(Locale.ROOT, ".%06d", micros))
                            + moment.format(DateTimeFormatter.ofPattern("xxx")));
        } catch (DateTimeParseException e) {
            throw CliException.refused(
                    "Unable to parse scheduled timestamp ("
                            + text
                            + "). It should be in an unambiguous format (e.g. ISO 8601)");
        }
    }

    /// An hour from now, to show the format in a question.
    static String example(ZoneId zone) {
        return LocalDateTime.now(zone).plusHours(1).format(EXAMPLE);
    }
}
