package io.toomai.cli.command;

import io.toomai.cli.CliException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.time.temporal.TemporalAccessor;
import java.time.zone.ZoneOffsetTransition;
import java.util.List;
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
                    .toFormatter(Locale.ROOT)
                    .withResolverStyle(ResolverStyle.STRICT);
    private static final DateTimeFormatter OUTPUT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss");
    private static final DateTimeFormatter EXAMPLE =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm");

    private Schedule() {}

    /// The time as the REST interface wants it; empty for `now` and for nothing.
    ///
    /// @throws CliException REFUSED when it cannot be understood, or is ambiguous
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
                            : local(LocalDateTime.from(parsed), zone);
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

    /// When the clocks change there are times that come twice, and times that never come. Which is
    /// meant only the operator knows.
    private static OffsetDateTime local(LocalDateTime time, ZoneId zone) {
        List<ZoneOffset> offsets = zone.getRules().getValidOffsets(time);
        return switch (offsets.size()) {
            case 1 -> time.atOffset(offsets.getFirst());
            case 0 -> {
                ZoneOffsetTransition change = zone.getRules().getTransition(time);
                throw CliException.refused(
                        "There is no %s in %s: the clocks go from %s to %s. Say which time is meant,"
                                        .formatted(
                                                time.format(EXAMPLE),
                                                zone,
                                                change.getDateTimeBefore().toLocalTime(),
                                                change.getDateTimeAfter().toLocalTime())
                                + " or give its offset");
            }
            default ->
                    throw CliException.refused(
                            "%s comes twice in %s, for the clocks go back: say %s"
                                    .formatted(
                                            time.format(EXAMPLE),
                                            zone,
                                            String.join(
                                                    " or ",
                                                    offsets.stream()
                                                            .map(o -> time.atOffset(o).toString())
                                                            .toList())));
        };
    }

    /// An hour from now, to show the format in a question.
    static String example(ZoneId zone) {
        return LocalDateTime.now(zone).plusHours(1).format(EXAMPLE);
    }
}
