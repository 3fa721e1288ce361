package io.toomai.agent.server;

import io.toomai.core.cluster.History;
import io.toomai.core.model.Lsn;
import io.toomai.core.model.MemberName;
import io.toomai.core.model.Timeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Reads `pg_wal/%08X.history`: PostgreSQL's own record of how a timeline came to be.
final class TimelineFiles {
    private static final DateTimeFormatter ISO =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSxxx", Locale.ROOT);

    private TimelineFiles() {}

    /// Empty when the file is missing. Only the last line knows when, and that it was this member.
    static List<History.Line> read(Path dataDirectory, Timeline timeline, MemberName me) {
        Path file =
                dataDirectory
                        .resolve("pg_wal")
                        .resolve(String.format(Locale.ROOT, "%08X.history", timeline.number()));
        try {
            String when =
                    ZonedDateTime.ofInstant(
                                    Files.getLastModifiedTime(file).toInstant(),
                                    ZoneId.systemDefault())
                            .format(ISO);
            List<History.Line> lines = parse(Files.readString(file));
            if (lines.isEmpty()) {
                return lines;
            }
            History.Line last = lines.removeLast();
            lines.add(
                    new History.Line(
                            last.timeline(),
                            last.switchpoint(),
                            last.reason(),
                            Optional.of(when),
                            Optional.of(me.value())));
            return lines;
        } catch (IOException e) {
            return List.of();
        }
    }

    /// Lines of `timeline<TAB>switchpoint<TAB>reason`; others are comments.
    static List<History.Line> parse(String text) {
        List<History.Line> lines = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            String[] parts = line.strip().split("\\s+", 3);
            if (parts.length >= 2 && parts[0].matches("[0-9]+")) {
                lines.add(
                        new History.Line(
                                new Timeline(Integer.parseInt(parts[0])),
                                Lsn.parse(parts[1]),
                                parts.length == 3 ? parts[2] : "",
                                Optional.empty(),
                                Optional.empty()));
            }
        }
        return lines;
    }
}
